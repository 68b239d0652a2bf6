/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the state of a VM's interrupts at the physical GIC. The VM's vgic lock is held. */
#ifndef FLOW_DELIVER_SAMPLE_H
#define FLOW_DELIVER_SAMPLE_H

#include "flow/box/system.h"
#include "vgic/lr.h"

/* The linked ones of `mask` that are pending, or active. */
uint32_t sample_pending(struct vm *vm, unsigned owner, unsigned bank, uint32_t mask);
uint32_t sample_active(struct vm *vm, unsigned owner, unsigned bank, uint32_t mask);
/* Is one of the VM's interrupts active: in its model or, with direct delivery, at the physical GIC? */
bool sample_has_active(struct vm *vm);

/*
 * Looks again at `lines` that may have fallen since EL2 took them: then the list register stays free, and
 * true is returned. On the vCPU's pCPU.
 */
MUST_USE bool sample_lines(struct vcpu *vcpu, struct vgic_lrs *lrs);

#endif
