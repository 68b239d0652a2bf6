/* SPDX-License-Identifier: Apache-2.0 */
/* When housekeeping has its turn on a pCPU where guests run, and for how long it waits for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/box/turn.h"
#include "machine/api/cpu.h"
#include "machine/fake/fake.h"

#define PUT_OFF_US 200
#define PUT_OFF_MAX_US 20000

struct box box;

static int set_up(void **state)
{
	(void)state;
	fake_reset();
	fake_counter_advance(1000);
	turn_open();
	turn_want_at_once(); /* no rest is left from before */
	assert_true(turn_take());
	turn_want();
	assert_true(turn_is_wanted());
	return 0;
}

static void pass(unsigned us)
{
	fake_counter_advance(cpu_us_to_ticks(us));
}

static void it_rests_after_work(void **state)
{
	(void)state;
	assert_true(turn_begin());
	assert_true(turn_take());
	pass(10);
	turn_end();
	turn_want();
	assert_false(turn_begin());
	pass(100);
	assert_false(turn_begin());
	pass(10);
	assert_true(turn_begin());
}

static void it_is_put_off(void **state)
{
	(void)state;
	turn_put_off();
	assert_false(turn_begin());
	pass(PUT_OFF_US - 2);
	assert_false(turn_begin());
	pass(2);
	assert_true(turn_begin());
}

/* However often others come: and this holds for the next piece of work, too. */
static void it_is_not_put_off_for_ever(void **state)
{
	(void)state;
	for (unsigned piece = 0; piece < 2; piece++) {
		unsigned waits = 0;

		for (; waits < 1000; waits++) {
			turn_put_off();
			if (turn_begin())
				break;
			pass(PUT_OFF_US / 2);
		}
		assert_in_range(waits, PUT_OFF_MAX_US / (PUT_OFF_US / 2), PUT_OFF_MAX_US / (PUT_OFF_US / 2) + 2);
		assert_true(turn_take());
		turn_end();
		turn_want();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(it_rests_after_work, set_up),
		cmocka_unit_test_setup(it_is_put_off, set_up),
		cmocka_unit_test_setup(it_is_not_put_off_for_ever, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
