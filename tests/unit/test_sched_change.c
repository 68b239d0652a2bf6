/* SPDX-License-Identifier: Apache-2.0 */
/* Budgets that change while parts of them are used: what windows around the change may have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sched/queue.h"

#define START 1000
#define TICKS 400
#define CHANGES 4
#define SHORT_TICKS 12

struct setting {
	uint64_t budget, period;
};

/* setting[n + 1] comes at tick at[n]. A run is charged when it ends, at a change, and after `charge_every`
 * ticks. */
struct plan {
	struct setting setting[CHANGES + 1];
	unsigned at[CHANGES], changes;
	uint64_t charge_every;
};

static bool used[TICKS]; /* each tick */
static unsigned sums[TICKS + 1];

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t used_in(unsigned from, unsigned end)
{
	return sums[end] - sums[from];
}

/* Windows of that length which begin in [from, last] and end at `end` or earlier. */
static void check_windows(unsigned from, unsigned last, unsigned end, uint64_t length, uint64_t most)
{
	for (unsigned t = from; t <= last && t + length <= end; t++)
		assert_true(used_in(t, t + (unsigned)length) <= most);
}

static void check_pieces(const struct server *server)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < server->count; i++) {
		sum += server->piece[i].ticks;
		assert_true(server->piece[i].ticks > 0);
		assert_true(i == 0 || server->piece[i].from >= server->piece[i - 1].from);
	}
	assert_int_equal(sum, server->budget);
}

/* It runs when `wants` says so and there is budget. */
static void run(struct server *server, const struct plan *plan, const bool *wants, unsigned count)
{
	uint64_t ran = 0, left = 0;
	unsigned next = 0;

	for (unsigned t = 0; t < count; t++) {
		while (next < plan->changes && plan->at[next] == t) {
			if (ran)
				server_use(server, START + t, ran);
			ran = 0;
			next++;
			server_change(server, plan->setting[next].budget, plan->setting[next].period, START + t);
			check_pieces(server);
		}
		if (ran == 0)
			left = server_left(server, START + t);
		used[t] = wants[t] && left > ran;
		ran += used[t];
		sums[t + 1] = sums[t] + used[t];
		if (ran > 0 && (!used[t] || ran == left || ran == plan->charge_every)) {
			server_use(server, START + t + used[t], ran);
			ran = 0;
			check_pieces(server);
		}
	}
	if (ran)
		server_use(server, START + count, ran);
}

/* What server_change() promises, for one change. */
static void check_promises(const struct plan *plan, unsigned count)
{
	const struct setting *old = &plan->setting[0], *new = &plan->setting[1];
	uint64_t most = larger(old->budget, new->budget);
	unsigned at = plan->at[0];

	check_windows(0, count, at, old->period, old->budget);
	check_windows(at, count, count, new->period, new->budget);
	check_windows(0, count, count, lesser(old->period, new->period), most);
	/* One of the new period that is not more than an old one before the change. */
	check_windows(at > old->period ? at - (unsigned)old->period : 0, at, count, new->period, most);
}

static void every_use_with(struct plan *plan)
{
	const struct setting *old = &plan->setting[0], *new = &plan->setting[1];
	struct server server;
	bool wants[SHORT_TICKS];

	for (unsigned how = 0; how < 1u << SHORT_TICKS; how++) {
		for (unsigned t = 0; t < SHORT_TICKS; t++)
			wants[t] = how >> t & 1;
		plan->charge_every = 1 + how % 3;
		server_start(&server, old->budget, old->period, 1, START);
		run(&server, plan, wants, SHORT_TICKS);
		check_promises(plan, SHORT_TICKS);
		/* Nothing is lost: the whole new budget comes back. */
		assert_int_equal(server_left(&server, START + SHORT_TICKS + larger(old->period, new->period)),
						 new->budget);
	}
}

#define SMALL 9 /* settings: 1 to 3 ticks in 2 to 4 */

static struct setting small(unsigned n)
{
	uint64_t period = 2 + n / 3;

	return (struct setting){lesser(1 + n % 3, period), period};
}

static void every_change_of_small_budgets(void **state)
{
	struct plan plan = {.changes = 1};

	(void)state;
	for (unsigned n = 0; n < SMALL * SMALL; n++) {
		plan.setting[0] = small(n % SMALL);
		plan.setting[1] = small(n / SMALL);
		for (plan.at[0] = 2; plan.at[0] <= 6; plan.at[0]++)
			every_use_with(&plan);
	}
}

static struct setting any_setting(void)
{
	uint64_t budget = 1 + (uint64_t)rand() % 30;

	return (struct setting){budget, budget + (uint64_t)rand() % 60};
}

/* It runs with any plan of `changes`, all from tick 100 to 199. */
static void run_any(struct plan *plan, unsigned changes)
{
	static bool wants[TICKS];
	unsigned often = 1 + (unsigned)rand() % 10;
	uint64_t least = UINT64_MAX;
	struct server server;

	plan->changes = changes;
	plan->charge_every = 1 + (uint64_t)rand() % 50;
	for (unsigned n = 0; n <= changes; n++) {
		plan->setting[n] = any_setting();
		least = lesser(least, plan->setting[n].budget);
		if (n < changes)
			plan->at[n] = (n ? plan->at[n - 1] : 100) + (unsigned)rand() % (100 / changes);
	}
	for (unsigned t = 0; t < TICKS; t++)
		wants[t] = (unsigned)rand() % 10 < often;
	server_start(&server, plan->setting[0].budget, plan->setting[0].period, 1 + (uint64_t)rand() % least,
				 START);
	run(&server, plan, wants, TICKS);
}

