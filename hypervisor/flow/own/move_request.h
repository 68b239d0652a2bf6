/* SPDX-License-Identifier: Apache-2.0 */
/* What a move is to do, and what comes of it. */
#ifndef FLOW_OWN_MOVE_REQUEST_H
#define FLOW_OWN_MOVE_REQUEST_H

#include "flow/box/system.h"

enum move_result {
	MOVE_DONE,
	MOVE_UNKNOWN,     /* no VM owns such a shared interrupt */
	MOVE_DENIED,      /* the giver has not what it wants to give away */
	MOVE_NOT_LISTED,  /* the receiver has it neither in `devices` nor in `receives` */
	MOVE_OWN,         /* it has it already, so routed, and its registers: nothing is done */
	MOVE_NO_VCPU,     /* the receiver has no vCPU of this number */
	MOVE_NOT_RUNNING, /* the receiver */
	MOVE_ACTIVE, /* a handler of the old owner is at it, or of the new one, and `force` was not asked for */
	MOVE_BUSY,   /* it moves, a vCPU does not answer, or the caller has asked too often: ask again */
	MOVE_SHARED_PAGE, /* a page of the device's registers has another VM's device, too */
	MOVE_FAILED,      /* the distributor does not answer, or stage 2 cannot be changed */
};

#define MOVE_AS_ROUTED (-1)

struct move_request {
	uint32_t intid;
	struct vm *to;
	int vcpu; /* of `to`, to which it is routed as if its guest had written GICD_IROUTER; or MOVE_AS_ROUTED */
	bool device; /* with the registers and all interrupts of the device that the interrupt belongs to */
	/*
	 * The new owner does not wait for the old one's handler, whose ICC_EOIR ends the interrupt for the old
	 * owner alone; until then it cannot have it again. Means nothing while the old owner's delivery is
	 * direct.
	 */
	bool force;
	/* Who must own the interrupt, and the registers with `device`; NULL: whoever does. */
	const struct vm *giver;
	const struct vm *caller; /* who asks; NULL: a person */
};

#endif
