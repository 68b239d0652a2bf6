/* SPDX-License-Identifier: Apache-2.0 */
/* The emulated EL1 physical timer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/ptimer.h"

#define ENABLE 1
#define IMASK 2
#define ISTATUS 4

static void test_line_status_and_deadline(void **state)
{
	static const struct {
		uint64_t ctl, cval, now;
		uint64_t status, deadline;
		bool line;
	} rows[] = {
		{.ctl = 0, .cval = 10, .now = 20, .status = 0, .deadline = PTIMER_NEVER},
		{.ctl = IMASK, .cval = 10, .now = 20, .status = IMASK, .deadline = PTIMER_NEVER},
		{.ctl = ENABLE, .cval = 10, .now = 9, .status = ENABLE, .deadline = 10},
		{.ctl = ENABLE, .cval = 10, .now = 10, .status = ENABLE | ISTATUS, .deadline = 10, .line = true},
		{.ctl = ENABLE, .cval = 0, .now = UINT64_MAX, .status = ENABLE | ISTATUS, .line = true},
		{.ctl = ENABLE, .cval = UINT64_MAX, .now = 1, .status = ENABLE, .deadline = PTIMER_NEVER},
		{.ctl = ENABLE | IMASK,
		 .cval = 10,
		 .now = 10,
		 .status = ENABLE | IMASK | ISTATUS,
		 .deadline = PTIMER_NEVER},
		{.ctl = UINT64_MAX, .cval = 10, .now = 9, .status = ENABLE | IMASK, .deadline = PTIMER_NEVER},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct ptimer timer = {.ctl = 3, .cval = 77};

		ptimer_reset(&timer);
		ptimer_write(&timer, PTIMER_CVAL, rows[i].cval, 5);
		ptimer_write(&timer, PTIMER_CTL, rows[i].ctl, 5);
		assert_int_equal(ptimer_read(&timer, PTIMER_CTL, rows[i].now), rows[i].status);
		assert_int_equal(ptimer_read(&timer, PTIMER_CVAL, rows[i].now), rows[i].cval);
		assert_int_equal(ptimer_line(&timer, rows[i].now), rows[i].line);
		assert_int_equal(ptimer_deadline(&timer), rows[i].deadline);
	}
}

static void test_tval_is_a_signed_distance(void **state)
{
	static const struct {
		uint64_t written, now, cval;
	} rows[] = {
		{.written = 100, .now = 1000, .cval = 1100},
		{.written = 0xffffffff, .now = 1000, .cval = 999},
		{.written = 0x80000000, .now = 0x100000000, .cval = 0x80000000},
		{.written = 0x7fffffff, .now = 0xffffffff, .cval = 0x17ffffffe},
		{.written = 0xabcd00000005, .now = 10, .cval = 15},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct ptimer timer = {0};

		ptimer_write(&timer, PTIMER_TVAL, rows[i].written, rows[i].now);
		assert_int_equal(ptimer_read(&timer, PTIMER_CVAL, rows[i].now), rows[i].cval);
		assert_int_equal(ptimer_read(&timer, PTIMER_TVAL, rows[i].now), (uint32_t)rows[i].written);
		assert_int_equal(ptimer_read(&timer, PTIMER_TVAL, rows[i].now + 3), (uint32_t)(rows[i].written - 3));
	}
}

static void test_reset_disables(void **state)
{
	struct ptimer timer = {.ctl = ENABLE, .cval = 1};

	(void)state;
	ptimer_reset(&timer);
	assert_false(ptimer_line(&timer, 100));
	assert_int_equal(ptimer_read(&timer, PTIMER_CTL, 100), 0);
	assert_int_equal(ptimer_deadline(&timer), PTIMER_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_status_and_deadline),
		cmocka_unit_test(test_tval_is_a_signed_distance),
		cmocka_unit_test(test_reset_disables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
