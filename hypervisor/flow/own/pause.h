/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One or two VMs pause: all their vCPUs are held, for a change that a person or a VM asked for. No VM is held
 * while another that may not answer is waited for, and what a VM loses to requests of others has a limit
 * (vm/budget.h): all that is done to it here is charged, each time that it comes to EL2 for it.
 */
#ifndef FLOW_OWN_PAUSE_H
#define FLOW_OWN_PAUSE_H

#include "flow/box/system.h"

struct pause {
	struct vm *vm[2];        /* the second may be NULL, or the first once more */
	const struct vm *caller; /* the VM that asks; NULL: a person, or no other VM than vm[0] */
	uint64_t since;          /* counter value */
	uint32_t counted; /* a bit for each VM that was charged a hold: further holds for the same request are not
						 counted */
};

/*
 * First, without locks: has this caller time left, and do the VMs answer? Those with direct delivery are
 * waited for, one at a time, SYNC_PATIENCE_US at most. False: ask again.
 */
MUST_USE bool pause_prepare(struct pause *pause);
/*
 * Registers of a device will be taken from `third`, without a hold; or NULL. That is charged to the caller.
 * False: the VM was disturbed as often as permitted.
 */
MUST_USE bool pause_disturb(struct pause *pause, struct vm *third);
/* Then, perhaps with LOCK_MOVE. False: a vCPU does not answer now, and nothing is held. */
MUST_USE bool pause_begin(struct pause *pause);
void pause_end(struct pause *pause);

/* Is one of the VM's interrupt handlers running? The VM pauses. */
bool pause_has_handler(const struct vm *vm);

#endif
