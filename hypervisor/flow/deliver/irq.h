/* SPDX-License-Identifier: Apache-2.0 */
/* The long way of an interrupt: irq.c, from top to bottom; irq_closed.c. */
#ifndef FLOW_DELIVER_IRQ_H
#define FLOW_DELIVER_IRQ_H

#include "flow/box/system.h"

/* Why a vCPU has to attend: what was raised in its model; anything else. Not 0: run_attend() must follow. */
enum { ATTEND_NEWS = 1, ATTEND_ALL = 2 };

/*
 * Takes everything that is pending while no guest runs on this pCPU, and not while its vCPU is held
 * (mark_idle()). NULL: there is none, or it shares the pCPU, where others must not wait for its hold.
 * Interrupts masked.
 */
void irq_take_idle(const struct vcpu *vcpu);

/*
 * The same while the vCPU that runs here is at EL2, as if the interrupt came from the guest: not 0 when
 * run_attend() must follow.
 */
MUST_USE uint64_t irq_take_waiting(struct vcpu *vcpu);

#endif
