/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM with direct delivery can keep Signalbox's interrupts from its processors. A pCPU that wants such a
 * vCPU at EL2 waits a short time only (flow/hold/sync.c) and then *asks*: from then on the housekeeping pCPU
 * watches, and a vCPU that has not come to EL2 by the end of SEIZE_ANSWER_US is *seized*: the VM's stage 2 is
 * withheld, so that the guest faults into EL2 at its next instruction, whatever it masks. The VM gets stage 2
 * back when all vCPUs that were asked have come. No other pCPU waits for any of this.
 *
 * `asked_at`, `seized` and the vCPUs' `asked` are written under the VM's lock (LOCK_VM).
 */
#ifndef FLOW_HOLD_SEIZE_H
#define FLOW_HOLD_SEIZE_H

#include "flow/box/system.h"

/* Long, since an emulator may not give a processor a turn for a while. */
#define SEIZE_ANSWER_US 500000

/* The running VM's vCPUs in the mask have not come to EL2 when they were kicked. Any pCPU, without LOCK_VM.
 */
void seize_ask(struct vm *vm, uint32_t vcpus);
/* The VM stops, and its vCPUs have this long to park. Its lock is held. */
void seize_expect_parking(struct vm *vm);
/* The vCPU that runs on this pCPU has come to EL2, and was asked to. */
void seize_answer(struct vcpu *vcpu);
/* All vCPUs of the VM are parked: nothing is expected of them any more, and stage 2 is as it was. */
void seize_end(struct vm *vm);
/*
 * Seizes the VMs whose time is over. Returns the counter value at which to look again, or TIMER_NEVER.
 * Housekeeping.
 */
uint64_t seize_watch(void);

#endif
