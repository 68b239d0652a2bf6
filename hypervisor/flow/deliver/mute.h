/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest with direct delivery can write the number of another VM's shared interrupt to ICC_EOIR1_EL1 and so
 * deactivate it at the physical GIC while its owner still handles it. If it is a level, it then comes again
 * at once, as often as that guest writes. The evidence is an interrupt that is acknowledged again while it is
 * in a list register, or in the model: it is never listed twice, on whichever vCPU (vgic.h, `stray`). It is
 * *muted*, disabled at the distributor for MUTE_US at most, so that its owner can finish its handler. Nothing
 * is lost: a level is pending again while its line is up, and an edge, or a write to GICD_ISPENDR, is pended
 * again.
 *
 * No VM is stopped for this: which guest wrote cannot be told, and a reaction to a suspicion could be used as
 * a weapon.
 */
#ifndef FLOW_DELIVER_MUTE_H
#define FLOW_DELIVER_MUTE_H

#include "flow/box/system.h"

#define MUTE_US 1000

/*
 * Of the interrupts that were raised for the vCPU, takes out, and mutes, those that it has already. Its own
 * pCPU, the vgic lock.
 */
__attribute__((noinline)) void mute_repeated(struct vcpu *vcpu);
/*
 * After vgic_attend(): has the model taken an interrupt that a list register of the vCPU holds? (It waited
 * for the vCPU to look, or was raised only now.) Then all must be folded: a pending one merges with the
 * first, and an active one stays in no list register. Its own pCPU, the vgic lock.
 */
MUST_USE __attribute__((noinline)) bool mute_is_late(const struct vcpu *vcpu);
/* The timer has passed: muted interrupts may come again. The vCPU runs on this pCPU. */
void mute_expired(struct vcpu *vcpu);

#endif
