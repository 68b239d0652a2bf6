/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/life/life.h"

#include <string.h>

#include "base/log.h"
#include "flow/box/timer.h"
#include "flow/box/turn.h"
#include "flow/deliver/direct.h"
#include "flow/deliver/effects.h"
#include "flow/deliver/guest_timer.h"
#include "flow/deliver/present.h"
#include "flow/deliver/ring.h"
#include "flow/hold/seize.h"
#include "flow/life/load.h"
#include "flow/own/delivery.h"
#include "machine/api/cpu.h"
#include "machine/api/mmu.h"
#include "vm/vcpu_pages.h"

#define MPIDR_RES1 BIT(31)

static void stop_all(const struct vm *vm)
{
	for (unsigned v = 0; v < vm->vcpu_count; v++) {
		atomic_store_release(&vm->vcpu[v]->stopping, VCPU_PARKS); /* pairs with run_attend() */
		gic_kick(vm->vcpu[v]->pcpu);
	}
}

enum err life_start(struct vm *vm)
{
	enum err result = OK;

	lock_acquire(&vm->lock);
	if (vm->state == VM_BROKEN)
		result = ERR_INVALID;
	else if (vm->state != VM_STOPPED)
		result = ERR_CONFLICT;
	else
		atomic_store_release(&vm->state, VM_STARTING);
	lock_release(&vm->lock);
	if (result == OK)
		gic_kick(vm->vcpu[0]->pcpu);
	return result;
}

bool life_stop(struct vm *vm, enum vm_after after)
{
	bool changes = true;

	lock_acquire(&vm->lock);
	if (vm->state == VM_STARTING || vm->state == VM_RUNNING) {
		vm->parked = 0;
		vm->scrubbed = 0;
		vm->after = after;
		atomic_store_release(&vm->state, VM_STOPPING); /* pairs with life_step() */
		stop_all(vm);
		seize_expect_parking(vm);
	} else if (vm->state == VM_STOPPING && vm->after == VM_THEN_RESTART && after == VM_THEN_STOPPED) {
		vm->after = after;
	} else {
		changes = false;
	}
	lock_release(&vm->lock);
	return changes;
}

bool life_stop_if_blocked(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	if (!direct_is_blocked(vcpu))
		return false;
	if (!atomic_swap(&vm->blamed, true)) {
		log_of(&vm->log, LOG_ERROR,
			   "stopped: it kept interrupts away from Signalbox, by a running priority that guests must not "
			   "have (ICC_AP1R0_EL1)");
		atomic_add(&vm->faults, 1);
	}
	if (atomic_load(&vm->state) == VM_RUNNING)
		life_stop(vm, VM_THEN_STOPPED);
	return true;
}

/* If a kick could have come, it would have: then the processor was slow, as an emulator's may be. */
void life_answer_seizure(struct vcpu *vcpu)
{
	life_stop_if_blocked(vcpu);
	present_fold(vcpu);
}

void life_cpu_on(struct vcpu *vcpu, uint64_t entry, uint64_t context, bool big_endian)
{
	struct vm *vm = vcpu->vm;

	vcpu->entry = entry;
	vcpu->context = context;
	vcpu->big_endian = big_endian;
	/*
	 * In this order: a pCPU that reads both without the lock never sees `on` without `pending` before the
	 * vCPU starts.
	 */
	atomic_store_release(&vm->psci.pending,
						 vm->psci.pending | 1u << vcpu->index); /* pairs with life_step() */
	atomic_store_release(&vm->psci.on, vm->psci.on | 1u << vcpu->index);
	gic_kick(vcpu->pcpu);
}

/* The vCPU does not run on here: its interrupts go back into the model, and its registers are free. */
static void free_pcpu(struct vcpu *vcpu)
{
	present_end(vcpu);
	guest_timer_off(vcpu);
	timer_set_of(vcpu, TIMER_DELIVERY, TIMER_NEVER);
	guest_scrub_pcpu();
	vcpu->entered = vcpu->sleeps = false;
}

void life_want_off(struct vcpu *vcpu)
{
	atomic_store(&vcpu->stopping, VCPU_TURNS_OFF);
}

