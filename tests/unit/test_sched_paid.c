/* SPDX-License-Identifier: Apache-2.0 */
/* What a vCPU is charged for: switches, and nothing while it naps. */
#include "sched_vcpus.h"

static void set_up_queue(const struct setting *settings)
{
	assert_int_equal(add_vcpus(settings).vcpu, QUEUE_NONE);
}

/* To the more urgent one, and back; and between equals, where the one that comes pays. */
static void a_switch_is_paid_by_the_more_urgent(void **state)
{
	const struct setting settings[VCPUS] = {
		{.priority = 2, .budget = 100, .period = 1000}, {.priority = 1}, {.priority = 1}};

	(void)state;
	set_up_queue(settings);
	queue_ready(&queue, 1);
	assert_int_equal(queue_choose(&queue, START).vcpu, 1);
	queue_ready(&queue, 0);
	assert_int_equal(queue_choose(&queue, START + 10).vcpu, 0);
	queue_switched(&queue, 1, START + 13);
	queue_wait(&queue, 0);
	assert_int_equal(queue_choose(&queue, START + 20).vcpu, 1);
	queue_switched(&queue, 0, START + 24);
	assert_int_equal(queue_ran(&queue, 0, START + 30), 14);
	assert_int_equal(queue_ran(&queue, 1, START + 30), 16);
	assert_int_equal(server_left(&vcpus[0].server, START + 30), 86);
	queue_wait(&queue, 1);
	queue_ready(&queue, 2);
	assert_int_equal(queue_choose(&queue, START + 40).vcpu, 2);
	queue_switched(&queue, 1, START + 45);
	assert_int_equal(queue_ran(&queue, 1, START + 50), 26);
	assert_int_equal(queue_ran(&queue, 2, START + 50), 10);
	queue_switched(&queue, QUEUE_NONE, START + 50);
	assert_int_equal(queue_ran(&queue, 2, START + 50), 10);
}

/* The one that runs now pays for nothing, since its budget is spent; the one that left still does. */
static void a_switch_to_one_without_budget_is_paid(void **state)
{
	const struct setting settings[VCPUS] = {{.priority = 5, .budget = 3, .period = 1000, .slice = 100},
											{.priority = 9, .budget = 50, .period = 1000, .slice = 100}};
	uint64_t left;

	(void)state;
	set_up_queue(settings);
	queue_ready(&queue, 0);
	assert_int_equal(queue_choose(&queue, START).vcpu, 0);
	queue_ready(&queue, 1);
	assert_int_equal(queue_choose(&queue, START + 3).vcpu, 1);
	queue_wait(&queue, 1);
	assert_int_equal(queue_choose(&queue, START + 10).vcpu, 0);
	assert_false(queue.pays);
	left = server_left(&vcpus[1].server, START + 10);
	queue_switched(&queue, 1, START + 15);
	assert_int_equal(server_left(&vcpus[1].server, START + 15), left - 5);
}

/* The same as if it had waited, and been chosen when it woke. */
static void a_nap_is_a_wait(void **state)
{
	const struct setting settings[VCPUS] = {{.priority = 5, .budget = 10, .period = 100, .slice = 7},
											{.priority = 9}};
	struct queue_vcpu chosen;

	(void)state;
	for (unsigned naps = 0; naps < 2; naps++) {
		set_up_queue(settings);
		queue_ready(&queue, 0);
		assert_int_equal(queue_choose(&queue, START).vcpu, 0);
		if (naps) {
			queue_nap(&queue, START + 4);
			assert_int_equal(queue_ran(&queue, 0, START + 20), 4);
			assert_int_equal(queue_idle(&queue, START + 20), 16);
			queue_nap_ends(&queue, START + 50);
		} else {
			queue_wait(&queue, 0);
			assert_int_equal(queue_choose(&queue, START + 4).vcpu, QUEUE_NONE);
			queue_ready(&queue, 0);
			assert_int_equal(queue_choose(&queue, START + 50).vcpu, 0);
		}
		assert_int_equal(queue_idle(&queue, START + 55), 46);
		assert_int_equal(queue_stolen(&queue, 0, START + 55), 0);
		assert_int_equal(queue.ready, 1);
		assert_int_equal(queue.switches, 1);
		assert_int_equal(queue_choose(&queue, START + 55).vcpu, 0);
		if (naps)
			assert_memory_equal(&chosen, &vcpus[0], sizeof(chosen));
		chosen = vcpus[0];
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_switch_is_paid_by_the_more_urgent),
		cmocka_unit_test(a_switch_to_one_without_budget_is_paid),
		cmocka_unit_test(a_nap_is_a_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
