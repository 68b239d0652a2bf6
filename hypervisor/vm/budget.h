/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of a VM's time other VMs may take. A VM that moves interrupts or changes how they are delivered
 * holds the vCPUs of the VMs concerned for a moment. Each VM has a budget for that: all callers together get
 * `share` percent of any 100 ms, and not less than BUDGET_HOLDS_FREE requests, so that one caller with 100
 * requests a second is never refused.
 *
 * The budget is divided among the callers of the last second: what one of them has not used of its part is
 * kept for it. So a caller that asks without end leaves the parts of the others, and a caller that is alone
 * has the whole budget.
 *
 * Pure arithmetic on counter values; under the VM's lock (LOCK_VM).
 */
#ifndef VM_BUDGET_H
#define VM_BUDGET_H

#include "base/types.h"

#define BUDGET_WINDOW_US 100000
#define BUDGET_SLICES_A_WINDOW 10
#define BUDGET_SLICES (BUDGET_SLICES_A_WINDOW + 1) /* the newest one is not over yet */
#define BUDGET_HOLDS_FREE 12                       /* in BUDGET_SLICES slices */
#define BUDGET_SHARE_DEFAULT 1                     /* percent */

struct budget_use {
	uint64_t ticks;
	uint64_t holds;
};

struct budget {
	uint64_t slice;                               /* the number of the newest one: time / length of a slice */
	struct budget_use use[BUDGET_SLICES][VM_MAX]; /* by each caller; slice n is at n % BUDGET_SLICES */
	struct budget_use sum[VM_MAX], total;         /* over all slices; over all callers too */
	uint64_t asked[VM_MAX];                       /* the slice in which this caller asked last */
	uint32_t callers;                             /* a bit for each VM that asked in the last second */
};

/*
 * The VM with the number `caller` asks to hold this one. True: it may, now. `slice_ticks`: a slice's length
 * (window / slices), `share` in percent. The hold must then be charged with budget_charge().
 */
MUST_USE bool budget_ask(struct budget *budget, unsigned caller, uint64_t now, uint64_t slice_ticks,
						 unsigned share);
/* The request that was granted has held the VM for this long: once, or `again`. It counts as one hold. */
void budget_charge(struct budget *budget, unsigned caller, uint64_t ticks, bool again);

#endif
