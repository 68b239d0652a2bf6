/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/delivery.h"

#include "base/log.h"
#include "flow/effects.h"
#include "flow/pause.h"
#include "flow/run.h"
#include "flow/timer.h"
#include "machine/api/cpu.h"
#include "vm/layout.h"

#define RETRY_US 1000

const char *delivery_words(enum delivery_result result)
{
	static const char *const words[] = {
		[DELIVERY_DONE] = "as was asked for",
		[DELIVERY_ACTIVE] = "a handler of its is at work, or it starts or stops; ask again",
		[DELIVERY_BUSY] =
			"one of its processors does not answer, or other VMs have disturbed it enough; ask again",
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

/* What a change is to lead to, and why it is made (for the log). */
struct change {
	bool direct;
	enum delivery_result why;
	uint32_t vintid;
	const enum config_delivery *wish; /* from now on, or NULL: as before */
};

/* The vgic lock is held. */
static void wish(struct vm *vm, const struct change *change)
{
	if (change->wish)
		vm->delivery = *change->wish;
}

/* A VM that is delivered to in that way already: nothing is to be done but to keep the wish. */
static bool is_so(struct vm *vm, const struct change *change)
{
	bool same;

	lock_acquire(&vm->vgic.lock);
	same = vm->vgic.direct == change->direct && atomic_load_acquire(&vm->state) == VM_RUNNING;
	if (same)
		wish(vm, change);
	lock_release(&vm->vgic.lock);
	return same;
}

/* The vCPUs are held. Whatever else happens to the VM's interrupts, its life included, does so with the same
 * lock. */
static enum delivery_result deliver_held(struct vm *vm, const struct change *change, bool *changed)
{
	enum delivery_result result = DELIVERY_DONE;
	uint32_t stranger;

	lock_acquire(&vm->vgic.lock);
	*changed = vm->vgic.direct != change->direct;
	if (*changed && change->direct)
		result = obstacle(vm, &stranger);
	if (atomic_load_acquire(&vm->state) != VM_RUNNING) /* pairs with life_stop() */
		result = DELIVERY_ACTIVE;
	if (result == DELIVERY_DONE && *changed && (pause_has_handler(vm) || effects_has_active(vm)))
		result = DELIVERY_ACTIVE;
	if (result == DELIVERY_DONE && *changed)
		effects_deliver(vm, change->direct);
	if (result == DELIVERY_DONE)
		wish(vm, change);
	lock_release(&vm->vgic.lock);
	return result;
}

static enum delivery_result deliver(struct vm *vm, const struct change *change, const struct vm *caller)
{
	struct pause pause = {.vm = {vm}, .caller = caller};
	enum delivery_result result;
	bool changed;

	if (is_so(vm, change))
		return DELIVERY_DONE;
	if (!pause_prepare(&pause) || !pause_begin(&pause))
		return DELIVERY_BUSY;
	result = deliver_held(vm, change, &changed);
	pause_end(&pause);
	if (result == DELIVERY_DONE && changed && change->direct)
		say_direct(vm);
	else if (result == DELIVERY_DONE && changed)
		say_virtual(vm, change->why, change->vintid);
	return result;
}

/* False: it is not off. */
static bool wish_while_off(struct vm *vm, const struct change *change)
{
	bool off;

	lock_acquire(&vm->lock);
	off = vm->state == VM_STOPPED || vm->state == VM_BROKEN;
	if (off)
		wish(vm, change);
	lock_release(&vm->lock);
	return off;
}

enum delivery_result delivery_change(struct vm *vm, enum config_delivery wanted, const struct vm *caller)
{
	const struct change change = {.direct = wanted != CONFIG_DELIVERY_VIRTUAL, .wish = &wanted};
	enum delivery_result result = change.direct ? standing_obstacle(vm) : DELIVERY_DONE;

	if (result != DELIVERY_DONE || wish_while_off(vm, &change))
		return result;
	if (atomic_load(&vm->state) != VM_RUNNING)
		return DELIVERY_ACTIVE; /* on the way from one to the other */
	return deliver(vm, &change, caller);
}

void delivery_begin(struct vm *vm)
{
	enum delivery_result result = standing_obstacle(vm);
	bool direct;

	lock_acquire(&vm->vgic.lock);
	direct = vm->delivery != CONFIG_DELIVERY_VIRTUAL;
	if (direct && result == DELIVERY_DONE)
		effects_deliver(vm, true);
	lock_release(&vm->vgic.lock);
	if (direct && result == DELIVERY_DONE)
		say_direct(vm);
	else if (direct)
		say_virtual(vm, result, 0);
}

void delivery_end(struct vm *vm)
{
	lock_acquire(&vm->vgic.lock);
	if (vm->vgic.direct)
		effects_deliver(vm, false);
	lock_release(&vm->vgic.lock);
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
	const struct change change = {.why = vcpu->leave_why, .vintid = vcpu->leave_vintid};
	struct vm *vm = vcpu->vm;
	bool again;

	vcpu->leave = false;
	run_fold(vcpu);
	again = atomic_load(&vm->state) == VM_RUNNING && deliver(vm, &change, vm) != DELIVERY_DONE;
	if (!again)
		vcpu->leave_why = DELIVERY_DONE;
	timer_set(TIMER_DELIVERY, again ? cpu_counter() + cpu_us_to_ticks(RETRY_US) : TIMER_NEVER);
}
