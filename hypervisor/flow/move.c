/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/move.h"

#include "base/bits.h"
#include "base/log.h"
#include "flow/effects.h"
#include "flow/irq.h"
#include "flow/passthrough.h"
#include "flow/pause.h"
#include "machine/api/cpu.h"

static struct log_source said; /* whoever asks for moves */

const char *move_words(enum move_result result)
{
	static const char *const words[] = {
		[MOVE_DONE] = "has it now",
		[MOVE_UNKNOWN] = "cannot have it: no VM owns such a shared interrupt",
		[MOVE_DENIED] = "cannot have it: who gives it away does not own it",
		[MOVE_NOT_LISTED] =
			"cannot have it: its description lists the device neither in devices nor in receives",
		[MOVE_OWN] = "has it already",
		[MOVE_NO_VCPU] = "cannot have it there: it has no such vCPU",
		[MOVE_NOT_RUNNING] = "cannot have it now: it does not run",
		[MOVE_ACTIVE] = "cannot have it now: a handler is at it; ask again, or force",
		[MOVE_BUSY] = "cannot have it now: a processor of one of the two VMs does not answer; ask again",
		[MOVE_SHARED_PAGE] = "cannot have the device: another VM has one in the same page of registers",
		[MOVE_FAILED] = "does not get it: the machine does not do what it is told",
	};

	return words[result];
}

struct vm *move_owner(uint32_t intid)
{
	uint64_t word = intid >= GIC_PRIVATE_COUNT && intid < box.gic.intid_count
						? atomic_load(irq_word(&box.irqs, 0, intid))
						: 0;

	return irq_kind(word) == IRQ_GUEST ? box.vcpu[irq_vcpu(word)]->vm : NULL;
}

static bool is_active(struct vm *vm, uint32_t intid)
{
	bool active, direct;

	lock_acquire(&vm->vgic.lock);
	direct = vm->vgic.direct && vm == move_owner(intid); /* else it may be active for its owner */
	active = direct ? gic_is_active(0, intid) : vgic_is_active(&vm->vgic, intid);
	lock_release(&vm->vgic.lock);
	return active;
}

/* What goes along with an interrupt: vgic_leave(). */
struct luggage {
	bool pending, latched;
};

/*
 * Disabled, owned by nobody, its state taken along. All in one with the lock: a held vCPU that holds others
 * itself may be at its own access, which could enable it.
 */
static enum err withdraw(struct vm *from, uint32_t intid, struct luggage *out)
{
	enum err result;

	lock_acquire(&from->vgic.lock);
	result = gic_disable(0, intid);
	if (result == OK) {
		irq_take_away(&box.irqs, 0, intid);
		out->pending = vgic_leave(&from->vgic, intid, &out->latched);
		out->latched &= gic_is_pending(0, intid); /* else the guest has seen it long ago */
		gic_clear_active(0, intid);
	} else if (atomic_load(&from->state) == VM_RUNNING) {
		effects_adopt(from, intid);
	}
	lock_release(&from->vgic.lock);
	return result;
}

/*
 * A VM that has begun to stop meanwhile gets it as a stopped VM has its interrupts, disabled: whoever
 * quiesces them does so under this lock, after its state changed.
 */
static void adopt(struct vm *to, uint32_t intid, struct luggage luggage)
{
	unsigned target;
	bool pending;

	lock_acquire(&to->vgic.lock);
	target = vgic_target(&to->vgic, intid);
	if (irq_give(&box.irqs, 0, intid, to->vcpu[target < to->vcpu_count ? target : 0]->number, intid) != OK)
		log_of_limited(&said, LOG_ERROR, "interrupt %u has an owner while it moves", intid);
	pending = vgic_join(&to->vgic, intid, intid, luggage.pending, luggage.latched);
	if (atomic_load_acquire(&to->state) == VM_RUNNING) { /* pairs with life_stop() */
		effects_adopt(to, intid);
		if (pending)
			gic_pend(0, intid);
	} else {
		effects_quiesce_one(to, intid); /* it may have quiesced its own already */
	}
	lock_release(&to->vgic.lock);
}

/* As if the guest had written GICD_IROUTER. The VM pauses. */
static void route(struct vm *vm, uint32_t intid, unsigned vcpu)
{
	struct vgic_access access = {.offset = GICD_IROUTER + 8 * intid,
								 .size_bytes = 8,
								 .write = true,
								 .held = VGIC_ALL_HELD,
								 .value = vcpu};
	struct vgic_effects effects = {.vcpu = 0};

	lock_acquire(&vm->vgic.lock);
	vgic_dist_access(&vm->vgic, 0, &access, &effects);
	effects_perform(vm->vcpu[0], &effects);
	lock_release(&vm->vgic.lock);
}

/* Both VMs pause. */
static enum move_result carry(struct vm *from, const struct move_request *request, uint32_t intid)
{
	struct irq_history *history = &box.irqs.history[intid];
	struct vm *to = request->to;
	struct luggage luggage;

	if (from != to && withdraw(from, intid, &luggage) != OK)
		return MOVE_FAILED;
	if (request->vcpu != MOVE_AS_ROUTED)
		route(to, intid, (unsigned)request->vcpu);
	if (from == to)
		return MOVE_DONE;
	adopt(to, intid, luggage);
	history->move_count++;
	history->moved_us = log_time_us();
	log_of_limited(&said, LOG_DEBUG, "interrupt %u moves from %s to %s", intid, from->config->name,
				   to->config->name);
	return MOVE_DONE;
}

