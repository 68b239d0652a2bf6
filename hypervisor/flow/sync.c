/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/sync.h"

#include "flow/run.h"
#include "machine/api/cpu.h"

void sync_hold(struct vm *vm, uint32_t vcpus, struct vcpu *self)
{
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
		while (atomic_load_acquire(&vm->vcpu[bits_lowest(left)]->live)) /* pairs with run_fold() */
			cpu_relax();
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
