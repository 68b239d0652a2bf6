/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/hold/seize.h"

#include "flow/box/timer.h"
#include "flow/box/turn.h"
#include "machine/api/cpu.h"
#include "machine/api/mmu.h"

static uint64_t answer_ticks(void)
{
	return cpu_us_to_ticks(SEIZE_ANSWER_US);
}

/* From now on the VM is watched. Its lock is held. */
static void begin_watch(struct vm *vm)
{
	atomic_store(&vm->asked_at, cpu_counter() | 1); /* 0 means that nothing is expected */
	turn_want();
}

void seize_ask(struct vm *vm, uint32_t vcpus)
{
	lock_acquire(&vm->lock);
	/* Checked under the lock: the VM may have stopped meanwhile, and even started again. */
	vcpus &= vm->psci.on; /* a vCPU that has turned off meanwhile has come, and does not come again */
	if (vcpus && vm->state == VM_RUNNING && may_ignore_kicks(vm)) {
		for (; vcpus; vcpus &= vcpus - 1) {
			struct vcpu *vcpu = vm->vcpu[bits_lowest(vcpus)];

			atomic_store_release(&vcpu->asked, true); /* pairs with run_attend() */
			gic_kick(vcpu->pcpu);
		}
		if (!vm->asked_at)
			begin_watch(vm);
	}
	lock_release(&vm->lock);
}

void seize_expect_parking(struct vm *vm)
{
	if (may_ignore_kicks(vm))
		begin_watch(vm);
}

static bool has_asked_vcpu(const struct vm *vm)
{
	bool found = false;

	for (unsigned v = 0; v < vm->vcpu_count; v++)
		found |= atomic_load(&vm->vcpu[v]->asked);
	return found;
}

/* The VM's lock is held. */
static void give_back(struct vm *vm)
{
	atomic_store(&vm->asked_at, 0);
	if (!vm->seized)
		return;
	table_restore(&vm->stage2);
	mmu_table_written();
	vm->seized = false;
}

void seize_answer(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	lock_acquire(&vm->lock);
	atomic_store(&vcpu->asked, false);
	if (vm->state == VM_RUNNING && !has_asked_vcpu(vm))
		give_back(vm);
	lock_release(&vm->lock);
}

void seize_end(struct vm *vm)
{
	lock_acquire(&vm->lock);
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		atomic_store(&vm->vcpu[v]->asked, false);
	give_back(vm);
	lock_release(&vm->lock);
}

/*
 * TLBI reaches the pCPUs whatever their guest masks. EL2's own work there needs no stage 2. `asked_at` has
 * changed if all have answered since it was read, whatever else has happened to the VM.
 */
static void seize(struct vm *vm, uint64_t asked_at)
{
	lock_acquire(&vm->lock);
	if (vm->asked_at == asked_at) {
		atomic_store(&vm->asked_at, cpu_counter() | 1);
		if (!vm->seized)
			table_withhold(&vm->stage2);
		vm->seized = true;
		mmu_table_written();
		mmu_stage2_flush(vm->stage2_root, vm->vmid);
	}
	lock_release(&vm->lock);
	cpu_wake_all(); /* from WFE */
}

uint64_t seize_watch(void)
{
	uint64_t now = cpu_counter(), next = TIMER_NEVER;

	for (unsigned i = 0; i < box.vm_count; i++) {
		uint64_t asked_at = atomic_load(&box.vm[i].asked_at);

		if (!asked_at)
			continue;
		if (now > asked_at + answer_ticks()) {
			seize(&box.vm[i], asked_at);
			asked_at = now;
		}
		if (asked_at + answer_ticks() + 1 < next)
			next = asked_at + answer_ticks() + 1;
	}
	return next;
}
