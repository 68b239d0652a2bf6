/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/analyse.h"

static uint64_t divide_up(uint64_t value, uint64_t by)
{
	return (value + by - 1) / by;
}

/* In any window of a period another one runs for its budget and one section of EL2 at most (sched/server.h).
 */
static uint64_t by_budget(const struct analyse_vcpu *other, uint64_t window, uint64_t extra)
{
	return other->budget == 0 ? UINT64_MAX : divide_up(window, other->period) * (other->budget + extra);
}

/* Equals run in turn: before each turn of this one, each other one has one at most. */
static uint64_t by_turns(const struct analyse_vcpu *self, const struct analyse_vcpu *other, uint64_t work,
						 uint64_t extra)
{
	if (other->priority > self->priority)
		return UINT64_MAX;
	return divide_up(work, self->slice) * (other->slice + extra);
}

/* How long another one keeps this one from its pCPU within a window. */
static uint64_t interference(const struct analyse_vcpu *self, const struct analyse_vcpu *other, uint64_t work,
							 uint64_t window, const struct analyse_costs *costs)
{
	uint64_t extra = costs->section + 2 * costs->change; /* there and back */
	uint64_t budget = by_budget(other, window, extra), turns = by_turns(self, other, work, extra);

	if (other->priority < self->priority)
		return 0;
	return budget < turns ? budget : turns;
}

/* The least window that holds the work and all that comes between: each round can only make it longer. */
static void find_response(const struct analyse_vcpu *vcpu, unsigned count, unsigned index,
						  const struct analyse_costs *costs, struct analyse_bound *bound)
{
	uint64_t first = costs->section + costs->change + bound->work, next = first;

	do {
		bound->response = next;
		next = first;
		for (unsigned i = 0; i < count; i++)
			if (i != index)
				next += interference(&vcpu[index], &vcpu[i], bound->work, bound->response, costs);
	} while (next > bound->response && next <= ANALYSE_RESPONSE_MAX);
	if (next > ANALYSE_RESPONSE_MAX)
		bound->answer = ANALYSE_TOO_LONG;
}

struct analyse_bound analyse_response(const struct analyse_vcpu *vcpu, unsigned count, unsigned index,
									  const struct analyse_costs *costs)
{
	const struct analyse_vcpu *self = &vcpu[index];
	struct analyse_bound bound = {.answer = ANALYSE_BOUND};

	if (self->budget == 0)
		bound.answer = ANALYSE_NO_BUDGET;
	for (unsigned i = 0; i < count && bound.answer == ANALYSE_BOUND; i++) {
		if (vcpu[i].priority > self->priority && vcpu[i].budget == 0) {
			bound.answer = ANALYSE_STARVED;
			bound.by = i;
		}
	}
	if (bound.answer != ANALYSE_BOUND)
		return bound;
	bound.work = self->budget > costs->lost ? self->budget - costs->lost : 0;
	find_response(vcpu, count, index, costs, &bound);
	return bound;
}
