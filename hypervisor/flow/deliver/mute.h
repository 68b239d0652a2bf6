/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest with direct delivery can write the number of another VM's shared interrupt to ICC_EOIR1_EL1 and so
 * deactivate it at the physical GIC while its owner still handles it. A level then comes again at once, as
 * often as that guest writes. The evidence is an interrupt that is acknowledged again while it stands in a
 * list register, or while the model has it: it is never listed twice, on whichever vCPU (vgic.h, `stray`). It
 * is *muted*, disabled at the distributor for MUTE_US at most, so that its owner gets on with its handler.
 * Nothing is lost: a level speaks for itself, and an edge, or what GICD_ISPENDR pended, is pended again.
 *
 * Nobody is accused: which guest wrote cannot be told, and an answer to a suspicion could be made a weapon.
 */
#ifndef FLOW_DELIVER_MUTE_H
#define FLOW_DELIVER_MUTE_H

#include "flow/box/system.h"

#define MUTE_US 1000

/* Of what others raised for the vCPU: takes out, and mutes, what it has already. Its own pCPU, the vgic lock.
 */
__attribute__((noinline)) void mute_repeated(struct vcpu *vcpu);
/*
 * Behind vgic_attend(): has the model taken what a list register of the vCPU holds? It waited for the vCPU to
 * look, or was raised only now. Then all is to be folded: what is pending is one again, and what is active
 * stays in no list register. Its own pCPU, the vgic lock.
 */
MUST_USE __attribute__((noinline)) bool mute_is_late(const struct vcpu *vcpu);
/* The timer has passed: what was muted comes again. The vCPU lives on this pCPU. */
void mute_expired(struct vcpu *vcpu);

#endif
