/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/own/carry.h"

#include "base/bits.h"
#include "base/log.h"
#include "flow/deliver/effects.h"
#include "flow/deliver/link.h"
#include "flow/hold/mark.h"
#include "flow/own/passthrough.h"

/* The state that goes along with an interrupt: vgic_leave(), vgic_join(). */
struct luggage {
	bool pending, latched;
};

/* A device that is moving. */
struct transit {
	const struct move_request *request;
	struct vm *from;
	const struct config_irq *irq;
	unsigned count;
	uint32_t under_way; /* a bit for each that has left the giver, and has yet to arrive */
	uint32_t starts;    /* of the giver, when the first one left */
	struct luggage luggage[CONFIG_DEVICE_IRQS_MAX];
};

/* The VM that asks: if it asks a lot, only its own log lines are left out. */
static struct log_source *source_of(const struct move_request *request)
{
	static struct log_source person;

	return request->caller ? &box.vm[request->caller->number].log : &person;
}

static bool is_active(struct vm *vm, uint32_t intid)
{
	bool active, direct;

	lock_acquire(&vm->vgic.lock);
	direct = vm->vgic.direct && vm == link_owner(intid); /* else it may be active for its owner */
	active = direct ? gic_is_active(0, intid) : vgic_is_active(&vm->vgic, intid);
	lock_release(&vm->vgic.lock);
	return active;
}

/* The VM pauses. With direct delivery any handler counts: another VM may have hidden which one it is
 * (CAVEATS.md). */
static bool is_handled(struct vm *vm, const struct move_request *request, uint32_t intid)
{
	if (vm == request->to)
		return is_active(vm, intid);
	/* With direct delivery the old owner's ICC_EOIR would end the new owner's interrupt: it is waited for. */
	if (atomic_load(&vm->vgic.direct))
		return pause_has_handler(vm) || is_active(vm, intid);
	return !request->force && is_active(vm, intid);
}

/*
 * It is disabled. If a pCPU has acknowledged it, and has not read its owner word yet, the model does not
 * know: it stays active, and that pCPU raises it for its next owner, or gives it back.
 */
static struct luggage let_go(struct vm *from, uint32_t intid)
{
	struct luggage out = {.latched = vgic_is_latched(&from->vgic, intid)};
	bool known;

	irq_take_away(shared_word(intid), out.latched);
	mark_wait_all(from); /* an interrupt that is under way to it is raised, and goes along */
	out.pending = vgic_leave(&from->vgic, intid, &known);
	if (known)
		gic_clear_active(0, intid);
	return out;
}

/*
 * Disables the interrupt, takes its owner away, and takes its state along. All in one with the lock: a held
 * vCPU that itself holds others may be in an access that could enable it.
 */
static enum err withdraw(struct vm *from, uint32_t intid, struct luggage *out)
{
	enum err result;

	lock_acquire(&from->vgic.lock);
	result = gic_disable(0, intid);
	if (result == OK) {
		*out = let_go(from, intid);
	} else if (atomic_load(&from->state) == VM_RUNNING) {
		effects_adopt(from, intid);
	}
	lock_release(&from->vgic.lock);
	return result;
}

/*
 * Is a level pending by its latch for its new owner, too? It is disabled, and may go from active to pending
 * meanwhile, if it is given back, but not from pending to active: so in this order.
 */
static bool stays_latched(struct vm *to, uint32_t intid, struct luggage luggage)
{
	return luggage.latched && !vgic_is_edge(&to->vgic, intid) &&
		   (gic_is_active(0, intid) || gic_is_pending(0, intid)); /* else the guest has seen it long ago */
}

/*
 * The lock is held. A VM that has begun to stop meanwhile gets it disabled, as a stopped VM has its
 * interrupts: the pCPU that quiesces them does so under this lock, after the VM's state changed. It is active
 * where the guest has made it so, by an access of its own, since the last look. The owner word comes after
 * the model: what is raised by it is the physical one.
 */
