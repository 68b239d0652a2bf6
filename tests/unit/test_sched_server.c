/* SPDX-License-Identifier: Apache-2.0 */
/* Budgets: no window of one period has more than the budget, whatever the use; and all of it can be used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sched/server.h"

#define STEPS 4096

static bool used[STEPS]; /* each tick */

static void check_windows(unsigned count, uint64_t budget, uint64_t period)
{
	uint64_t sum = 0;

	for (unsigned t = 0; t < count; t++) {
		sum += used[t];
		if (t >= period)
			sum -= used[t - period];
		assert_true(sum <= budget);
	}
}

static void check_sum(const struct server *server)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < server->count; i++) {
		sum += server->piece[i].ticks;
		assert_true(i == 0 || server->piece[i].from >= server->piece[i - 1].from);
	}
	assert_int_equal(sum, server->budget);
}

/*
 * Runs when `wants` says so and there is budget; a run is charged when it ends, or at `charge_every` ticks.
 * Times begin at 1000, so that nothing is near 0.
 */
static void run(struct server *server, const bool *wants, unsigned count, uint64_t charge_every)
{
	uint64_t ran = 0, left = 0;

	for (unsigned t = 0; t < count; t++) {
		if (ran == 0)
			left = server_left(server, 1000 + t);
		used[t] = wants[t] && left > ran;
		if (used[t])
			ran++;
		if (ran > 0 && (!used[t] || ran == left || ran == charge_every)) {
			server_use(server, 1000 + t + used[t], ran);
			ran = 0;
		}
		check_sum(server);
	}
}

#define COUNT 15

static void every_use_of(uint64_t budget, uint64_t period)
{
	struct server server;
	bool wants[COUNT];

	for (unsigned how = 0; how < 1u << COUNT; how++) {
		for (unsigned t = 0; t < COUNT; t++)
			wants[t] = how >> t & 1;
		server_start(&server, budget, period, 1 + how % 2 * (budget > 1), 1000);
		run(&server, wants, COUNT, 1 + how % 3);
		check_windows(COUNT, budget, period);
	}
}

static void every_use_of_small_budgets(void **state)
{
	(void)state;
	for (uint64_t budget = 1; budget <= 3; budget++)
		for (uint64_t period = budget; period <= 5; period++)
			every_use_of(budget, period);
}

static void random_use_of_large_budgets(void **state)
{
	static bool wants[STEPS];
	struct server server;

	(void)state;
	srand(1);
	for (unsigned round = 0; round < 300; round++) {
		uint64_t budget = 1 + (uint64_t)rand() % 40, period = budget + (uint64_t)rand() % 80;
		unsigned often = 1 + (unsigned)rand() % 9;

		for (unsigned t = 0; t < STEPS; t++)
			wants[t] = (unsigned)rand() % 10 < often;
		server_start(&server, budget, period, 1 + (uint64_t)rand() % budget, 1000);
		run(&server, wants, STEPS, 1 + (uint64_t)rand() % 50);
		check_windows(STEPS, budget, period);
	}
}

/* One that always wants gets its budget in every period, to the tick. */
static void a_budget_can_be_used_up(void **state)
{
	static bool wants[STEPS];
	struct server server;

	(void)state;
	memset(wants, true, sizeof(wants));
	for (uint64_t budget = 1; budget < 20; budget++) {
		unsigned sum = 0;

		server_start(&server, budget, 3 * budget, budget, 1000);
		run(&server, wants, STEPS, budget);
		for (unsigned t = 0; t < 20 * 3 * budget; t++)
			sum += used[t];
		assert_int_equal(sum, 20 * budget);
	}
}

