/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds of waiting: no run of the queue in small systems exceeds them, and they are met where they are
 * exact. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sched/analyse.h"
#include "sched/queue.h"

#define VCPUS 3 /* the last is the one that is watched */
#define WATCHED 2
#define START 1000
#define BEFORE 2  /* ticks in which the others run, or do not, before the watched one wakes */
#define PATTERN 5 /* ticks that are tried out in full; then the others are as in the last of them */
#define TICKS_MAX 200

static struct queue queue;
static struct queue_vcpu vcpus[VCPUS];
static struct queue_choice choice;

static void set_up_queue(const struct analyse_vcpu *settings, uint64_t least)
{
	queue_init(&queue);
	for (unsigned v = 0; v < VCPUS; v++) {
		vcpus[v] = (struct queue_vcpu){.priority = (uint8_t)settings[v].priority, .slice = settings[v].slice};
		server_start(&vcpus[v].server, settings[v].budget, settings[v].period,
					 least < settings[v].budget ? least : settings[v].budget, START);
		queue_add(&queue, &vcpus[v]);
	}
	choice = queue_choose(&queue, START);
}

static void set_ready(unsigned vcpu, bool ready)
{
	if (ready)
		queue_ready(&queue, vcpu);
	else
		queue_wait(&queue, vcpu);
}

/* Which of the others are ready in this tick. */
static unsigned others(unsigned pattern, unsigned tick)
{
	return pattern >> 2 * (tick < PATTERN ? tick : PATTERN - 1) & 3;
}

/*
 * How long the watched one takes for its work. `late` has a bit for each tick in which a section of EL2, of
 * one tick, puts a choice off.
 */
static unsigned run(unsigned pattern, unsigned late, uint64_t work)
{
	bool due = true;
	uint64_t ran = 0;

	for (unsigned tick = 0; tick < TICKS_MAX; tick++) {
		unsigned before = tick > 0 ? others(pattern, tick - 1) : 0, now = others(pattern, tick);

		for (unsigned v = 0; v < WATCHED; v++)
			set_ready(v, now >> v & 1);
		set_ready(WATCHED, tick >= BEFORE);
		due = due || before != now || tick == BEFORE || choice.until <= START + tick;
		/* A vCPU that waits leaves EL2 with a choice. */
		if (due &&
			(!(late >> tick % 16 & 1) || choice.vcpu == QUEUE_NONE || !(queue.ready >> choice.vcpu & 1))) {
			choice = queue_choose(&queue, START + tick);
			due = false;
		}
		late &= ~(due ? 2u << tick % 16 : 0); /* a section is one tick long */
		ran += choice.vcpu == WATCHED;
		if (ran == work)
			return tick + 1 - BEFORE;
	}
	fail_msg("it never ran for its budget");
	return 0;
}

static unsigned find_worst(const struct analyse_vcpu *settings, const struct analyse_costs *costs,
						   uint64_t work)
{
	static const unsigned lates[] = {0, 0xffff, 1u << BEFORE, 0x5555, 0xaaaa};
	unsigned worst = 0;

	for (unsigned l = 0; l < (costs->section > 0 ? ARRAY_COUNT(lates) : 1); l++)
		for (unsigned pattern = 0; pattern < 1u << 2 * PATTERN; pattern++) {
			unsigned response;

			set_up_queue(settings, costs->lost + 1);
			response = run(pattern, lates[l], work);
			if (response > worst)
				worst = response;
		}
	return worst;
}

struct totals {
	unsigned systems, exact;
};

static void compare(const struct analyse_vcpu *settings, const struct analyse_costs *costs,
					struct totals *totals)
{
	struct analyse_bound bound = analyse_response(settings, VCPUS, WATCHED, costs);
	unsigned worst;

	if (bound.answer != ANALYSE_BOUND)
		return;
	worst = find_worst(settings, costs, bound.work);
	assert_true(worst <= bound.response);
	totals->systems++;
	totals->exact += worst == bound.response;
}

/* Budgets and periods; the first is no limit. */
static const uint64_t budgets[][2] = {{0, 0}, {1, 3}, {2, 4}, {2, 5}};

