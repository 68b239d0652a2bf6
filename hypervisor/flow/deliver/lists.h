/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list registers of a vCPU: filled from its model, and folded into it. On the vCPU's own pCPU, with the
 * VM's vgic lock. flow/deliver/present.h decides when.
 */
#ifndef FLOW_DELIVER_LISTS_H
#define FLOW_DELIVER_LISTS_H

#include "flow/box/system.h"
#include "vgic/lr.h"

/* Folds all list registers into the model; nothing is listed. */
void lists_fold(struct vcpu *vcpu, struct vgic_folded *folded);
/*
 * Lists waiting interrupts in free list registers. False when all must be chosen anew: a listed interrupt may
 * have changed, or may have to give way to one of higher priority. `*others`: vCPUs that must look at
 * something because of this.
 */
MUST_USE bool lists_place(struct vcpu *vcpu, uint32_t *others);
/*
 * Chooses anew what all list registers hold. Returns the vCPUs that must look at something because of this.
 */
uint32_t lists_choose_anew(struct vcpu *vcpu);

/* Lets the maintenance interrupt come again, if it came: the list registers no longer ask for it. */
void lists_end_maintenance(struct vcpu *vcpu);

#endif
