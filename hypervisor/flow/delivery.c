/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/delivery.h"

#include "base/log.h"
#include "flow/effects.h"
#include "flow/run.h"
#include "flow/sync.h"
#include "flow/timer.h"
#include "machine/api/cpu.h"
#include "vm/layout.h"

#define RETRY_US 1000

const char *delivery_words(enum delivery_result result)
{
	static const char *const words[] = {
		[DELIVERY_DONE] = "as was asked for",
		[DELIVERY_ACTIVE] = "a handler of its is at work, or it starts or stops; ask again",
		[DELIVERY_TWO_STATES] = "with two security states a guest could mask all that Signalbox has",
		[DELIVERY_MACHINE] = "too few priorities, or another number for the virtual timer",
		[DELIVERY_DENIED] = "its description does not permit it",
		[DELIVERY_HOUSEKEEPING] = "one of its processors does the console's work (housekeeping-cpu)",
		[DELIVERY_STRANGER] = "it has an interrupt enabled that it does not own",
		[DELIVERY_GROUP0] = "it uses Group 0, which is Signalbox's",
		[DELIVERY_TIED] =
			"it ties its binary point to that of Group 0 (ICC_CTLR_EL1.CBPR), which is Signalbox's",
		[DELIVERY_TRAPS] = "it masks by priority so often that direct delivery costs more",
	};

	return words[result];
}

static void say_direct(struct vm *vm)
{
	log_of_limited(&vm->log, LOG_INFO, "its interrupts come directly now");
}

static void say_virtual(struct vm *vm, enum delivery_result why, uint32_t vintid)
{
	if (why == DELIVERY_STRANGER)
		log_of_limited(
			&vm->log, LOG_INFO,
			"its interrupts come through Signalbox now: it enables interrupt %u, which it does not own",
			vintid);
	else
		log_of_limited(&vm->log, LOG_INFO, "its interrupts come through Signalbox now: %s",
					   delivery_words(why));
}

/* What does not change while the VM runs. */
static enum delivery_result standing_obstacle(const struct vm *vm)
{
	if (!(vm->config->permissions & CONFIG_MAY_BE_DIRECT))
		return DELIVERY_DENIED;
	if (box.gic.two_security_states)
		return DELIVERY_TWO_STATES;
	if (box.gic.physical_priority_bits < IRQ_DIRECT_BITS_MIN ||
		box.host.timer_virtual_intid != GUEST_VIRTUAL_TIMER_INTID)
		return DELIVERY_MACHINE;
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		if (vm->vcpu[v]->pcpu == box.config.housekeeping)
			return DELIVERY_HOUSEKEEPING;
	return DELIVERY_DONE;
}

/* What its guest does; `*stranger` belongs to DELIVERY_STRANGER. The vgic lock is held. */
static enum delivery_result obstacle(const struct vm *vm, uint32_t *stranger)
{
	*stranger = vgic_stranger(&vm->vgic);
	if (*stranger != VGIC_NONE)
		return DELIVERY_STRANGER;
	if (vgic_uses_group0(&vm->vgic))
		return DELIVERY_GROUP0;
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		if (atomic_load(&vm->vcpu[v]->tied))
			return DELIVERY_TIED;
	return DELIVERY_DONE;
}

static bool has_busy_vcpu(const struct vm *vm)
{
	bool busy = false;

	for (unsigned v = 0; v < vm->vcpu_count; v++)
		busy |= (vm->psci.on >> v & 1) && vm->vcpu[v]->busy;
	return busy;
}

/* LOCK_MOVE is held, and so are the vCPUs. */
static enum delivery_result deliver_held(struct vm *vm, bool direct)
{
	enum delivery_result result = DELIVERY_DONE;
	uint32_t stranger;

	lock_acquire(&vm->vgic.lock);
	if (vm->vgic.direct != direct) {
		if (direct)
			result = obstacle(vm, &stranger);
		if (atomic_load_acquire(&vm->state) != VM_RUNNING) /* pairs with life_stop() */
			result = DELIVERY_ACTIVE;
		if (result == DELIVERY_DONE && (has_busy_vcpu(vm) || effects_has_active(vm)))
			result = DELIVERY_ACTIVE;
		if (result == DELIVERY_DONE)
			effects_deliver(vm, direct);
	}
	lock_release(&vm->vgic.lock);
	return result;
}

