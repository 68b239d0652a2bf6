/* SPDX-License-Identifier: Apache-2.0 */
/* Which vCPU runs: beside a reference that is a few lines of arithmetic, tick by tick. */
#include <stdlib.h>
#include <string.h>

#include "sched_vcpus.h"

#define TICKS 12

static struct queue_choice choice;
static bool lazy; /* a choice is made for one that wakes only where queue_wake() asks for it */
/* The reference: what ran in each tick, and whether it used its budget. */
static int ran[TICKS];
static bool paid[TICKS];

static bool has_budget(const struct setting *setting, int vcpu, unsigned tick)
{
	uint64_t sum = 0;

	for (unsigned t = 0; t < tick; t++)
		sum += ran[t] == vcpu && paid[t] && t + setting->period > tick;
	return setting->budget == 0 || sum < setting->budget;
}

/* 0: it may not run. */
static unsigned worth(const struct setting *settings, uint32_t ready, int vcpu, unsigned tick)
{
	if (!(ready >> vcpu & 1))
		return 0;
	return has_budget(&settings[vcpu], vcpu, tick) ? 2u + settings[vcpu].priority : !settings[vcpu].hard;
}

static void check_tick(const struct setting *settings, uint32_t ready, unsigned tick)
{
	unsigned best = 0;

	for (int v = 0; v < VCPUS; v++)
		if (worth(settings, ready, v, tick) > best)
			best = worth(settings, ready, v, tick);
	assert_int_equal(choice.vcpu == QUEUE_NONE, best == 0);
	if (choice.vcpu != QUEUE_NONE)
		assert_int_equal(worth(settings, ready, choice.vcpu, tick), best);
	ran[tick] = choice.vcpu;
	paid[tick] = best >= 2;
}

static void set_up_queue(const struct setting *settings)
{
	choice = add_vcpus(settings);
}

/* One event: it becomes ready, or waits. */
static void toggle(const struct setting *settings, uint32_t *ready, unsigned vcpu, unsigned tick)
{
	unsigned now = START + tick;
	bool preempts;

	*ready ^= 1u << vcpu;
	if (!(*ready >> vcpu & 1)) {
		queue_wait(&queue, vcpu);
		choice = queue_choose(&queue, now);
		return;
	}
	preempts = queue_preempts(&queue, vcpu, now);
	if (lazy && !queue_wake(&queue, &vcpus[vcpu], now))
		return;
	queue_ready(&queue, vcpu);
	queue_ready(&queue, vcpu);
	assert_int_equal(preempts,
					 worth(settings, *ready, (int)vcpu, tick) >
						 (choice.vcpu == QUEUE_NONE ? 0 : worth(settings, *ready, choice.vcpu, tick)));
	choice = queue_choose(&queue, now);
}

/* `events`: for each tick, in base 4, which vCPU changes between ready and waiting (3: none). */
static void simulate(const struct setting *settings, uint64_t events)
{
	uint32_t ready = 0;

	set_up_queue(settings);
	for (unsigned tick = 0; tick < TICKS; tick++, events /= 4) {
		if (choice.until <= START + tick)
			choice = queue_choose(&queue, START + tick);
		if (events % 4 < VCPUS)
			toggle(settings, &ready, events % 4, tick);
		assert_true(choice.until > START + tick);
		check_tick(settings, ready, tick);
	}
}

static void random_events_in_all_small_systems(void **state)
{
	static const uint64_t budgets[][2] = {{0, 0}, {1, 2}, {1, 4}, {2, 3}, {3, 4}};
	struct setting settings[VCPUS];

	(void)state;
	srand(1);
	for (unsigned n = 0; n < 5 * 5 * 5 * 8 * 27; n++) {
		unsigned rest = n;

		for (unsigned v = 0; v < VCPUS; v++) {
			settings[v].budget = budgets[rest % 5][0];
			settings[v].period = budgets[rest % 5][1];
			settings[v].slice = 1 + (unsigned)rand() % 3;
			rest /= 5;
		}
		for (unsigned v = 0; v < VCPUS; v++, rest /= 2)
			settings[v].hard = rest % 2;
		for (unsigned v = 0; v < VCPUS; v++, rest /= 3)
			settings[v].priority = (uint8_t)(rest % 3);
		for (unsigned round = 0; round < 40; round++) {
			lazy = round % 2;
			simulate(settings, (uint64_t)rand() << 16 ^ (uint64_t)rand());
		}
	}
}

