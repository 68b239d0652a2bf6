/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Direct delivery of interrupts whose number is not the physical one's: an emulated device has the number
 * that guests expect, and comes by a physical interrupt that no device drives. While one of these is
 * *outstanding* at a vCPU, the guest's accesses to the interface's Group 1 registers trap
 * (ICH_HCR_EL2.TALL1), and EL2 translates the number. At all other times the guest is undisturbed.
 *
 * The order that makes it safe: such an interrupt is pended, enabled, routed and made active only while its
 * vCPU is at EL2 - by that vCPU before it is entered, or by one that holds it - and the vCPU looks before it
 * is entered whether one is outstanding.
 *
 * On the vCPU's own pCPU.
 */
#ifndef FLOW_DELIVER_TRANSLATE_H
#define FLOW_DELIVER_TRANSLATE_H

#include "flow/box/system.h"

/*
 * Before the guest is entered, with the vgic lock: sets or clears the trap. That of Group 0 registers, too,
 * for with ICC_CTLR_EL1.CBPR a write of ICC_BPR0_EL1 changes the physical ICC_BPR1_EL1.
 */
void translate_refresh(struct vcpu *vcpu);

/* Between a physical interrupt of the VM's and the number that its guest knows. Others stay as they are. */
uint32_t translate_to_guest(const struct vcpu *vcpu, uint32_t intid);
uint32_t translate_to_machine(const struct vcpu *vcpu, uint32_t vintid);

/* ICC_IAR1_EL1: the guest's number, or one of 1020..1023. */
uint32_t translate_acknowledge(struct vcpu *vcpu);
/* ICC_EOIR1_EL1. Takes the vgic lock. A level whose line is still up is pending again. */
void translate_end(struct vcpu *vcpu, uint32_t vintid);
/*
 * ICC_AP1R<n>_EL1 was written. Takes the vgic lock. Software that begins anew within a handler clears them,
 * and ends nothing.
 */
void translate_follow_priorities(struct vcpu *vcpu);

#endif