/* A change is said: of one to virtual, why, and for which interrupt. LOCK_MOVE is held. */
static enum delivery_result deliver(struct vm *vm, bool direct, enum delivery_result why, uint32_t vintid)
{
	struct vcpu *self = pcpu_here()->vcpu;
	enum delivery_result result = direct ? standing_obstacle(vm) : DELIVERY_DONE;
	enum vm_state state = atomic_load(&vm->state);
	bool was = vm->vgic.direct;

	if (result != DELIVERY_DONE || state == VM_STOPPED || state == VM_BROKEN)
		return result;
	if (state != VM_RUNNING)
		return DELIVERY_ACTIVE; /* on the way from one to the other */
	sync_hold_all(vm, self);
	result = deliver_held(vm, direct);
	sync_release_all(vm, self);
	if (vm->vgic.direct && !was)
		say_direct(vm);
	else if (!vm->vgic.direct && was)
		say_virtual(vm, why, vintid);
	return result;
}

enum delivery_result delivery_change(struct vm *vm, enum config_delivery wanted)
{
	struct vcpu *self = pcpu_here()->vcpu;
	enum delivery_result result;

	if (self)
		run_fold(self); /* others may hold it while this pCPU waits for the lock */
	lock_acquire(&box.moving);
	result = deliver(vm, wanted != CONFIG_DELIVERY_VIRTUAL, DELIVERY_DONE, 0);
	if (result == DELIVERY_DONE)
		vm->delivery = wanted;
	lock_release(&box.moving);
	return result;
}

void delivery_begin(struct vm *vm)
{
	enum delivery_result result = standing_obstacle(vm);

	lock_acquire(&box.moving);
	if (vm->delivery != CONFIG_DELIVERY_VIRTUAL && result == DELIVERY_DONE) {
		lock_acquire(&vm->vgic.lock);
		effects_deliver(vm, true);
		lock_release(&vm->vgic.lock);
		say_direct(vm);
	} else if (vm->delivery != CONFIG_DELIVERY_VIRTUAL) {
		say_virtual(vm, result, 0);
	}
	lock_release(&box.moving);
}

void delivery_end(struct vm *vm)
{
	lock_acquire(&box.moving);
	lock_acquire(&vm->vgic.lock);
	if (vm->vgic.direct)
		effects_deliver(vm, false);
	lock_release(&vm->vgic.lock);
	lock_release(&box.moving);
}

void delivery_must_leave(struct vcpu *vcpu, enum delivery_result why, uint32_t vintid)
{
	vcpu->leave_why = (uint8_t)why;
	vcpu->leave_vintid = vintid;
	vcpu->leave = true;
}

void delivery_check(struct vcpu *vcpu)
{
	uint32_t stranger;
	enum delivery_result why = obstacle(vcpu->vm, &stranger);

	if (why != DELIVERY_DONE)
		delivery_must_leave(vcpu, why, stranger);
}

void delivery_pass_on(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	struct vcpu *other = vm->psci.on ? vm->vcpu[bits_lowest(vm->psci.on)] : NULL;

	if (other && vcpu->leave_why != DELIVERY_DONE) {
		other->leave_why = vcpu->leave_why;
		other->leave_vintid = vcpu->leave_vintid;
		atomic_store_release(&other->leave, true); /* pairs with run_attend() */
		gic_kick(other->pcpu);
	}
	vcpu->leave_why = DELIVERY_DONE;
	vcpu->leave = false;
}

void delivery_leave(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	enum delivery_result result;

	vcpu->leave = false;
	run_fold(vcpu);
	lock_acquire(&box.moving);
	result = deliver(vm, false, vcpu->leave_why, vcpu->leave_vintid);
	if (!vm->vgic.direct)
		vcpu->leave_why = DELIVERY_DONE;
	lock_release(&box.moving);
	timer_set(TIMER_DELIVERY,
			  result == DELIVERY_ACTIVE ? cpu_counter() + cpu_us_to_ticks(RETRY_US) : TIMER_NEVER);
}