/* What ran in each tick, and all in all, with a choice for each event, or only where one is asked for. */
struct course {
	int ran[TICKS];
	uint64_t ticks[VCPUS], wakes[VCPUS], wait_worst[VCPUS];
	unsigned choices;
};

static void run_course(const struct setting *settings, uint64_t events, struct course *course)
{
	uint32_t ready = 0;

	*course = (struct course){.choices = 0};
	set_up_queue(settings);
	for (unsigned tick = 0; tick < TICKS; tick++, events /= 4) {
		unsigned vcpu = events % 4, now = START + tick;
		bool chooses = choice.until <= now;

		if (vcpu < VCPUS) {
			ready ^= 1u << vcpu;
			if (ready >> vcpu & 1)
				chooses |= queue_wake(&queue, &vcpus[vcpu], now) || !lazy;
			else
				queue_wait(&queue, vcpu);
			chooses |= !(ready >> vcpu & 1);
		}
		if (chooses)
			choice = queue_choose(&queue, now);
		course->choices += chooses;
		course->ran[tick] = choice.vcpu;
	}
	choice = queue_choose(&queue, START + TICKS);
	for (unsigned v = 0; v < VCPUS; v++) {
		course->ticks[v] = queue_ran(&queue, v, START + TICKS);
		course->wakes[v] = vcpus[v].account.wakes;
		course->wait_worst[v] = vcpus[v].account.wait_worst;
	}
}

/* No slice ends in so short a time: where those of equals do, each runs at another time, and as long. */
static void a_choice_that_is_not_asked_for_changes_nothing(void **state)
{
	static const uint64_t budgets[][2] = {{0, 0}, {1, 2}, {1, 4}, {2, 3}, {3, 4}, {2, 9}};
	unsigned spared = 0;

	(void)state;
	srand(2);
	for (unsigned n = 0; n < 300000; n++) {
		uint64_t events = (uint64_t)rand() << 16 ^ (uint64_t)rand();
		struct setting settings[VCPUS];
		struct course always, told;

		for (unsigned v = 0; v < VCPUS; v++) {
			unsigned budget = (unsigned)rand() % ARRAY_COUNT(budgets);

			settings[v] = (struct setting){.priority = (uint8_t)(rand() % 3),
										   .hard = rand() % 2,
										   .budget = budgets[budget][0],
										   .period = budgets[budget][1],
										   .slice = 2 * TICKS};
		}
		lazy = false;
		run_course(settings, events, &always);
		lazy = true;
		run_course(settings, events, &told);
		spared += always.choices - told.choices;
		always.choices = told.choices;
		assert_memory_equal(&always, &told, sizeof(always));
	}
	assert_true(spared > 0);
}

/* One of its equals runs, and has all the time that it wants: it must not wait for ever. */
static void one_that_wakes_has_its_turn(void **state)
{
	static const struct setting settings[VCPUS] = {
		{.priority = 5, .slice = 10}, {.priority = 5, .slice = 10}, {.priority = 4, .slice = 10}};

	(void)state;
	set_up_queue(settings);
	queue_ready(&queue, 0);
	choice = queue_choose(&queue, START);
	assert_true(choice.until == UINT64_MAX);
	assert_false(queue_wake(&queue, &vcpus[2], START + 3));
	assert_true(queue_wake(&queue, &vcpus[1], START + 4));
	choice = queue_choose(&queue, START + 4);
	assert_int_equal(choice.vcpu, 0);
	assert_int_equal(choice.until, START + 10);
	assert_int_equal(queue_choose(&queue, START + 10).vcpu, 1);
	queue_wait(&queue, 0);
	queue_wait(&queue, 1);
	assert_int_equal(queue_choose(&queue, START + 15).vcpu, 2);
	assert_int_equal(vcpus[2].account.wait_worst, 12); /* since it woke */
	assert_int_equal(queue_stolen(&queue, 2, START + 15), 12);
}