static void random_changes_of_large_budgets(void **state)
{
	struct plan plan;

	(void)state;
	srand(3);
	for (unsigned round = 0; round < 4000; round++) {
		run_any(&plan, 1);
		check_promises(&plan, TICKS);
	}
}

/* Whoever changes it again and again gets no more: the largest budget in the shortest period. */
static void many_changes_add_nothing(void **state)
{
	struct plan plan;

	(void)state;
	srand(4);
	for (unsigned round = 0; round < 4000; round++) {
		uint64_t most = 0, shortest = UINT64_MAX;

		run_any(&plan, CHANGES);
		for (unsigned n = 0; n <= CHANGES; n++) {
			most = larger(most, plan.setting[n].budget);
			shortest = lesser(shortest, plan.setting[n].period);
		}
		check_windows(0, TICKS, TICKS, shortest, most);
		check_windows(plan.at[CHANGES - 1], TICKS, TICKS, plan.setting[CHANGES].period,
					  plan.setting[CHANGES].budget);
	}
}

static void what_was_not_used_is_at_hand(void **state)
{
	struct server server;

	(void)state;
	server_start(&server, 10, 100, 1, START);
	server_use(&server, START + 10, 10); /* all of it: back at 1100 */
	server_change(&server, 15, 100, START + 20);
	assert_int_equal(server_left(&server, START + 20), 5);
	assert_int_equal(server_left(&server, START + 100), 15);
	server_change(&server, 15, 60, START + 40); /* back one new period after its use */
	assert_int_equal(server_left(&server, START + 54), 5);
	assert_int_equal(server_left(&server, START + 60), 15);
	server_change(&server, 4, 60, START + 40); /* what was used last stays used */
	assert_int_equal(server_left(&server, START + 40), 0);
	assert_int_equal(server_from(&server), START + 66);
	server_change(&server, 0, 0, START + 50);
	assert_true(server_left(&server, START + 50) == UINT64_MAX);
	server_change(&server, 7, 60, START + 55);
	assert_int_equal(server_left(&server, START + 55), 7);
}

/* Soon after power-on, from a long period to a short one. */
static void times_before_zero_are_zero(void **state)
{
	struct server server;

	(void)state;
	server_start(&server, 10, 100000, 1, 50);
	server_change(&server, 10, 100, 60);
	assert_int_equal(server_left(&server, 60), 10);
}

static void more_pieces_than_there_is_room_for(void **state)
{
	struct server server;

	(void)state;
	server_start(&server, 8 * 10, 1000, 1, START);
	for (unsigned n = 0; n < SERVER_PIECES_MAX; n++)
		server_use(&server, START + 20 * n + 10, 10);
	assert_int_equal(server.count, SERVER_PIECES_MAX);
	server_change(&server, 100, 1000, START + 200);
	check_pieces(&server);
	assert_int_equal(server_left(&server, START + 200), 20);
	server_change(&server, 45, 1000, START + 300);
	check_pieces(&server);
	assert_int_equal(server_left(&server, START + 300), 0);
	assert_int_equal(server_left(&server, START + 3000), 45);
}

/* What ran until the change is charged to the old budget, and the new priority holds at the next choice. */
static void a_queue_changes_at_once(void **state)
{
	static struct queue_vcpu vcpus[2];
	struct queue queue;

	(void)state;
	queue_init(&queue);
	for (unsigned v = 0; v < 2; v++) {
		vcpus[v] = (struct queue_vcpu){.priority = (uint8_t)(10 + v), .slice = 50};
		server_start(&vcpus[v].server, 0, 0, 1, START);
		queue_add(&queue, &vcpus[v]);
		queue_ready(&queue, v);
	}
	assert_int_equal(queue_choose(&queue, START).vcpu, 1);
	queue_change(&queue, 1, &(struct queue_change){.priority = 11, .hard = true, .budget = 10, .period = 100},
				 START + 30);
	assert_int_equal(vcpus[1].ran, 30);
	assert_int_equal(queue_choose(&queue, START + 30).until, START + 40);
	assert_int_equal(queue_choose(&queue, START + 40).vcpu, 0);
	assert_int_equal(queue_choose(&queue, START + 60).vcpu, 0);
	queue_change(&queue, 1, &(struct queue_change){.priority = 11, .hard = true, .budget = 15, .period = 100},
				 START + 60);
	assert_int_equal(queue_choose(&queue, START + 60).vcpu, 1);
	queue_change(&queue, 1, &(struct queue_change){.priority = 9, .budget = 15, .period = 100}, START + 62);
	assert_int_equal(queue_choose(&queue, START + 62).vcpu, 0);
	assert_int_equal(vcpus[1].ran, 42);
	assert_int_equal(vcpus[0].ran, 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_change_of_small_budgets), cmocka_unit_test(random_changes_of_large_budgets),
		cmocka_unit_test(many_changes_add_nothing),      cmocka_unit_test(what_was_not_used_is_at_hand),
		cmocka_unit_test(times_before_zero_are_zero),    cmocka_unit_test(more_pieces_than_there_is_room_for),
		cmocka_unit_test(a_queue_changes_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
