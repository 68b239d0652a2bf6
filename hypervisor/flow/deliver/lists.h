/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list registers of a vCPU: filled from its model, and folded into it. On the vCPU's own pCPU, with the
 * VM's vgic lock. When: flow/deliver/present.h.
 */
#ifndef FLOW_DELIVER_LISTS_H
#define FLOW_DELIVER_LISTS_H

#include "flow/box/system.h"
#include "vgic/lr.h"

/* They go back into the model; nothing is listed. */
void lists_fold(struct vcpu *vcpu, struct vgic_folded *folded);
/*
 * Lists what waits in free ones. False when all must be chosen anew: what is listed may have changed, or may
 * have to give way to something better. `*others`: vCPUs that have something to look at for it.
 */
MUST_USE bool lists_place(struct vcpu *vcpu, uint32_t *others);
/* All are chosen anew. Returns such vCPUs. */
uint32_t lists_choose_anew(struct vcpu *vcpu);

/* Lets the maintenance interrupt come again, if it came: list registers no longer ask for it. */
void lists_end_maintenance(struct vcpu *vcpu);

#endif