/* Both VMs pause. With direct delivery any handler counts: another VM may have hidden which one it is
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

/* Of interrupts that were carried, a bit each, as far as the machine does that. */
static void carry_back(struct vm *from, struct vm *to, const struct config_irq *irq, uint32_t carried)
{
	const struct move_request back = {.to = from, .vcpu = MOVE_AS_ROUTED};

	for (; carried; carried &= carried - 1)
		if (carry(to, &back, irq[bits_lowest(carried)].intid) != MOVE_DONE)
			log_of_limited(&said, LOG_ERROR, "interrupt %u stays with %s", irq[bits_lowest(carried)].intid,
						   to->config->name);
}

/* Registers and interrupts, or nothing: where the machine does not do all of it, the rest is undone. */
static enum move_result carry_all(struct vm *from, const struct move_request *request,
								  const struct config_irq *irq, unsigned count)
{
	struct vm *holder = request->device ? passthrough_holder(request->intid) : NULL;
	enum move_result result = MOVE_DONE;
	uint32_t carried = 0;

	if (request->device && passthrough_carry(request->to, request->intid) != OK)
		return MOVE_FAILED;
	for (unsigned i = 0; i < count && result == MOVE_DONE; i++) {
		if (move_owner(irq[i].intid) != from)
			continue;
		result = carry(from, request, irq[i].intid);
		carried |= result == MOVE_DONE ? 1u << i : 0;
	}
	if (result == MOVE_DONE)
		return MOVE_DONE;
	carry_back(from, request->to, irq, carried);
	if (holder && passthrough_carry(holder, request->intid) != OK)
		log_error("the registers of the device of interrupt %u stay with %s", request->intid,
				  request->to->config->name);
	return result;
}

/* Of the device's interrupts those that the VM owns; or the one interrupt. All of them can move, or none
 * does. */
static enum move_result move_paused(struct vm *from, const struct move_request *request)
{
	struct vm *to = request->to;
	const struct config_device *whole = config_device_of(to->config, request->intid);
	struct config_irq one = {.intid = request->intid};
	const struct config_irq *irq = request->device ? whole->irq : &one;
	unsigned count = request->device ? whole->irq_count : 1;
	enum move_result result = MOVE_DONE;

	for (unsigned i = 0; i < count && from != to; i++)
		if (is_handled(from, request, irq[i].intid) || is_handled(to, request, irq[i].intid))
			result = MOVE_ACTIVE;
	if (result == MOVE_DONE && atomic_load(&to->state) != VM_RUNNING) /* no more */
		result = MOVE_NOT_RUNNING;
	return result == MOVE_DONE ? carry_all(from, request, irq, count) : result;
}

/* Are the device's registers with a VM that is neither its giver nor its receiver? */
static bool is_with_another(const struct vm *giver, const struct move_request *request)
{
	const struct vm *holder = passthrough_holder(request->intid);

	return holder && holder != giver && holder != request->to;
}

static enum move_result refusal(const struct vm *from, const struct move_request *request)
{
	const struct vm *to = request->to;
	const struct config_device *theirs = config_device_of(to->config, request->intid);

	if (request->vcpu != MOVE_AS_ROUTED && (unsigned)request->vcpu >= to->vcpu_count)
		return MOVE_NO_VCPU;
	if (from == to && request->vcpu == MOVE_AS_ROUTED &&
		(!request->device || passthrough_has(to, request->intid)))
		return MOVE_OWN;
	if (!theirs)
		return MOVE_NOT_LISTED;
	if (atomic_load(&to->state) != VM_RUNNING)
		return MOVE_NOT_RUNNING;
	if (!request->device)
		return MOVE_DONE;
	if (request->giver && is_with_another(from, request))
		return MOVE_DENIED;
	return passthrough_may_have(to, theirs) ? MOVE_DONE : MOVE_SHARED_PAGE;
}

/* What speaks against it while nothing is held: all that a caller could ask for in vain, again and again. */
static enum move_result judge(const struct vm *from, const struct move_request *request)
{
	if (request->giver && request->giver != from)
		return MOVE_DENIED;
	return from ? refusal(from, request) : MOVE_UNKNOWN;
}

/* LOCK_MOVE is held. */
static enum move_result move_prepared(struct pause *pause, const struct move_request *request)
{
	struct vm *from = pause->vm[0];
	enum move_result result = from == move_owner(request->intid) ? judge(from, request) : MOVE_BUSY;

	if (result != MOVE_DONE)
		return result;
	if (!pause_begin(pause))
		return MOVE_BUSY;
	result = move_paused(from, request);
	pause_end(pause);
	return result;
}

enum move_result move_interrupt(const struct move_request *request)
{
	struct pause pause = {.vm = {move_owner(request->intid), request->to}, .caller = request->caller};
	enum move_result result = judge(pause.vm[0], request);

	if (result == MOVE_DONE && !pause_prepare(&pause))
		result = MOVE_BUSY;
	if (result != MOVE_DONE)
		return result;
	lock_acquire(&box.moving);
	result = move_prepared(&pause, request);
	lock_release(&box.moving);
	return result;
}
