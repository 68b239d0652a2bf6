/* SPDX-License-Identifier: Apache-2.0 */
/* A request to move an interrupt or a device, and its results. */
#ifndef FLOW_OWN_MOVE_REQUEST_H
#define FLOW_OWN_MOVE_REQUEST_H

#include "flow/box/system.h"

enum move_result {
	MOVE_DONE,
	MOVE_UNKNOWN,     /* no VM owns a shared interrupt of this number */
	MOVE_DENIED,      /* the giver does not own it */
	MOVE_NOT_LISTED,  /* the receiver has it neither in `devices` nor in `receives` */
	MOVE_OWN,         /* it has it already, with this route, and its registers: nothing is done */
	MOVE_NO_VCPU,     /* the receiver has no vCPU of this number */
	MOVE_NOT_RUNNING, /* the receiver */
	MOVE_ACTIVE,      /* a handler of the old or of the new owner is running, and `force` was not asked for */
	MOVE_BUSY,        /* it is moving, a vCPU does not answer, or the caller has asked too often: ask again */
	MOVE_SHARED_PAGE, /* a page of the device's registers has another VM's device, too */
	MOVE_FAILED,      /* the distributor does not answer, or stage 2 cannot be changed */
};

#define MOVE_AS_ROUTED (-1)

struct move_request {
	uint32_t intid;
	struct vm *to;
	int vcpu;    /* of `to`: the interrupt is routed there as if its guest had written GICD_IROUTER; or
					MOVE_AS_ROUTED */
	bool device; /* with the registers and all interrupts of its device */
	/*
	 * Do not wait for the old owner's handler. Its ICC_EOIR then ends the interrupt for the old owner alone,
	 * which cannot get it back before that. No effect while the old owner's delivery is direct.
	 */
	bool force;
	/* The VM that must own the interrupt, and the registers with `device`; NULL: any owner. */
	const struct vm *giver;
	const struct vm *caller; /* the VM that asks; NULL: a person */
};

#endif
