/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several vCPUs on one pCPU: which of them runs (sched/queue.h), and the switch from one to the next. The
 * pCPU's `vcpu` is the *resident* one, whose state the pCPU's registers and redistributor have; it stays so
 * while nothing runs. The others are *away*: their interrupts go into their models, and their timers'
 * deadlines are kept here.
 *
 * Called on that pCPU, with interrupts masked.
 */
#ifndef FLOW_RUN_SHARE_H
#define FLOW_RUN_SHARE_H

#include "flow/box/system.h"

/*
 * WFI, where nothing else is ready: the vCPU keeps the pCPU until an interrupt of its own comes, and goes on.
 * False: it must be share_sleep(), for another one may run.
 */
MUST_USE bool share_nap(struct vcpu *vcpu);
/*
 * The vCPU sleeps from the next run_attend() on, which is due now, until an interrupt is pending for it.
 */
void share_sleep(struct vcpu *vcpu);
/* The same for PSCI CPU_SUSPEND. */
void share_suspend(struct vcpu *vcpu);
/* The vCPU that runs next, which is resident now; NULL: none is ready. */
MUST_USE struct vcpu *share_next(void);
/* The pCPU waits, while none is ready. */
void share_wait(void);

#endif
