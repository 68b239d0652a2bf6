/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a vCPU had of a pCPU that it shares, and how long it waited after it woke. sched/queue.c counts, with
 * the counter value of each choice; times are in ticks. Pure; written by the pCPU alone, and read anywhere.
 */
#ifndef SCHED_ACCOUNT_H
#define SCHED_ACCOUNT_H

#include "base/types.h"

/* Waits of 0 ticks, and for each further n those from 2^(n-1) to 2^n - 1; the last has all longer ones, too.
 */
#define ACCOUNT_WAITS 40

struct account {
	uint64_t ready;       /* how long it was ready; while it is, without the time since counter value 0 */
	uint64_t switches;    /* to it */
	uint64_t preemptions; /* it stopped running, and was ready still: another had its turn, or its budget was
							 spent */
	uint64_t wakes;
	uint64_t wait_worst; /* from a wake until it ran */
	uint64_t wait[ACCOUNT_WAITS];

	uint64_t due; /* 0, or the deadline that wakes it */
	uint64_t woken_at;
	bool waits; /* it has not run since it woke */
};

/* A deadline of its own has passed while it slept: that is when it woke, though EL2 sees it later. */
static inline void account_due(struct account *account, uint64_t deadline)
{
	account->due = deadline;
}
/* It is ready from now on, or from when it was due. */
void account_wake(struct account *account, uint64_t now);
void account_sleep(struct account *account, uint64_t now);
void account_run(struct account *account, uint64_t now);
/* How long it was ready, until now. */
uint64_t account_ready(const struct account *account, bool is_ready, uint64_t now);
/* Which of `wait` counts a wait. */
unsigned account_bucket(uint64_t ticks);

#endif
