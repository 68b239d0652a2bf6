/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/sync.h"

#include "flow/life.h"
#include "flow/run.h"
#include "machine/api/cpu.h"

/* A guest with direct delivery can block its interface, and with it the kick. */
static void wait_for(struct vm *vm, const struct vcpu *vcpu, uint64_t *deadline)
{
	while (atomic_load_acquire(&vcpu->live)) { /* pairs with run_fold() */
		if (vcpu->direct && cpu_counter() > *deadline) {
			life_seize(vm);
			*deadline = cpu_counter() + cpu_us_to_ticks(LIFE_ANSWER_US);
		}
		cpu_relax();
	}
}

void sync_hold(struct vm *vm, uint32_t vcpus, struct vcpu *self)
{
	uint64_t deadline = cpu_counter() + cpu_us_to_ticks(LIFE_ANSWER_US);

	if (self)
		run_fold(self);
	for (uint32_t left = vcpus; left; left &= left - 1)
		atomic_add(&vm->vcpu[bits_lowest(left)]->hold, 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with the one in sync_go_live() */
	for (uint32_t left = vcpus; left; left &= left - 1) {
		struct vcpu *vcpu = vm->vcpu[bits_lowest(left)];

		if (atomic_load(&vcpu->live))
			gic_kick(vcpu->pcpu);
	}
	for (uint32_t left = vcpus; left; left &= left - 1)
		wait_for(vm, vm->vcpu[bits_lowest(left)], &deadline);
	if (atomic_load(&vm->state) == VM_RUNNING)
		life_release(vm);
}

void sync_release(struct vm *vm, uint32_t vcpus)
{
	for (; vcpus; vcpus &= vcpus - 1)
		atomic_add(&vm->vcpu[bits_lowest(vcpus)]->hold, -1);
}

void sync_go_live(struct vcpu *vcpu)
{
	for (;;) {
		atomic_store(&vcpu->live, 1);
		__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with the one in sync_hold() */
		if (!atomic_load_acquire(&vcpu->hold))
			return;
		atomic_store_release(&vcpu->live, 0);
		while (atomic_load_acquire(&vcpu->hold))
			cpu_relax();
	}
}
