/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is charged to a VM that has others held: each time that a held VM comes to EL2, and for VMs that are
 * not held, too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/deliver/present.h"
#include "flow/hold/sync.h"
#include "flow/own/pause.h"
#include "machine/api/cpu.h"
#include "machine/fake/fake.h"

#define VMS 4
#define WAY cpu_instructions_to_ticks(1000) /* to EL2 and back */

struct box box;
static struct config_vm configs[VMS];
static uint64_t takes; /* ticks until all vCPUs are held */
static unsigned comes; /* this many holds are answered */
static const struct vm *last_held;

bool sync_hold(struct vm *vm, uint32_t vcpus, unsigned patience_us)
{
	(void)vcpus;
	last_held = vm;
	fake_counter_advance(comes ? takes : cpu_us_to_ticks(patience_us));
	return comes && comes--;
}

void sync_release(struct vm *vm, uint32_t vcpus)
{
	(void)vm;
	(void)vcpus;
}

void present_fold(struct vcpu *vcpu)
{
	(void)vcpu;
}

static int set_up(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	for (unsigned n = 0; n < VMS; n++) {
		configs[n].disturbance_percent = BUDGET_SHARE_DEFAULT;
		box.vm[n].config = &configs[n];
		box.vm[n].number = n;
		box.vm[n].vcpu_count = 1;
		box.vm[n].lock.rank = LOCK_VM;
	}
	takes = 7;
	comes = UINT32_MAX;
	return 0;
}

static void expect_charged(unsigned vm, uint64_t ticks, uint64_t holds)
{
	assert_int_equal(box.vm[vm].budget.sum[3].ticks, ticks);
	assert_int_equal(box.vm[vm].budget.sum[3].holds, holds);
}

static struct pause pause_of(const struct vm *caller)
{
	return (struct pause){.vm = {&box.vm[0], &box.vm[1]}, .caller = caller};
}

static void each_coming_to_el2_is_charged(void **state)
{
	struct pause pause = pause_of(&box.vm[3]);

	(void)state;
	box.vm[1].vgic.direct = true;
	assert_true(pause_prepare(&pause));
	expect_charged(0, 0, 0);
	expect_charged(1, takes + WAY, 1);
	assert_true(pause_begin(&pause));
	fake_counter_advance(100);
	pause_end(&pause);
	expect_charged(0, 2 * takes + 100 + WAY, 1);
	expect_charged(1, 3 * takes + 100 + 2 * WAY, 1); /* a hold like any other: twelve in 110 ms are free */
	expect_charged(2, 0, 0);
}

/* Prepared, and then refused for another reason: the VM was brought to EL2 nevertheless. */
static void who_was_reached_in_vain_is_charged(void **state)
{
	struct pause pause = pause_of(&box.vm[3]);
	unsigned granted = 0;

	(void)state;
	box.vm[0].vgic.direct = true;
	takes = cpu_us_to_ticks(BUDGET_WINDOW_US) / 100;
	for (unsigned n = 0; n < 2 * BUDGET_HOLDS_FREE; n++) {
		pause = pause_of(&box.vm[3]);
		granted += pause_prepare(&pause);
	}
	assert_in_range(granted, BUDGET_HOLDS_FREE,
					BUDGET_HOLDS_FREE + 1); /* the first one has left the window since */
}

static void who_waited_for_one_that_did_not_answer_is_charged(void **state)
{
	struct pause pause = pause_of(&box.vm[3]);

	(void)state;
	comes = 1; /* VM 0 came; then VM 1 did not answer */
	assert_true(pause_prepare(&pause));
	assert_false(pause_begin(&pause));
	expect_charged(0, takes + cpu_us_to_ticks(SYNC_HURRY_US) + WAY, 1);
	expect_charged(1, cpu_us_to_ticks(SYNC_HURRY_US) + WAY, 1);
}

/* The VM loses registers, and is not held: its TLB is flushed meanwhile. */
static void who_loses_registers_is_charged(void **state)
{
	struct pause pause = pause_of(&box.vm[3]);

	(void)state;
	assert_true(pause_prepare(&pause));
	assert_true(pause_disturb(&pause, &box.vm[2]));
	assert_true(pause_begin(&pause));
	pause_end(&pause);
	expect_charged(2, WAY, 1);
	configs[2].disturbance_percent = 0;
	box.vm[2].budget.total.holds = BUDGET_HOLDS_FREE;
	assert_false(pause_disturb(&pause, &box.vm[2]));
}

static void who_is_held_loses_them_for_nothing_more(void **state)
{
	struct pause pause = pause_of(&box.vm[3]);

	(void)state;
	assert_true(pause_disturb(&pause, &box.vm[1]));
	assert_true(pause_begin(&pause));
	pause_end(&pause);
	expect_charged(1, 2 * takes + WAY, 1);
	assert_true(pause_disturb(&pause, NULL));
}

/* Commands of a person, and what a VM does to itself. */
static void a_person_and_the_vm_itself_pay_nothing(void **state)
{
	struct pause own = pause_of(&box.vm[0]), persons = pause_of(NULL);

	(void)state;
	box.vm[0].vgic.direct = true;
	assert_true(pause_prepare(&own) && pause_begin(&own));
	pause_end(&own);
	assert_int_equal(box.vm[0].budget.total.holds, 0);
	assert_int_equal(box.vm[1].budget.total.holds, 1);
	assert_true(pause_prepare(&persons) && pause_disturb(&persons, &box.vm[2]) && pause_begin(&persons));
	pause_end(&persons);
	assert_int_equal(box.vm[0].budget.total.holds + box.vm[2].budget.total.holds, 0);
	assert_int_equal(box.vm[1].budget.total.holds, 1);
}

/* The other VM is not held while this one is waited for. */
static void who_may_be_slow_is_held_first(void **state)
{
	static const struct {
		bool direct[2];
		unsigned may[2];
		unsigned last;
	} rows[] = {
		{{false, false}, {0, 0}, 1},
		{{true, false}, {CONFIG_MAY_BE_DIRECT, CONFIG_MAY_BE_DIRECT}, 1},
		{{false, true}, {CONFIG_MAY_BE_DIRECT, CONFIG_MAY_BE_DIRECT}, 0},
		{{false, false}, {0, CONFIG_MAY_BE_DIRECT}, 0},
		{{false, false}, {CONFIG_MAY_BE_DIRECT, 0}, 1},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct pause pause = {.vm = {&box.vm[0], &box.vm[1]}};

		for (unsigned v = 0; v < 2; v++) {
			box.vm[v].vgic.direct = rows[i].direct[v];
			configs[v].permissions = rows[i].may[v];
		}
		assert_true(pause_begin(&pause));
		pause_end(&pause);
		assert_ptr_equal(last_held, &box.vm[rows[i].last]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_coming_to_el2_is_charged, set_up),
		cmocka_unit_test_setup(who_was_reached_in_vain_is_charged, set_up),
		cmocka_unit_test_setup(who_waited_for_one_that_did_not_answer_is_charged, set_up),
		cmocka_unit_test_setup(who_loses_registers_is_charged, set_up),
		cmocka_unit_test_setup(who_is_held_loses_them_for_nothing_more, set_up),
		cmocka_unit_test_setup(a_person_and_the_vm_itself_pay_nothing, set_up),
		cmocka_unit_test_setup(who_may_be_slow_is_held_first, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
