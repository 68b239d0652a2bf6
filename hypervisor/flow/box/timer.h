/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's timer of each pCPU, shared by its users. Each vCPU has slots of its own, which count
 * whether it runs or not: its emulated physical timer, doorbells that wait, muted interrupts, alarms of
 * emulated clocks, a change of delivery; and its virtual timer, while another vCPU has the pCPU's. Others are
 * the pCPU's: its turns, and console work. On the pCPU itself, interrupts masked.
 */
#ifndef FLOW_BOX_TIMER_H
#define FLOW_BOX_TIMER_H

#include "flow/box/system.h"

enum timer_slot { TIMER_SHARE, TIMER_CONSOLE, TIMER_WATCH, TIMER_COMMAND, TIMER_TURN, TIMER_SLOT_COUNT };

/* The slots that housekeeping looks at. */
#define TIMERS_OF_HOUSEKEEPING \
	(1u << TIMER_CONSOLE | 1u << TIMER_WATCH | 1u << TIMER_COMMAND | 1u << TIMER_TURN)

#define TIMER_NEVER PTIMER_NEVER

/* `deadline` is a counter value. */
void timer_set(enum timer_slot slot, uint64_t deadline);
/* The same for a vCPU of this pCPU. */
void timer_set_of(struct vcpu *vcpu, enum timer_of_vcpu slot, uint64_t deadline);
/*
 * The timer interrupt came: a bit for each slot whose deadline has passed; these slots have none from now on.
 */
uint32_t timer_take_passed(void);
uint32_t timer_take_passed_of(struct vcpu *vcpu);
/* After the last of them: the next interrupt comes for what is left. */
void timer_continue(void);

#endif
