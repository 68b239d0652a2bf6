/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the vCPUs of one pCPU runs, and until when: fixed priorities, in turn among equal ones, with
 * budgets (sched/server.h). A vCPU that has spent its budget waits, if the budget is hard; else it runs when
 * nothing that is ready has budget left.
 *
 * Events come in, and queue_choose() answers. What a vCPU ran is charged at the next choice. Pure; a queue is
 * used by its pCPU alone.
 */
#ifndef SCHED_QUEUE_H
#define SCHED_QUEUE_H

#include "sched/account.h"
#include "sched/server.h"

#define QUEUE_MAX 32
#define QUEUE_PRIORITIES 32 /* 0 to 31: the larger, the more urgent */
#define QUEUE_NONE (-1)

struct queue_vcpu {
	uint8_t number; /* in the queue */
	uint8_t priority;
	bool hard;      /* without budget it waits */
	bool ends;      /* it is to be turned off: before all others, for others may wait for that */
	uint64_t slice; /* ticks that it runs before its equals have their turn */
	struct server server;

	uint64_t slice_left;
	uint64_t turn; /* among equals the lowest runs */
	uint64_t ran;  /* ticks, all in all */
	struct account account;
};

struct queue {
	struct queue_vcpu *vcpu[QUEUE_MAX];
	unsigned count;
	uint32_t ready; /* a bit for each */
	uint64_t turns; /* given so far */
	int runs;       /* or QUEUE_NONE */
	bool pays;      /* it uses its budget */
	uint64_t since; /* the last choice; 0: there was none */

	/* For the accounts. */
	uint32_t counted; /* `ready` at the last choice */
	int last;         /* that ran, or QUEUE_NONE: no switch is needed when it runs again */
	uint64_t idle;    /* ticks in which none ran, until the last choice */
	uint64_t switches;
};

struct queue_choice {
	int vcpu;       /* or QUEUE_NONE */
	uint64_t until; /* a new choice must be made then, if no event comes before; UINT64_MAX: never */
};

void queue_init(struct queue *queue);
/* Its number in the queue. At boot; at most QUEUE_MAX. */
unsigned queue_add(struct queue *queue, struct queue_vcpu *vcpu);
/* It may run: an event has come, or its hold has ended. No effect on one that is ready. */
void queue_ready(struct queue *queue, unsigned vcpu);
/*
 * It may run from `now` on, and there need be no choice for that. True: it could run sooner than the last
 * choice says, so the caller chooses anew.
 */
MUST_USE bool queue_wake(struct queue *queue, struct queue_vcpu *vcpu, uint64_t now);
/* It waits for an event, or is held. The caller chooses anew if it runs. */
void queue_wait(struct queue *queue, unsigned vcpu);
MUST_USE struct queue_choice queue_choose(struct queue *queue, uint64_t now);
/*
 * The vCPU that runs, the only one that is ready, waits for an event without another choice; and runs again.
 * No choice between the two: another vCPU that becomes ready waits for that until the nap ends.
 */
void queue_nap(struct queue *queue, uint64_t now);
void queue_nap_ends(struct queue *queue, uint64_t now);
/* Other properties from `now` on (server_change()). The caller chooses anew. */
struct queue_change {
	uint8_t priority;
	bool hard;
	uint64_t budget, period;
};
void queue_change(struct queue *queue, unsigned vcpu, const struct queue_change *change, uint64_t now);
/* This one runs on instead of the one that was chosen, and pays for it. */
void queue_stay(struct queue *queue, const struct queue_vcpu *vcpu);
/*
 * The switch after a choice is over, from the vCPU that `left`, or QUEUE_NONE. The more urgent of the two
 * pays for it, for it is the one that came between: else one that wakes often would take what it has not.
 */
void queue_switched(struct queue *queue, int left, uint64_t now);
/* Would a choice now be this vCPU, once it is ready? */
bool queue_preempts(const struct queue *queue, unsigned vcpu, uint64_t now);

/*
 * Ticks until now. Exact on the queue's pCPU; from another one, a choice that is made meanwhile may be
 * counted in part. A vCPU's time is what it ran, what was stolen (it was ready, and did not run), and the
 * rest, which it slept.
 */
uint64_t queue_ran(const struct queue *queue, unsigned vcpu, uint64_t now);
uint64_t queue_stolen(const struct queue *queue, unsigned vcpu, uint64_t now);
uint64_t queue_idle(const struct queue *queue, uint64_t now);

#endif
