/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What prevents direct delivery to a VM: the one place that decides it. A change of delivery asks here
 * (flow/own/delivery.h), and so does all code that lets a guest change what delivery depends on.
 */
#ifndef FLOW_OWN_OBSTACLE_H
#define FLOW_OWN_OBSTACLE_H

#include "flow/box/system.h"

enum obstacle {
	OBSTACLE_NONE,
	OBSTACLE_ACTIVE,       /* one of its handlers is running: ask again */
	OBSTACLE_BUSY,         /* a vCPU does not answer, or the caller has asked too often: ask again */
	OBSTACLE_TWO_STATES,   /* EL2 has no Group 0 here */
	OBSTACLE_MACHINE,      /* priorities or numbers of this machine's GIC do not allow it */
	OBSTACLE_DENIED,       /* the description does not permit it */
	OBSTACLE_HOUSEKEEPING, /* a vCPU runs on the housekeeping pCPU */
	OBSTACLE_STRANGER,     /* it has an interrupt enabled that has no physical one of its own */
	OBSTACLE_GROUP0,       /* it uses Group 0 */
	OBSTACLE_PRIORITY,     /* it tells two priorities apart by its mask that are one physically */
	OBSTACLE_TRAPS,        /* `auto`, and it accesses what EL2 emulates too often */
};

/* For messages; the text, with the number of an interrupt that OBSTACLE_STRANGER is about. */
#define OBSTACLE_TEXT_MAX 128
const char *obstacle_words(enum obstacle obstacle);
void obstacle_text(enum obstacle obstacle, uint32_t vintid, char text[OBSTACLE_TEXT_MAX]);
/* Is the obstacle temporary? Ask again. */
static inline bool obstacle_may_pass(enum obstacle obstacle)
{
	return obstacle == OBSTACLE_ACTIVE || obstacle == OBSTACLE_BUSY;
}

/* An obstacle that does not change while the VM runs. */
enum obstacle obstacle_of_vm(const struct vm *vm);
/* An obstacle by what its guest does; `*stranger` belongs to OBSTACLE_STRANGER. The vgic lock is held. */
enum obstacle obstacle_of_guest(const struct vm *vm, uint32_t *stranger);

/* Direct delivery ends, for this reason, before the vCPU runs on, or else soon: delivery_end_direct(). */
void obstacle_met(struct vcpu *vcpu, enum obstacle why, uint32_t vintid);
/* Its guest has changed what delivery depends on: is there an obstacle now? The vgic lock is held. */
void obstacle_check(struct vcpu *vcpu);

#endif