/* What it uses in one run comes back one period after that began, and not before; each run by itself. */
static void each_run_comes_back_by_itself(void **state)
{
	struct server server;

	(void)state;
	server_start(&server, 10, 100, 1, 1000);
	server_use(&server, 1053, 3); /* from 1050 on */
	server_use(&server, 1067, 7); /* from 1060 on */
	assert_int_equal(server_left(&server, 1149), 0);
	assert_int_equal(server_from(&server), 1150);
	assert_int_equal(server_left(&server, 1150), 3);
	assert_int_equal(server_left(&server, 1156), 3);
	assert_int_equal(server_left(&server, 1160), 10);
	server_use(&server, 1208, 8); /* of both */
	server_use(&server, 1210, 2); /* the same run goes on */
	assert_int_equal(server.count, 1);
	assert_int_equal(server_from(&server), 1300);
}

/* A piece that is shorter than `least` comes with the next one. */
static void a_short_piece_waits_for_the_next(void **state)
{
	struct server server;

	(void)state;
	server_start(&server, 10, 100, 4, 1000);
	server_use(&server, 1006, 6);
	assert_int_equal(server_left(&server, 1006), 4); /* just long enough */
	server_use(&server, 1021, 1);
	assert_int_equal(server_left(&server, 1021), 0);
	assert_int_equal(server_from(&server), 1100);
	assert_int_equal(server_left(&server, 1100), 9);
	check_sum(&server);
}

/* A run for each piece that there may be, and then one more. */
static void use_in_many_pieces(struct server *server)
{
	server_start(server, 100, 1000, 1, 1000);
	for (unsigned n = 1; n <= SERVER_PIECES_MAX; n++) {
		server_use(server, 1000 + 20 * n, 10);
		check_sum(server);
	}
}

/* Where there are too many pieces, the later time holds for two of them; what is at hand stays so. */
static void more_pieces_than_there_is_room_for(void **state)
{
	struct server server;

	(void)state;
	use_in_many_pieces(&server);
	assert_int_equal(server.count, SERVER_PIECES_MAX);
	assert_int_equal(server_left(&server, 1170), 20);
	for (unsigned n = 1; n < SERVER_PIECES_MAX; n++)
		assert_int_equal(server.piece[n].from, n < SERVER_PIECES_MAX - 2 ? 1990 + 20 * n : 2010 + 20 * n);

	assert_int_equal(server_left(&server, 5000), 100);
	for (unsigned n = 1; n <= 2 * SERVER_PIECES_MAX; n++) { /* all of them are at hand */
		server_use(&server, 5000 + 20 * n, 5);
		check_sum(&server);
		assert_int_equal(server_left(&server, 5000 + 20 * n), 100 - 5 * n);
	}
}

/* A long section of EL2 ran beyond the budget: it is taken from what comes next. */
static void too_much_comes_back_later(void **state)
{
	struct server server;

	(void)state;
	server_start(&server, 10, 100, 1, 1000);
	server_use(&server, 1014, 14);
	assert_int_equal(server_left(&server, 1014), 0);
	assert_int_equal(server_from(&server), 1100);
	check_sum(&server);

	server_start(&server, 10, 100, 1, 1000);
	server_use(&server, 1006, 6); /* back at 1100 */
	server_use(&server, 1028, 8); /* from 1020 on: 4 of them from those */
	assert_int_equal(server_left(&server, 1099), 0);
	assert_int_equal(server_left(&server, 1100), 2);
	assert_int_equal(server_left(&server, 1120), 2 + 4);
	check_sum(&server);

	server_use(&server, 1 << 20, 1 << 19); /* a debugger stopped the machine */
	check_sum(&server);
}

static void without_a_budget_there_is_no_limit(void **state)
{
	struct server server;

	(void)state;
	server_start(&server, 0, 0, 0, 5);
	server_use(&server, 100, 95);
	assert_true(server_left(&server, 100) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_use_of_small_budgets),
		cmocka_unit_test(random_use_of_large_budgets),
		cmocka_unit_test(a_budget_can_be_used_up),
		cmocka_unit_test(too_much_comes_back_later),
		cmocka_unit_test(each_run_comes_back_by_itself),
		cmocka_unit_test(a_short_piece_waits_for_the_next),
		cmocka_unit_test(more_pieces_than_there_is_room_for),
		cmocka_unit_test(without_a_budget_there_is_no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
