/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a vCPU of a shared pCPU waits at most: response-time analysis for sched/queue.h. Pure; for the
 * workstation, not part of the hypervisor. Times are in a unit of the caller's choice, the same for all.
 *
 * The bound is for one request: the vCPU becomes ready with its whole budget at hand, and stays ready. The
 * budget is at hand if one period has gone by since the vCPU ran last; so two requests need a distance of
 * period and response.
 */
#ifndef SCHED_ANALYSE_H
#define SCHED_ANALYSE_H

#include "base/types.h"

struct analyse_vcpu {
	unsigned priority;       /* the larger, the more urgent */
	uint64_t budget, period; /* a budget of 0 is no limit */
	uint64_t slice;
};

/* What the bounds assume of the machine. */
struct analyse_costs {
	uint64_t section; /* the longest time in EL2 that no choice interrupts */
	uint64_t change;  /* from one vCPU to another */
	uint64_t lost;    /* of a budget: a piece that is not worth a switch comes with the next one */
};

enum analyse_answer {
	ANALYSE_BOUND,
	ANALYSE_NO_BUDGET, /* the vCPU itself has none */
	ANALYSE_STARVED,   /* `by` is more urgent and has no budget */
	ANALYSE_TOO_LONG,  /* beyond ANALYSE_RESPONSE_MAX, or for ever */
};

#define ANALYSE_RESPONSE_MAX UINT64_C(1000000000)

struct analyse_bound {
	enum analyse_answer answer;
	unsigned by;
	uint64_t work;     /* the vCPU has run that long */
	uint64_t response; /* at most so long after it became ready */
};

/*
 * The bound for vCPU `index` of the `count` that share a pCPU. Each more urgent one is assumed to become
 * ready once in its period. Budgets and slices: at most 10^7; a slice is not 0.
 */
MUST_USE struct analyse_bound analyse_response(const struct analyse_vcpu *vcpu, unsigned count,
											   unsigned index, const struct analyse_costs *costs);

#endif
