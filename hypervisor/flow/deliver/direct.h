/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vCPU with direct delivery: Group 1 of its pCPU's physical interface is the guest's, and EL2 keeps Group 0
 * (FIQ). On the vCPU's own pCPU.
 */
#ifndef FLOW_DELIVER_DIRECT_H
#define FLOW_DELIVER_DIRECT_H

#include "flow/box/system.h"

/*
 * For a live vCPU that is about to be entered, with the vgic lock: sets the interface up for the VM's
 * delivery. `was_held`: it has folded, and may have been held, since it was entered last.
 */
void direct_refresh(struct vcpu *vcpu, bool was_held);
/* The guest writes these bits of its ICH_VMCR_EL2: EOImode, CBPR, the binary point of Group 0. */
void direct_change_interface(struct vcpu *vcpu, uint64_t bits, uint64_t value);
/* The guest reads ICC_RPR_EL1. Takes the vgic lock. */
uint8_t direct_running_priority(struct vcpu *vcpu);
/* For a folded vCPU that was direct until now: the interface is EL2's again. */
void direct_close(struct vcpu *vcpu);

/* Has the guest a running priority above all that guests have, which keeps EL2's interrupts away? */
static inline bool direct_is_blocked(const struct vcpu *vcpu)
{
	return vcpu->direct && gic_running_priority() < IRQ_DIRECT_FIRST;
}

/* Around EL2's acknowledgements while the guest's EOIs deactivate: EL2's own EOIs do not. */
void direct_begin(const struct vcpu *vcpu);
void direct_end(const struct vcpu *vcpu);

#endif