static void adopt(struct vm *to, uint32_t intid, struct luggage luggage)
{
	unsigned target = vgic_target(&to->vgic, intid);
	bool pending;

	if (vgic_is_active(&to->vgic, intid))
		gic_activate(0, intid);
	pending = vgic_join(&to->vgic, intid, intid, luggage.pending, stays_latched(to, intid, luggage));
	if (irq_give(shared_word(intid), to->vcpu[target < to->vcpu_count ? target : 0]->number, intid) != OK)
		log_error("interrupt %u has an owner while it moves", intid);
	if (atomic_load_acquire(&to->state) == VM_RUNNING) { /* pairs with life_stop() */
		effects_adopt(to, intid);
		if (pending)
			gic_pend(0, intid);
	} else {
		effects_quiesce_one(to, intid); /* it may have quiesced its own already */
	}
}

/* As if the guest had written GICD_IROUTER. The lock is held. */
static void route(const struct move_request *request, uint32_t intid)
{
	struct vgic_access access = {.offset = GICD_IROUTER + 8 * intid,
								 .size_bytes = 8,
								 .write = true,
								 .held = VGIC_ALL_HELD,
								 .value = (unsigned)request->vcpu};
	struct vgic_effects effects = {.vcpu = 0};

	if (request->vcpu == MOVE_AS_ROUTED)
		return;
	vgic_dist_access(&request->to->vgic, 0, &access, &effects);
	effects_perform(request->to->vcpu[0], &effects);
}

static void note(const struct vm *from, const struct move_request *request, uint32_t intid)
{
	struct irq_history *history = &box.irqs.history[intid];

	history->move_count++;
	history->moved_us = log_time_us();
	log_of_limited(source_of(request), LOG_DEBUG, "interrupt %u moves from %s to %s", intid,
				   from->config->name, request->to->config->name);
}

/* Both VMs pause. */
static enum move_result carry_held(struct vm *from, const struct move_request *request)
{
	uint32_t intid = request->intid;
	struct vm *to = request->to;
	struct luggage luggage;

	if (from != to && (is_handled(from, request, intid) || is_handled(to, request, intid)))
		return MOVE_ACTIVE;
	if (atomic_load(&to->state) != VM_RUNNING) /* no more */
		return MOVE_NOT_RUNNING;
	if (from != to && withdraw(from, intid, &luggage) != OK)
		return MOVE_FAILED;
	lock_acquire(&to->vgic.lock);
	route(request, intid);
	if (from != to)
		adopt(to, intid, luggage);
	lock_release(&to->vgic.lock);
	if (from != to)
		note(from, request, intid);
	return MOVE_DONE;
}

enum move_result carry_interrupt(struct pause *pause, const struct move_request *request)
{
	enum move_result result;

	if (!pause_begin(pause))
		return MOVE_BUSY;
	result = carry_held(pause->vm[0], request);
	pause_end(pause);
	return result;
}

/* Does the VM handle one of the device's interrupts that have not left yet? The VM pauses. */
static bool has_handled(const struct transit *transit, struct vm *vm)
{
	bool found = false;

	for (unsigned i = 0; i < transit->count && !found; i++)
		found = !(transit->under_way >> i & 1) && is_handled(vm, transit->request, transit->irq[i].intid);
	return found;
}

/* What prevents the move at the receiver, before anything has changed. */
static enum move_result ask_receiver(const struct transit *transit, struct pause *receiver)
{
	struct vm *to = transit->request->to;
	enum move_result result = MOVE_DONE;

	if (!pause_begin(receiver))
		return MOVE_BUSY;
	if (transit->from != to && has_handled(transit, to))
		result = MOVE_ACTIVE;
	else if (atomic_load(&to->state) != VM_RUNNING)
		result = MOVE_NOT_RUNNING;
	pause_end(receiver);
	return result;
}

/* A bit for each interrupt that the giver owns. */
static uint32_t owned(const struct transit *transit)
{
	uint32_t found = 0;

	for (unsigned i = 0; i < transit->count; i++)
		if (link_owner(transit->irq[i].intid) == transit->from)
			found |= 1u << i;
	return found;
}

/* One piece; the giver pauses. */
static enum move_result leave_some(struct transit *transit)
{
	struct vm *from = transit->from;
	unsigned n = 0;

