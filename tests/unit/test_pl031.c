/* SPDX-License-Identifier: Apache-2.0 */
/* The PL031: time, alarm, and whatever a guest may write. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/pl031.h"

enum { DR = 0, MR = 4, LR = 8, CR = 0xc, IMSC = 0x10, RIS = 0x14, MIS = 0x18, ICR = 0x1c };

#define HZ 1000
#define BEGIN 5500 /* of the counter, when the machine's clock showed SECONDS */
#define SECONDS 1700000000u

static const struct pl031_time machine = {BEGIN, HZ, SECONDS};
static struct pl031 rtc;
static uint64_t now;

static int reset(void **state)
{
	(void)state;
	pl031_init(&rtc, &machine);
	now = BEGIN;
	return 0;
}

static uint32_t get(uint64_t offset)
{
	return (uint32_t)pl031_read(&rtc, now, offset, 4);
}

static void put(uint64_t offset, uint32_t value)
{
	pl031_write(&rtc, now, offset, 4, value);
}

static bool line(void)
{
	return pl031_update(&rtc, now).line;
}

static uint64_t deadline(void)
{
	return pl031_update(&rtc, now).deadline;
}

static void registers_are_those_of_qemu_after_reset(void **state)
{
	static const uint8_t id[] = {0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	(void)state;
	for (unsigned i = 0; i < sizeof(id); i++)
		assert_int_equal(get(0xfe0 + 4 * i), id[i]);
	assert_int_equal(get(DR), SECONDS);
	assert_int_equal(get(CR), 1);
	for (uint64_t offset = MR; offset < 0xfe0; offset += 4)
		if (offset != CR)
			assert_int_equal(get(offset), 0);
	assert_false(line());
	assert_int_equal(deadline(), PL031_NEVER);
}

static void time_goes_on_and_is_the_guests_own(void **state)
{
	(void)state;
	now += HZ - 1;
	assert_int_equal(get(DR), SECONDS);
	now += 1;
	assert_int_equal(get(DR), SECONDS + 1);
	put(LR, 77);
	assert_int_equal(get(DR), 77);
	assert_int_equal(get(LR), 77);
	now += 10 * HZ;
	assert_int_equal(get(DR), 87);
	put(CR, 0); /* it is not stopped */
	now += HZ;
	assert_int_equal(get(DR), 88);
	put(LR, UINT32_MAX);
	now += HZ;
	assert_int_equal(get(DR), 0);
}

static void the_alarm_comes_on_time_and_once(void **state)
{
	(void)state;
	now += HZ / 2;
	put(MR, SECONDS + 3);
	assert_int_equal(deadline(), PL031_NEVER); /* nobody would be told */
	put(IMSC, 1);
	assert_int_equal(deadline(), BEGIN + 3 * HZ);
	now = BEGIN + 3 * HZ - 1;
	assert_false(line());
	now++;
	assert_true(line());
	assert_int_equal(get(DR), SECONDS + 3);
	assert_int_equal(get(RIS), 1);
	assert_int_equal(get(MIS), 1);
	assert_int_equal(deadline(), PL031_NEVER);
	put(IMSC, 0);
	assert_false(line());
	assert_int_equal(get(RIS), 1);
	assert_int_equal(get(MIS), 0);
	put(IMSC, 1);
	put(ICR, 2);
	assert_true(line());
	put(ICR, 1);
	assert_false(line());
	now += HZ;
	assert_false(line());
}

static void an_alarm_now_is_raised_at_once(void **state)
{
	(void)state;
	put(IMSC, 1);
	for (unsigned i = 0; i < 3; i++) {
		put(MR, get(DR));
		assert_true(line());
		assert_int_equal(deadline(), PL031_NEVER);
		put(ICR, 1);
		assert_false(line());
	}
	put(LR, 5);
	put(MR, 9);
	put(LR, 9); /* the clock comes to the alarm */
	assert_true(line());
}

/* Nobody has looked at the clock meanwhile. */
static void an_alarm_that_has_passed_is_raised_and_has_no_deadline(void **state)
{
	struct pl031_output output;

	(void)state;
	put(IMSC, 1);
	put(MR, SECONDS + 3);
	now += 5 * HZ;
	output = pl031_update(&rtc, now);
	assert_true(output.line);
	assert_int_equal(output.deadline, PL031_NEVER);
}

/* It is set while one is raised, and comes when that has been cleared. */
static void the_next_alarm_waits_for_its_time(void **state)
{
	(void)state;
	put(IMSC, 1);
	put(MR, SECONDS);
	put(MR, SECONDS + 2);
	assert_true(line());
	put(ICR, 1);
	assert_false(line());
	assert_int_equal(deadline(), BEGIN + 2 * HZ);
	put(LR, SECONDS - 10); /* the clock goes back, and the alarm with it */
	assert_int_equal(deadline(), BEGIN + 12 * HZ);
	put(MR, SECONDS - 11); /* a second ago: once around */
	assert_int_equal(deadline(), BEGIN + UINT32_MAX * UINT64_C(1000));
}

static void a_reset_keeps_the_time_alone(void **state)
{
	(void)state;
	put(LR, 100);
	put(IMSC, 1);
	put(MR, 100);
	assert_true(line());
	put(MR, 102);
	pl031_reset(&rtc);
	now += 5 * HZ;
	assert_false(line());
	assert_int_equal(get(DR), 105);
	for (uint64_t offset = MR; offset < 0xfe0; offset += 4)
		if (offset != CR)
			assert_int_equal(get(offset), 0);
}

static void no_offset_or_value_is_out_of_bounds(void **state)
{
	static const uint64_t values[] = {0, 1, 0x80000000, UINT32_MAX, UINT64_MAX};

	(void)state;
	for (uint64_t offset = 0; offset < 0x1100; offset++)
		for (unsigned i = 0; i < 4 * sizeof(values) / sizeof(values[0]); i++) {
			unsigned size = 1u << i % 4;
			uint64_t value;

			pl031_write(&rtc, now, offset, size, values[i / 4]);
			value = pl031_read(&rtc, now, offset, size);
			assert_true(size == 8 || value >> (8 * size) == 0);
			if (offset % 4 != 0 || offset >= 0x1000)
				assert_int_equal(value, 0);
			assert_true(deadline() > now);
			now += 7;
		}
	assert_int_equal(get(0xfe0), 0x31);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(registers_are_those_of_qemu_after_reset),
		TEST(time_goes_on_and_is_the_guests_own),
		TEST(the_alarm_comes_on_time_and_once),
		TEST(an_alarm_now_is_raised_at_once),
		TEST(an_alarm_that_has_passed_is_raised_and_has_no_deadline),
		TEST(the_next_alarm_waits_for_its_time),
		TEST(a_reset_keeps_the_time_alone),
		TEST(no_offset_or_value_is_out_of_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
