/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Presents the interrupts of a vCPU to its guest: in list registers (flow/deliver/lists.h) or, with direct
 * delivery, by its pCPU's interface (flow/deliver/direct.h). On the vCPU's own pCPU, interrupts masked,
 * without locks.
 */
#ifndef FLOW_DELIVER_PRESENT_H
#define FLOW_DELIVER_PRESENT_H

#include "flow/box/system.h"

/* Folds the list registers into the model; the model is the truth until the vCPU is refreshed. */
void present_fold(struct vcpu *vcpu);
/*
 * The same, and what present_refresh() does for one that is folded, with a short way where nothing is listed
 * and nothing waits. present_begin(): false if present_refresh() is still to come.
 */
void present_rest(struct vcpu *vcpu);
MUST_USE bool present_begin(struct vcpu *vcpu);
/*
 * A folded vCPU: forgets what is pending by a line that has fallen since. It may wait for a hold's end.
 */
void present_sample(struct vcpu *vcpu);
/* The vCPU does not run on here: handlers that run are given up, and the next start begins anew. */
void present_end(struct vcpu *vcpu);
/* Before the guest is entered: waits until the vCPU is not held, and presents all that waits. */
void present_refresh(struct vcpu *vcpu);

#endif