	if (has_handled(transit, from))
		return MOVE_ACTIVE;
	if (!transit->under_way)
		transit->starts = from->starts;
	for (unsigned i = 0; i < transit->count && n < CARRY_PIECE; i++) {
		if (link_owner(transit->irq[i].intid) != from)
			continue;
		if (withdraw(from, transit->irq[i].intid, &transit->luggage[i]) != OK)
			return MOVE_FAILED;
		transit->under_way |= 1u << i;
		n++;
	}
	return MOVE_DONE;
}

static enum move_result leave(struct transit *transit, struct pause *giver)
{
	enum move_result result = MOVE_DONE;

	while (result == MOVE_DONE && owned(transit)) {
		if (!pause_begin(giver))
			return MOVE_BUSY;
		result = leave_some(transit);
		pause_end(giver);
	}
	return result;
}

/*
 * It comes back to the giver. If the giver has stopped since, it is as that stop would have left it, and none
 * of its state comes to the next life. The lock is held, which the stop takes, too.
 */
static void take_back(struct transit *transit, unsigned i)
{
	struct vm *vm = transit->from;
	bool is_over = atomic_load_acquire(&vm->state) != VM_RUNNING || vm->starts != transit->starts;

	if (is_over)
		effects_quiesce_one(vm, transit->irq[i].intid);
	adopt(vm, transit->irq[i].intid, is_over ? (struct luggage){.pending = false} : transit->luggage[i]);
}

/* False: the VM is not held, and its delivery is no longer direct. */
static bool arrive_one(struct transit *transit, struct vm *vm, unsigned i, bool held)
{
	bool may = held;

	lock_acquire(&vm->vgic.lock);
	may |= vm->vgic.direct;
	if (may && vm == transit->request->to) {
		route(transit->request, transit->irq[i].intid);
		if (vm != transit->from)
			adopt(vm, transit->irq[i].intid, transit->luggage[i]);
	} else if (may) {
		take_back(transit, i);
	}
	lock_release(&vm->vgic.lock);
	return may;
}

static void arrive_some(struct transit *transit, struct vm *vm, bool held)
{
	for (unsigned n = 0; n < CARRY_PIECE && transit->under_way; n++) {
		unsigned i = bits_lowest(transit->under_way);

		if (!arrive_one(transit, vm, i, held))
			return;
		transit->under_way &= transit->under_way - 1;
		if (vm != transit->from)
			note(transit->from, transit->request, transit->irq[i].intid);
	}
}

/*
 * At the receiver; or at the giver again. This cannot fail for lack of an answer: a VM with virtual delivery
 * always answers, and one with direct delivery has nothing in list registers and need not be held. Each turn
 * carries some, or finds delivery changed.
 */
static void arrive(struct transit *transit, struct pause *pause)
{
	struct vm *vm = pause->vm[0];

	while (transit->under_way) {
		bool held = !may_ignore_kicks(vm) && pause_begin(pause);

		arrive_some(transit, vm, held);
		if (held)
			pause_end(pause);
	}
}

enum move_result carry_device(const struct pause *pause, const struct move_request *request)
{
	struct vm *from = pause->vm[0];
	const struct config_device *device = config_device_of(request->to->config, request->intid);
	struct transit transit = {
		.request = request, .from = from, .irq = device->irq, .count = device->irq_count};
	struct pause giver = {.vm = {from}, .caller = request->caller, .counted = pause->counted};
	struct pause receiver = {.vm = {request->to}, .caller = request->caller, .counted = pause->counted};
	enum move_result result = ask_receiver(&transit, &receiver);

	if (result == MOVE_DONE && from != request->to)
		result = leave(&transit, &giver);
	if (result == MOVE_DONE && passthrough_carry(request->to, request->intid) != OK)
		result = MOVE_FAILED;
	if (result == MOVE_DONE && from == request->to && request->vcpu != MOVE_AS_ROUTED)
		transit.under_way = owned(&transit);
	arrive(&transit, result == MOVE_DONE ? &receiver : &giver);
	return result;
}
