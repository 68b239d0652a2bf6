/* SPDX-License-Identifier: Apache-2.0 */
/* The EL1 physical timer of a vCPU, which is emulated (device/ptimer.h). On the vCPU's own pCPU. */
#ifndef FLOW_DELIVER_GUEST_TIMER_H
#define FLOW_DELIVER_GUEST_TIMER_H

#include "flow/box/system.h"

/* Sets the timer's line by its registers. The caller attends before the vCPU is entered. */
void guest_timer_update(struct vcpu *vcpu);
/* The vCPU is turned off, and the timer with it: its line falls. */
void guest_timer_off(struct vcpu *vcpu);

#endif
