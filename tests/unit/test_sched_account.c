/* SPDX-License-Identifier: Apache-2.0 */
/* What vCPUs had of their pCPU: beside a reference that counts tick by tick. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sched/queue.h"

#define VCPUS 3
#define TICKS 60
#define START 1000

/* The reference. */
struct count {
	uint64_t ran, stolen, switches, preemptions, wakes, wait_worst, woken;
	bool waits;
};

static struct queue queue;
static struct queue_vcpu vcpus[VCPUS];
static struct queue_choice choice;
static struct count count[VCPUS];
static uint64_t idle, switches, waits;
static int last;
static uint32_t ready;

static void choose(uint64_t now)
{
	int before = choice.vcpu;
	struct count *counted;

	choice = queue_choose(&queue, now);
	if (before != QUEUE_NONE && before != choice.vcpu && ready >> before & 1)
		count[before].preemptions++;
	if (choice.vcpu == QUEUE_NONE)
		return;
	counted = &count[choice.vcpu];
	if (counted->waits) {
		waits++;
		counted->waits = false;
		if (now - counted->woken > counted->wait_worst)
			counted->wait_worst = now - counted->woken;
	}
	if (choice.vcpu == last)
		return;
	last = choice.vcpu;
	counted->switches++;
	switches++;
}

static void toggle(unsigned v, uint64_t now)
{
	ready ^= 1u << v;
	if (!(ready >> v & 1)) {
		queue_wait(&queue, v);
		return;
	}
	queue_ready(&queue, v);
	if (count[v].waits) /* it was held before it ran */
		return;
	count[v].waits = true;
	count[v].woken = now;
	count[v].wakes++;
}

static void set_up_queue(void)
{
	queue_init(&queue);
	idle = switches = waits = ready = 0;
	choice.vcpu = last = QUEUE_NONE;
	for (unsigned v = 0; v < VCPUS; v++) {
		uint64_t period = 2 + (uint64_t)rand() % 9;
		bool budget = rand() % 2;

		count[v] = (struct count){0};
		vcpus[v] = (struct queue_vcpu){
			.priority = (uint8_t)(rand() % 3), .hard = rand() % 2, .slice = 1 + (uint64_t)rand() % 4};
		server_start(&vcpus[v].server, budget ? 1 + (uint64_t)rand() % period : 0, budget ? period : 0, 1,
					 START);
		queue_add(&queue, &vcpus[v]);
	}
	choose(START);
}

static void check(uint64_t now)
{
	uint64_t buckets = 0;

	for (unsigned v = 0; v < VCPUS; v++) {
		const struct account *account = &vcpus[v].account;

		assert_int_equal(queue_ran(&queue, v, now), count[v].ran);
		assert_int_equal(queue_stolen(&queue, v, now), count[v].stolen);
		assert_int_equal(account->switches, count[v].switches);
		assert_int_equal(account->preemptions, count[v].preemptions);
		assert_int_equal(account->wakes, count[v].wakes);
		assert_int_equal(account->wait_worst, count[v].wait_worst);
		for (unsigned n = 0; n < ACCOUNT_WAITS; n++)
			buckets += account->wait[n];
	}
	assert_int_equal(queue_idle(&queue, now), idle);
	assert_int_equal(queue.switches, switches);
	assert_int_equal(buckets, waits);
}

static void all_ticks_are_counted(void **state)
{
	(void)state;
	srand(2);
	for (unsigned round = 0; round < 3000; round++) {
		set_up_queue();
		for (uint64_t now = START; now < START + TICKS; now++) {
			unsigned v = (unsigned)rand() % (2 * VCPUS);

			if (v < VCPUS)
				toggle(v, now);
			if (v < VCPUS || choice.until <= now)
				choose(now);
			check(now);
			for (unsigned other = 0; other < VCPUS; other++) {
				count[other].ran += choice.vcpu == (int)other;
				count[other].stolen += choice.vcpu != (int)other && (ready >> other & 1);
			}
			idle += choice.vcpu == QUEUE_NONE;
			check(now + 1);
		}
	}
}

/* Its wait begins there, though the pCPU was busy in EL2 until later. */
static void a_deadline_is_when_it_wakes(void **state)
{
	(void)state;
	set_up_queue();
	account_due(&vcpus[1].account, START + 10);
	toggle(1, START + 10);
	choose(START + 17);
	assert_int_equal(choice.vcpu, 1);
	assert_int_equal(vcpus[1].account.wait_worst, 7);
	assert_int_equal(vcpus[1].account.wait[account_bucket(7)], 1);
	assert_int_equal(queue_stolen(&queue, 1, START + 17), 7);
	toggle(1, START + 18);
	choose(START + 18);
	toggle(1, START + 30); /* by an interrupt */
	choose(START + 31);
	assert_int_equal(vcpus[1].account.wait[0], 1);
	assert_int_equal(queue_stolen(&queue, 1, START + 31), 7);
}

static void waits_are_counted_by_their_length(void **state)
{
	static const struct {
		uint64_t ticks;
		unsigned bucket;
	} wanted[] = {{0, 0},
				  {1, 1},
				  {2, 2},
				  {3, 2},
				  {4, 3},
				  {1023, 10},
				  {1024, 11},
				  {UINT64_C(1) << 37, 38},
				  {(UINT64_C(1) << 38) - 1, 38},
				  {UINT64_C(1) << 38, 39},
				  {UINT64_MAX, 39}};

	(void)state;
	for (unsigned n = 0; n < sizeof(wanted) / sizeof(wanted[0]); n++)
		assert_int_equal(account_bucket(wanted[n].ticks), wanted[n].bucket);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_ticks_are_counted),
		cmocka_unit_test(a_deadline_is_when_it_wakes),
		cmocka_unit_test(waits_are_counted_by_their_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
