/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/own/move.h"

#include "flow/deliver/link.h"
#include "flow/own/carry.h"
#include "flow/own/passthrough.h"

const char *move_words(enum move_result result)
{
	static const char *const words[] = {
		[MOVE_DONE] = "has it now",
		[MOVE_UNKNOWN] = "cannot have it: no VM owns a shared interrupt of this number",
		[MOVE_DENIED] = "cannot have it: the VM that gives it away does not own it",
		[MOVE_NOT_LISTED] =
			"cannot have it: its description lists the device neither in devices nor in receives",
		[MOVE_OWN] = "has it already",
		[MOVE_NO_VCPU] = "cannot have it there: it has no such vCPU",
		[MOVE_NOT_RUNNING] = "cannot have it now: it does not run",
		[MOVE_ACTIVE] = "cannot have it now: a handler of this interrupt is running; ask again, or use force",
		[MOVE_BUSY] = "cannot have it now: a processor of one of the two VMs does not answer; ask again",
		[MOVE_SHARED_PAGE] = "cannot have the device: another VM has one in the same page of registers",
		[MOVE_FAILED] = "does not get it: the interrupt cannot be disabled, or stage 2 cannot be changed",
	};

	return words[result];
}

/* Does a VM that is neither the giver nor the receiver have the device's registers? */
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

/*
 * What prevents the move, as far as this can be known while nothing is held: a caller could ask for that in
 * vain again and again.
 */
static enum move_result judge(const struct vm *from, const struct move_request *request)
{
	if (!from && link_is_moving(request->intid))
		return MOVE_BUSY;
	if (request->giver && request->giver != from)
		return MOVE_DENIED;
	return from ? refusal(from, request) : MOVE_UNKNOWN;
}

/* LOCK_MOVE is held. */
static enum move_result move_prepared(struct pause *pause, const struct move_request *request)
{
	struct vm *from = pause->vm[0];
	enum move_result result = from == link_owner(request->intid) ? judge(from, request) : MOVE_BUSY;

	if (result != MOVE_DONE)
		return result;
	if (!request->device)
		return carry_interrupt(pause, request);
	return pause_disturb(pause, passthrough_holder(request->intid)) ? carry_device(pause, request)
																	: MOVE_BUSY;
}

enum move_result move_interrupt(const struct move_request *request)
{
	struct pause pause = {.vm = {link_owner(request->intid), request->to}, .caller = request->caller};
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