/* Equals share the time by their slices, and one that comes waits for its turn. */
static void equals_run_in_turn(void **state)
{
	static const struct setting settings[VCPUS] = {
		{.priority = 5, .slice = 10}, {.priority = 5, .slice = 10}, {.priority = 5, .slice = 30}};
	uint64_t now = START;

	(void)state;
	set_up_queue(settings);
	for (unsigned v = 0; v < VCPUS; v++)
		queue_ready(&queue, v);
	for (unsigned n = 0; n < 300; n++) {
		choice = queue_choose(&queue, now);
		assert_int_equal(choice.vcpu, n % VCPUS);
		now = choice.until;
	}
	assert_int_equal(now - START, 100 * 50);
	choice = queue_choose(&queue, now);
	assert_int_equal(vcpus[2].ran, 100 * 30);
}

/* What a more urgent one takes is not part of a slice. */
static void a_preempted_one_goes_on(void **state)
{
	static const struct setting settings[VCPUS] = {
		{.priority = 5, .slice = 10}, {.priority = 5, .slice = 10}, {.priority = 9, .slice = 10}};

	(void)state;
	set_up_queue(settings);
	queue_ready(&queue, 0);
	queue_ready(&queue, 1);
	assert_int_equal(queue_choose(&queue, START).until, START + 10);
	queue_ready(&queue, 2);
	choice = queue_choose(&queue, START + 4);
	assert_int_equal(choice.vcpu, 2);
	assert_true(choice.until == UINT64_MAX);
	queue_wait(&queue, 2);
	choice = queue_choose(&queue, START + 50);
	assert_int_equal(choice.vcpu, 0);
	assert_int_equal(choice.until, START + 56);
}

/* Nor does one that is preempted at the end of its slice have another one. */
static void a_turn_ends_while_preempted(void **state)
{
	static const struct setting settings[VCPUS] = {
		{.priority = 5, .slice = 10}, {.priority = 5, .slice = 20}, {.priority = 9, .slice = 10}};

	(void)state;
	set_up_queue(settings);
	queue_ready(&queue, 0);
	queue_ready(&queue, 1);
	choice = queue_choose(&queue, START);
	queue_ready(&queue, 2);
	assert_int_equal(queue_choose(&queue, START + 10).vcpu, 2);
	queue_wait(&queue, 2);
	choice = queue_choose(&queue, START + 30);
	assert_int_equal(choice.vcpu, 1);
	assert_int_equal(choice.until, START + 50);
	choice = queue_choose(&queue, START + 50);
	assert_int_equal(choice.vcpu, 0);
	assert_int_equal(choice.until, START + 60); /* its slice is whole again */
}

/* Whatever its priority and its budget. */
static void one_that_ends_is_first(void **state)
{
	const struct setting settings[VCPUS] = {{.priority = 31},
											{.priority = 0, .hard = true, .budget = 1, .period = 1000}};

	(void)state;
	set_up_queue(settings);
	queue_ready(&queue, 1);
	assert_int_equal(queue_choose(&queue, START).vcpu, 1);
	queue_ready(&queue, 0);
	assert_int_equal(queue_choose(&queue, START + 5).vcpu, 0);
	vcpus[1].ends = true;
	assert_int_equal(queue_choose(&queue, START + 6).vcpu, 1);
	queue_wait(&queue, 1);
	assert_int_equal(queue_choose(&queue, START + 6).vcpu, 0);
	assert_true(queue_wake(&queue, &vcpus[1], START + 6));
	vcpus[1].ends = false;
	assert_int_equal(queue_choose(&queue, START + 7).vcpu, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_events_in_all_small_systems),
		cmocka_unit_test(a_choice_that_is_not_asked_for_changes_nothing),
		cmocka_unit_test(one_that_wakes_has_its_turn),
		cmocka_unit_test(equals_run_in_turn),
		cmocka_unit_test(a_preempted_one_goes_on),
		cmocka_unit_test(a_turn_ends_while_preempted),
		cmocka_unit_test(one_that_ends_is_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
