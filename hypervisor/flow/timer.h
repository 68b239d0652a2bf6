/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's timer of each pCPU, shared by what needs it there: the emulated physical timer of its
 * vCPU, rings that wait for it, what is muted, a change of its delivery, and console work. On the pCPU
 * itself, interrupts masked.
 */
#ifndef FLOW_TIMER_H
#define FLOW_TIMER_H

#include "flow/system.h"

enum timer_slot {
	TIMER_VCPU,
	TIMER_DELIVERY,
	TIMER_RING,
	TIMER_MUTE,
	TIMER_HOUSEKEEPING,
	TIMER_WATCH,
	TIMER_COMMAND,
	TIMER_TURN,
	TIMER_SLOT_COUNT
};

#define TIMER_NEVER PTIMER_NEVER

/* `deadline` is a counter value. */
void timer_set(enum timer_slot slot, uint64_t deadline);
/* The interrupt came. `vcpu`: who runs here, or NULL. */
void timer_expired(struct vcpu *vcpu);
/* The line of the vCPU's emulated timer follows its registers. The caller attends before it is entered. */
void timer_update(struct vcpu *vcpu);
/* Its processor is turned off, and with it the timer, whose line falls. */
void timer_off(struct vcpu *vcpu);

#endif
