/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a VM's interrupts reach it: directly, or through EL2. Wished by its description, a person or a VM;
 * decided here, changed with all its vCPUs held and no handler at work, under the VM's vgic lock.
 */
#ifndef FLOW_DELIVERY_H
#define FLOW_DELIVERY_H

#include "flow/system.h"

enum delivery_result {
	DELIVERY_DONE,
	DELIVERY_ACTIVE,       /* a handler is at work: ask again */
	DELIVERY_BUSY,         /* a vCPU does not answer, or the caller has asked too often: ask again */
	DELIVERY_TWO_STATES,   /* EL2 has no Group 0 here */
	DELIVERY_MACHINE,      /* priorities or numbers of this machine's GIC do not allow it */
	DELIVERY_DENIED,       /* the description does not permit it */
	DELIVERY_HOUSEKEEPING, /* a vCPU is where the console's work is done */
	DELIVERY_STRANGER,     /* it has an interrupt enabled that has no physical one of its own */
	DELIVERY_GROUP0,       /* it uses Group 0 */
	DELIVERY_TIED,         /* its binary point is that of Group 0 (ICC_CTLR_EL1.CBPR) */
	DELIVERY_TRAPS,        /* `auto`, and it accesses what EL2 emulates too often */
};

/* The VM is about to start, its GIC reset, no vCPU on: as it is wished, or virtual with a line that says why.
 */
void delivery_begin(struct vm *vm);
/* All vCPUs are off for good. */
void delivery_end(struct vm *vm);

/*
 * Changes the wish, and at once what is, if the VM runs. What is refused has changed nothing. `caller` is the
 * VM that asks, NULL for a person. At EL2 on any pCPU, without locks.
 */
enum delivery_result delivery_change(struct vm *vm, enum config_delivery wanted, const struct vm *caller);
/* Was it refused for now only? */
static inline bool delivery_may_come(enum delivery_result result)
{
	return result == DELIVERY_ACTIVE || result == DELIVERY_BUSY;
}
/* Why delivery is not direct, for people. */
const char *delivery_words(enum delivery_result result);

/* Direct delivery ends, for this reason, before the vCPU runs on, or else soon: delivery_leave(). */
void delivery_must_leave(struct vcpu *vcpu, enum delivery_result why, uint32_t vintid);
/* Its guest has changed what delivery depends on: may it stay direct? Else it must leave. The vgic lock is
 * held. */
void delivery_check(struct vcpu *vcpu);
/* The vCPU has turned off: another one ends direct delivery, if it was to. LOCK_VM is held. */
void delivery_pass_on(struct vcpu *vcpu);
/* Asked for by run_attend(). Folds the vCPU. */
void delivery_leave(struct vcpu *vcpu);

#endif
