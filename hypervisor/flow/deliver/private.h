/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private interrupts of vCPUs that share a pCPU: they are in its redistributor while their vCPU is resident
 * (flow/run/share.h), and else in the model alone.
 */
#ifndef FLOW_DELIVER_PRIVATE_H
#define FLOW_DELIVER_PRIVATE_H

#include "flow/deliver/link.h"

/* The vCPU goes away, or becomes the resident one. It is folded. Without the vgic lock, on its pCPU. */
void private_leave(struct vcpu *vcpu);
void private_enter(struct vcpu *vcpu);
/* GICR_ISPENDR0 of a vCPU that is away. With the vgic lock. */
void private_pend_away(const struct link *link);

#endif
