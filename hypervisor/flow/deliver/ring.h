/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doorbells: a VM rings, and the others that see the same shared memory get an interrupt. The cost to a
 * receiver has a limit, whichever VMs ring and however often: a vCPU is told of RING_BURST rings at once,
 * then of one in RING_INTERVAL_INSTRUCTIONS. The others wait, merged as pending interrupts merge, for a timer
 * of its pCPU. So no ring is lost, and none waits for more than two intervals.
 */
#ifndef FLOW_DELIVER_RING_H
#define FLOW_DELIVER_RING_H

#include "flow/box/system.h"

/*
 * Being told of a ring costs a vCPU some 700 instructions at EL2. So rings take little more than 1 % of its
 * time, and less than a tenth where an emulator runs eight processors in turn. The interval's length in time
 * follows the processor's pace (cpu_instructions_to_ticks()).
 */
#define RING_INTERVAL_INSTRUCTIONS 64000
#define RING_BURST 8

/* SIGNALBOX_CALL_RING: `index` counts the shared memories that the VM sees. Without locks. */
uint64_t ring(struct vm *vm, uint64_t index);

/* Rings wait for this vCPU, which runs on this pCPU: sets a timer. Called by run_attend(). */
void ring_wait(struct vcpu *vcpu);
/* That timer has passed. The vCPU runs on this pCPU, and attends before it runs on. */
void ring_expired(struct vcpu *vcpu);
/* The VM starts again. */
void ring_reset(struct vcpu *vcpu);

#endif
