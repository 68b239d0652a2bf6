/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/own/delivery.h"

#include "base/log.h"
#include "flow/box/timer.h"
#include "flow/deliver/present.h"
#include "flow/deliver/regroup.h"
#include "flow/deliver/sample.h"
#include "flow/own/pause.h"
#include "machine/api/cpu.h"

#define RETRY_US 1000

static void say_direct(struct vm *vm)
{
	log_of_limited(&vm->log, LOG_INFO, "its interrupts come directly now");
}

static void say_virtual(struct vm *vm, enum obstacle why, uint32_t vintid)
{
	char text[OBSTACLE_TEXT_MAX];

	obstacle_text(why, vintid, text);
	log_of_limited(&vm->log, LOG_INFO, "its interrupts come through Signalbox now: %s", text);
}

/* For people; with the vgic lock. */
static void remember(struct vm *vm, enum obstacle why, uint32_t vintid)
{
	vm->refused = (uint8_t)why;
	vm->refused_vintid = vintid;
}

/* The delivery that a change leads to, and its reason (for the log). */
struct change {
	bool direct;
	enum obstacle why;
	uint32_t vintid;
	const enum config_delivery *wish; /* from now on, or NULL: as before */
};

/* The vgic lock is held. */
static void wish(struct vm *vm, const struct change *change)
{
	if (change->wish)
		vm->delivery = *change->wish;
}

/* Nothing else is to be done for a VM that already has this delivery. False: it has not, or does not run. */
static bool wish_where_same(struct vm *vm, const struct change *change)
{
	bool same;

	lock_acquire(&vm->vgic.lock);
	same = vm_is_direct(vm) == change->direct && atomic_load_acquire(&vm->state) == VM_RUNNING;
	if (same)
		wish(vm, change);
	lock_release(&vm->vgic.lock);
	return same;
}

/*
 * Where it shares its pCPU, it may be away, or sleep: its interrupts come directly from when it runs again
 * (flow/own/away.h).
 */
static void set_direct(struct vm *vm, bool direct)
{
	if (vm->vcpu[0]->shares)
		vm->direct_away = direct;
	if (vm->vgic.direct || !vm->vcpu[0]->shares)
		regroup_all(vm, direct);
}

/*
 * The vCPUs are held. Everything else that happens to the VM's interrupts, its stop included, happens with
 * the same lock.
 */
static enum obstacle deliver_held(struct vm *vm, const struct change *change, bool *changed)
{
	enum obstacle result = OBSTACLE_NONE;
	uint32_t stranger;

	lock_acquire(&vm->vgic.lock);
	*changed = vm_is_direct(vm) != change->direct;
	if (*changed && change->direct)
		result = obstacle_of_guest(vm, &stranger);
	if (atomic_load_acquire(&vm->state) != VM_RUNNING) /* pairs with life_stop() */
		result = OBSTACLE_ACTIVE;
	if (result == OBSTACLE_NONE && *changed && (pause_has_handler(vm) || sample_has_active(vm)))
		result = OBSTACLE_ACTIVE;
	if (result == OBSTACLE_NONE && *changed)
		set_direct(vm, change->direct);
	if (result == OBSTACLE_NONE) {
		wish(vm, change);
		remember(vm, change->why, change->vintid);
	}
	lock_release(&vm->vgic.lock);
	return result;
}

static enum obstacle deliver(struct vm *vm, const struct change *change, const struct vm *caller)
{
	struct pause pause = {.vm = {vm}, .caller = caller};
	enum obstacle result;
	bool changed;

	if (wish_where_same(vm, change))
		return OBSTACLE_NONE;
	if (!pause_prepare(&pause) || !pause_begin(&pause))
		return OBSTACLE_BUSY;
	result = deliver_held(vm, change, &changed);
	pause_end(&pause);
	if (result == OBSTACLE_NONE && changed && change->direct)
		say_direct(vm);
	else if (result == OBSTACLE_NONE && changed)
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

enum obstacle delivery_change(struct vm *vm, enum config_delivery wanted, const struct vm *caller)
{
	const struct change change = {.direct = wanted != CONFIG_DELIVERY_VIRTUAL, .wish = &wanted};
	enum obstacle result = change.direct ? obstacle_of_vm(vm) : OBSTACLE_NONE;

	if (result != OBSTACLE_NONE || wish_while_off(vm, &change))
		return result;
	if (atomic_load(&vm->state) != VM_RUNNING)
		return OBSTACLE_ACTIVE; /* on the way from one to the other */
	return deliver(vm, &change, caller);
}

void delivery_begin(struct vm *vm)
{
	enum obstacle result = obstacle_of_vm(vm);
	bool direct;

	lock_acquire(&vm->vgic.lock);
	direct = vm->delivery != CONFIG_DELIVERY_VIRTUAL;
	if (direct && result == OBSTACLE_NONE)
		regroup_all(vm, true);
	remember(vm, direct ? result : OBSTACLE_NONE, 0);
	lock_release(&vm->vgic.lock);
	if (direct && result == OBSTACLE_NONE)
		say_direct(vm);
	else if (direct)
		say_virtual(vm, result, 0);
}

void delivery_end(struct vm *vm)
{
	lock_acquire(&vm->vgic.lock);
	if (vm->vgic.direct)
		regroup_all(vm, false);
	vm->direct_away = false;
	lock_release(&vm->vgic.lock);
}

void delivery_is_virtual(struct vm *vm, enum obstacle why, uint32_t vintid)
{
	remember(vm, why, vintid);
	say_virtual(vm, why, vintid);
}

void delivery_pass_on(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	struct vcpu *other = vm->psci.on ? vm->vcpu[bits_lowest(vm->psci.on)] : NULL;

	if (other && vcpu->obstacle != OBSTACLE_NONE) {
		other->obstacle = vcpu->obstacle;
		other->obstacle_vintid = vcpu->obstacle_vintid;
		atomic_store_release(&other->ends_direct, true); /* pairs with run_attend() */
		gic_kick(other->pcpu);
	}
	vcpu->obstacle = OBSTACLE_NONE;
	vcpu->ends_direct = false;
}

void delivery_end_direct(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	struct change change;
	bool again = false;

	present_fold(vcpu);
	if (vcpu->obstacle == OBSTACLE_NONE) {
		lock_acquire(&vm->vgic.lock);
		obstacle_check(vcpu);
		lock_release(&vm->vgic.lock);
	}
	vcpu->ends_direct = false;
	change = (struct change){.why = vcpu->obstacle, .vintid = vcpu->obstacle_vintid};
	if (vcpu->obstacle != OBSTACLE_NONE)
		again = atomic_load(&vm->state) == VM_RUNNING && deliver(vm, &change, vm) != OBSTACLE_NONE;
	if (!again)
		vcpu->obstacle = OBSTACLE_NONE;
	timer_set_of(vcpu, TIMER_DELIVERY, again ? cpu_counter() + cpu_us_to_ticks(RETRY_US) : TIMER_NEVER);
}