static void turn_off(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	free_pcpu(vcpu);
	lock_acquire(&vm->lock);
	atomic_store(&vm->psci.on, vm->psci.on & ~(1u << vcpu->index));
	delivery_pass_on(vcpu);
	atomic_store(&vcpu->stopping, vm->state == VM_RUNNING ? VCPU_GOES_ON : VCPU_PARKS);
	lock_release(&vm->lock);
	seize_answer(vcpu); /* after that: a vCPU that is off is not asked again */
}

static void park(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	free_pcpu(vcpu);
	lock_acquire(&vm->vgic.lock); /* a change of its delivery looks at its state with this lock */
	effects_quiesce_private(vcpu);
	lock_release(&vm->vgic.lock);
	lock_acquire(&vm->lock);
	vm->psci.on &= ~(1u << vcpu->index);
	vm->psci.pending &= ~(1u << vcpu->index);
	vm->parked |= 1u << vcpu->index;
	lock_release(&vm->lock);
	gic_kick(vm->vcpu[0]->pcpu); /* it waits for the last one */
}

void life_stop_vcpu(struct vcpu *vcpu)
{
	uint8_t why = atomic_load(&vcpu->stopping);

	if (why == VCPU_TURNS_OFF)
		turn_off(vcpu);
	else if (why == VCPU_PARKS && !vcpu_is_parked(vcpu))
		park(vcpu);
}

static void say_ended(struct vm *vm, bool restart)
{
	if (restart)
		log_of_limited(&vm->log, LOG_INFO, "resets");
	else
		log_of(&vm->log, LOG_INFO, "is off; its memory is zeroed");
}

/*
 * All vCPUs are parked. No interrupt of this life that is still under way comes to the next one, or to
 * another VM. The lock from the first to the last: a timer in another idle loop would enable what it has
 * muted (flow/deliver/mute.c).
 */
static void take_interrupts_away(struct vm *vm)
{
	lock_acquire(&vm->vgic.lock);
	atomic_store(&vm->ended, true); /* before it waits for marks: irq_away.c: has_ended() */
	effects_quiesce_shared(vm);
	vgic_reset(&vm->vgic); /* its handlers are over: a VM that gets its interrupts gets none of their state */
	lock_release(&vm->vgic.lock);
	delivery_end(vm);
	seize_end(vm);
}

/* One step. Only this pCPU touches the VM now. */
static void finish_stop(struct vm *vm)
{
	bool restart;

	if (vm->scrubbed == 0)
		take_interrupts_away(vm);
	load_scrub(vm);
	if (vm->scrubbed < vm->config->memory_size)
		return;
	lock_acquire(&vm->lock);
	restart = vm->after == VM_THEN_RESTART;
	atomic_store_release(&vm->state, restart ? VM_STARTING : VM_STOPPED);
	lock_release(&vm->lock);
	say_ended(vm, restart);
	if (!restart)
		turn_want();
}

static void reset_pages(struct vcpu *vcpu)
{
	if (!vcpu->pages)
		return;
	vcpu_pages_reset(vcpu->pages, vcpu->pcpu);
	mmu_clean(vcpu->pages, sizeof(*vcpu->pages));
	vcpu->pages_are_new = true;
}

