/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/budget.h"

#include <string.h>

#include "base/bits.h"

#define CALLER_SLICES (10 * BUDGET_SLICES_A_WINDOW) /* no request for so long: no caller */

static void forget_slice(struct budget *budget, uint64_t slice)
{
	struct budget_use *use = budget->use[slice % BUDGET_SLICES];

	for (unsigned vm = 0; vm < VM_MAX; vm++) {
		budget->sum[vm].ticks -= use[vm].ticks;
		budget->sum[vm].holds -= use[vm].holds;
		budget->total.ticks -= use[vm].ticks;
		budget->total.holds -= use[vm].holds;
	}
	memset(use, 0, sizeof(budget->use[0]));
}

static void advance(struct budget *budget, uint64_t slice)
{
	if (slice == budget->slice)
		return;
	for (uint64_t n = budget->slice + 1; n <= slice && n <= budget->slice + BUDGET_SLICES; n++)
		forget_slice(budget, n);
	budget->slice = slice;
	for (uint32_t left = budget->callers; left; left &= left - 1)
		if (slice - budget->asked[bits_lowest(left)] >= CALLER_SLICES)
			budget->callers &= ~(left & -left);
}

static uint64_t rest(uint64_t part, uint64_t used)
{
	return used < part ? part - used : 0;
}

bool budget_ask(struct budget *budget, unsigned caller, uint64_t now, uint64_t slice_ticks, unsigned share)
{
	uint64_t limit = slice_ticks * BUDGET_SLICES_A_WINDOW * share / 100;
	struct budget_use taken; /* with what is kept for others */
	uint32_t others;
	unsigned count = 1;

	advance(budget, now / slice_ticks);
	budget->callers |= 1u << caller;
	budget->asked[caller] = budget->slice;
	others = budget->callers & ~(1u << caller);
	for (uint32_t left = others; left; left &= left - 1)
		count++;
	taken = budget->total;
	for (; others; others &= others - 1) {
		const struct budget_use *used = &budget->sum[bits_lowest(others)];

		taken.ticks += rest(limit / count, used->ticks);
		taken.holds += rest(BUDGET_HOLDS_FREE / count, used->holds);
	}
	return taken.ticks < limit || taken.holds < BUDGET_HOLDS_FREE;
}

void budget_charge(struct budget *budget, unsigned caller, uint64_t ticks, bool again)
{
	struct budget_use *each[] = {&budget->use[budget->slice % BUDGET_SLICES][caller], &budget->sum[caller],
								 &budget->total};

	for (unsigned i = 0; i < ARRAY_COUNT(each); i++) {
		each[i]->ticks += ticks;
		each[i]->holds += !again;
	}
}