static struct totals compare_all(const unsigned priorities[VCPUS], const struct analyse_costs *costs,
								 const uint64_t own[2])
{
	struct totals totals = {0};

	for (unsigned n = 0; n < ARRAY_COUNT(budgets) * ARRAY_COUNT(budgets); n++) {
		unsigned choices[] = {n % ARRAY_COUNT(budgets), n / ARRAY_COUNT(budgets)};
		struct analyse_vcpu settings[VCPUS];

		for (unsigned v = 0; v < VCPUS; v++) {
			const uint64_t *budget = v == WATCHED ? own : budgets[choices[v]];

			settings[v] = (struct analyse_vcpu){
				.priority = priorities[v], .budget = budget[0], .period = budget[1], .slice = 2};
		}
		compare(settings, costs, &totals);
	}
	return totals;
}

/* One other that is as urgent or more: the worst case comes to pass in each system. */
static void the_bound_is_met(void **state)
{
	static const struct analyse_costs none = {0};
	static const unsigned urgent[] = {9, 6, 7}, equal[] = {7, 6, 7};
	struct totals totals = compare_all(urgent, &none, (const uint64_t[]){2, 9});

	(void)state;
	assert_int_equal(totals.systems, 12);
	assert_int_equal(totals.exact, 12);
	totals = compare_all(equal, &none, (const uint64_t[]){2, 9});
	assert_int_equal(totals.systems, 16);
	assert_int_equal(totals.exact, 16);
}

/* Two others delay each other, and so what comes back to them: the bound may be above the worst case. */
static void no_run_exceeds_the_bound(void **state)
{
	static const struct analyse_costs costs[] = {{0}, {.section = 1}, {.lost = 1}};
	static const unsigned priorities[][VCPUS] = {{9, 8, 7}, {9, 7, 7}, {7, 7, 7}, {9, 6, 7}};
	struct totals all = {0};

	(void)state;
	for (unsigned p = 0; p < ARRAY_COUNT(priorities); p++)
		for (unsigned c = 0; c < ARRAY_COUNT(costs); c++) {
			struct totals totals = compare_all(priorities[p], &costs[c], (const uint64_t[]){3, 9});

			all.systems += totals.systems;
			all.exact += totals.exact;
		}
	assert_int_equal(all.systems, 136);
	assert_int_equal(all.exact, 74);
}

static struct analyse_bound answer(struct analyse_vcpu urgent, struct analyse_vcpu self)
{
	static const struct analyse_costs costs = {.section = 50, .change = 5, .lost = 20};
	const struct analyse_vcpu both[] = {urgent, self};

	return analyse_response(both, 2, 1, &costs);
}

/* By hand: 50 + 5 + 980, and for each of the other's periods that begin 200 + 50 + 2 * 5. */
static void costs_are_counted(void **state)
{
	const struct analyse_vcpu self = {.priority = 3, .budget = 1000, .period = 10000, .slice = 500};
	struct analyse_bound bound = answer((struct analyse_vcpu){4, 200, 1000, 500}, self);

	(void)state;
	assert_int_equal(bound.answer, ANALYSE_BOUND);
	assert_int_equal(bound.work, 980);
	assert_int_equal(bound.response, 1035 + 2 * 260);
	bound = answer((struct analyse_vcpu){3, 0, 0, 700}, self); /* equal: one slice before each of 2 turns */
	assert_int_equal(bound.response, 1035 + 2 * 760);
	bound = answer((struct analyse_vcpu){3, 200, 10000, 700}, self);
	assert_int_equal(bound.response, 1035 + 260);
	bound = answer((struct analyse_vcpu){2, 0, 0, 700}, self);
	assert_int_equal(bound.response, 1035);
}

static void where_there_is_no_bound(void **state)
{
	const struct analyse_vcpu self = {.priority = 3, .budget = 1000, .period = 10000, .slice = 500};
	struct analyse_bound bound = answer((struct analyse_vcpu){4, 0, 0, 500}, self);

	(void)state;
	assert_int_equal(bound.answer, ANALYSE_STARVED);
	assert_int_equal(bound.by, 0);
	assert_int_equal(answer(self, (struct analyse_vcpu){4, 0, 0, 500}).answer, ANALYSE_NO_BUDGET);
	assert_int_equal(answer((struct analyse_vcpu){4, 900, 900, 500}, self).answer, ANALYSE_TOO_LONG);
	assert_int_equal(answer((struct analyse_vcpu){4, 10000000, 10000000, 10000000},
							(struct analyse_vcpu){4, 10000000, 10000000, 1})
						 .answer,
					 ANALYSE_TOO_LONG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_bound_is_met),
		cmocka_unit_test(no_run_exceeds_the_bound),
		cmocka_unit_test(costs_are_counted),
		cmocka_unit_test(where_there_is_no_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