/* On the pCPU of vCPU 0, no vCPU on: everything as after power-on. */
static void begin(struct vm *vm)
{
	mmu_stage2_flush(vm->stage2_root, vm->vmid); /* of an earlier life, or of software before Signalbox */
	lock_acquire(&vm->uart_lock);
	pl011_reset(&vm->uart); /* first: a key that comes now raises no line that stays up */
	lock_release(&vm->uart_lock);
	lock_acquire(&vm->virt_lock); /* nor does an alarm of the last life */
	pl031_reset(&vm->rtc);
	pl061_reset(&vm->gpio);
	fwcfg_reset(&vm->fwcfg);
	lock_release(&vm->virt_lock);
	for (unsigned v = 0; v < vm->vcpu_count; v++) {
		ring_reset(vm->vcpu[v]); /* before the doorbells, too: none of the last life is raised after that */
		reset_pages(vm->vcpu[v]);
	}
	lock_acquire(&vm->vgic.lock);
	vgic_reset(&vm->vgic);
	atomic_store(&vm->ended, false);
	lock_release(&vm->vgic.lock);
	delivery_begin(vm);
	vm->blamed = false;
	vm->mistakes = 0;
	vm->starts++;
	vm->started_us = log_time_us();
	lock_acquire(&vm->lock);
	if (vm->state == VM_STARTING) {
		vm->psci.on = vm->psci.pending = 0;
		atomic_store(&vm->parked, 0);
		for (unsigned v = 0; v < vm->vcpu_count; v++) {
			vm->vcpu[v]->stopping = VCPU_GOES_ON;
			vm->vcpu[v]->ends_direct = false;
			vm->vcpu[v]->obstacle = 0;
		}
		life_cpu_on(vm->vcpu[0], vm->placement.entry, vm->placement.tree, false);
		atomic_store_release(&vm->state, VM_RUNNING);
		log_of_limited(&vm->log, LOG_INFO, "starts: %u vCPU%s, entry 0x%llx, device tree 0x%llx",
					   vm->vcpu_count, vm->vcpu_count > 1 ? "s" : "", (unsigned long long)vm->placement.entry,
					   (unsigned long long)vm->placement.tree);
	}
	lock_release(&vm->lock);
}

static void prepare_to_enter(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	bool big_endian;
	uint64_t entry;

	memset(&vcpu->frame, 0, sizeof(vcpu->frame));
	vcpu->folded = true;
	lock_acquire(&vm->lock);
	vcpu->frame.x[0] = vcpu->context;
	entry = vcpu->entry;
	big_endian = vcpu->big_endian;
	atomic_store(&vm->psci.pending, vm->psci.pending & ~(1u << vcpu->index));
	lock_release(&vm->lock);
	vcpu->cache_selected = 0;
	vcpu->os_locked = true;
	vcpu->entered = true;
	vcpu->sleeps = false;
	vgic_closed_open(&vcpu->vgic.closed);
	guest_reset(entry, MPIDR_RES1 | vcpu->index);
	if (vcpu->shares)
		guest_withhold_debug(&vcpu->saved);
	if (big_endian)
		guest_set_big_endian();
}

static enum life_next step_to_stop(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	if (!vcpu_is_parked(vcpu))
		park(vcpu);
	else if (vcpu->index == 0 && vm->parked == (uint32_t)(BIT(vm->vcpu_count) - 1))
		finish_stop(vm);
	else
		return LIFE_WAITS;
	return LIFE_GOES_ON;
}

bool life_must_end(const struct vcpu *vcpu)
{
	return atomic_load_acquire(&vcpu->vm->state) == VM_STOPPING && !vcpu_is_parked(vcpu);
}

bool life_has_work(const struct vcpu *vcpu)
{
	const struct vm *vm = vcpu->vm;

	switch (atomic_load_acquire(&vm->state)) {
	case VM_STOPPING:
		return !vcpu_is_parked(vcpu) ||
			   (vcpu->index == 0 && vm->parked == (uint32_t)(BIT(vm->vcpu_count) - 1));
	case VM_STARTING:
		return vcpu->index == 0;
	case VM_RUNNING:
		return atomic_load(&vcpu->stopping) || (atomic_load_acquire(&vm->psci.pending) >> vcpu->index & 1);
	default:
		return false;
	}
}

enum life_next life_step(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;

	switch (atomic_load_acquire(&vm->state)) {
	case VM_STOPPING:
		return step_to_stop(vcpu);
	case VM_STARTING:
		if (vcpu->index != 0)
			return LIFE_WAITS;
		if (load_step(vm))
			begin(vm);
		return LIFE_GOES_ON;
	case VM_RUNNING:
		if (!(atomic_load_acquire(&vm->psci.pending) >> vcpu->index & 1))
			return LIFE_WAITS;
		prepare_to_enter(vcpu);
		return LIFE_ENTERS;
	default:
		return LIFE_WAITS;
	}
}

bool life_all_off(void)
{
	for (unsigned i = 0; i < box.vm_count; i++)
		if (box.vm[i].state != VM_STOPPED && box.vm[i].state != VM_BROKEN)
			return false;
	return true;
}
