/* SPDX-License-Identifier: Apache-2.0 */
/* How much of a VM's time others may take: in any window, and divided among the callers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vm/budget.h"

#define SLICE 1000 /* ticks */
#define WINDOW (SLICE * BUDGET_SLICES_A_WINDOW)
#define LIMIT (WINDOW / 100)

static struct budget budget;

static int set_up(void **state)
{
	(void)state;
	memset(&budget, 0, sizeof(budget));
	return 0;
}

static bool ask(unsigned caller, uint64_t now, uint64_t ticks)
{
	bool granted = budget_ask(&budget, caller, now, SLICE, BUDGET_SHARE_DEFAULT);

	if (granted)
		budget_charge(&budget, caller, ticks, false);
	return granted;
}

/* A hundred requests a second, ten in a window: they are granted however long each hold is. */
static void one_caller_with_a_hundred_a_second_is_never_refused(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 5000; n++)
		assert_true(ask(3, 7 + n * WINDOW / 10, 3 * LIMIT));
}

/* A request may hold a VM several times: all of the time counts, and it is counted as one request. */
static void a_request_of_several_holds_is_one(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 5000; n++) {
		assert_true(ask(3, 7 + n * WINDOW / 10, LIMIT));
		budget_charge(&budget, 3, LIMIT, true);
	}
	assert_int_equal(budget.total.ticks, budget.total.holds * 2 * LIMIT);
}

static void short_holds_may_be_many(void **state)
{
	unsigned granted = 0;

	(void)state;
	for (uint64_t now = 0; now < WINDOW; now++)
		granted += ask(3, now, 1);
	assert_int_equal(granted, LIMIT);
}

static void a_silent_time_brings_it_all_back(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 3; round++) {
		uint64_t now = (uint64_t)round * 1000 * WINDOW;

		for (unsigned n = 0; n < BUDGET_HOLDS_FREE; n++)
			assert_true(ask(0, now, LIMIT));
		assert_false(ask(0, now, LIMIT));
		assert_false(ask(0, now + WINDOW - 1, LIMIT));
		assert_true(ask(0, now + WINDOW + SLICE, LIMIT));
	}
}

#define HISTORY 4096

/* In any window of what was granted: the share and one hold beyond it, or BUDGET_HOLDS_FREE holds. */
static void check_windows(const uint64_t at[], const uint64_t ticks[], unsigned count)
{
	for (unsigned first = 0; first < count; first++) {
		uint64_t sum = 0;

		for (unsigned n = first; n < count && at[n] < at[first] + WINDOW; n++) {
			if (n > first) /* granted after these */
				assert_true(sum < LIMIT || n - first < BUDGET_HOLDS_FREE);
			sum += ticks[n];
		}
	}
}

static void no_window_has_more_than_its_share(void **state)
{
	static uint64_t at[HISTORY], ticks[HISTORY];

	(void)state;
	srandom(1);
	for (unsigned run = 0; run < 40; run++) {
		unsigned callers = 1 + (unsigned)random() % VM_MAX, count = 0;
		uint64_t now = 0;

		set_up(state);
		while (count < HISTORY && now < 30 * WINDOW) {
			uint64_t took = (uint64_t)random() % (LIMIT / (1 + run % 20) + 1);

			now += (uint64_t)random() % (2 + run * 4);
			if (!ask((unsigned)random() % callers, now, took))
				continue;
			at[count] = now;
			ticks[count++] = took;
		}
		check_windows(at, ticks, count);
	}
}

/* One caller asks without end, and has had its part; the other one asks ten times in a window. */
static void who_asks_without_end_leaves_others_their_part(void **state)
{
	unsigned refused = 0;

	(void)state;
	for (uint64_t now = 0; now < 40 * WINDOW; now++) {
		ask(5, now, LIMIT / 8);
		if (now > WINDOW && now % (WINDOW / 4) == 0 && !ask(2, now, LIMIT / 8))
			refused += now > 2 * WINDOW + SLICE;
	}
	assert_int_equal(refused, 0);
}

/* It asks once a second, each time too late for its part to have been kept: the next request counts that. */
static void callers_are_forgotten_after_a_second(void **state)
{
	(void)state;
	assert_true(ask(1, 0, 1));
	assert_true(ask(2, 0, 1));
	assert_int_equal(budget.callers, 6);
	assert_true(ask(2, 9 * WINDOW, 1));
	assert_int_equal(budget.callers, 6);
	assert_true(ask(2, 10 * WINDOW, 1));
	assert_int_equal(budget.callers, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_caller_with_a_hundred_a_second_is_never_refused, set_up),
		cmocka_unit_test_setup(a_request_of_several_holds_is_one, set_up),
		cmocka_unit_test_setup(short_holds_may_be_many, set_up),
		cmocka_unit_test_setup(a_silent_time_brings_it_all_back, set_up),
		cmocka_unit_test_setup(no_window_has_more_than_its_share, set_up),
		cmocka_unit_test_setup(who_asks_without_end_leaves_others_their_part, set_up),
		cmocka_unit_test_setup(callers_are_forgotten_after_a_second, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
