/* SPDX-License-Identifier: Apache-2.0 */
/* The PL061 with nothing connected: what guests read and write, and the interrupt of a level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/pl061.h"

enum {
	DATA = 0x3fc,
	DIR = 0x400,
	IS = 0x404,
	IBE = 0x408,
	IEV = 0x40c,
	IE = 0x410,
	RIS = 0x414,
	MIS = 0x418,
	IC = 0x41c,
	AFSEL = 0x420
};

static struct pl061 gpio;

static int reset(void **state)
{
	(void)state;
	pl061_reset(&gpio);
	return 0;
}

static uint32_t get(uint64_t offset)
{
	return (uint32_t)pl061_read(&gpio, offset, 4);
}

static void put(uint64_t offset, uint32_t value)
{
	pl061_write(&gpio, offset, value);
}

static void registers_are_those_of_the_manual(void **state)
{
	static const uint8_t id[] = {0x61, 0x10, 0x04, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
	static const uint16_t kept[] = {DIR, IBE, IEV, IE, AFSEL, IS};

	(void)state;
	for (unsigned i = 0; i < sizeof(id); i++)
		assert_int_equal(get(0xfe0 + 4 * i), id[i]);
	for (uint64_t offset = 0; offset < 0xfe0; offset += 4)
		assert_int_equal(get(offset), 0);
	for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		put(kept[i], UINT32_MAX);
		assert_int_equal(get(kept[i]), 0xff);
		put(kept[i] + 1, 0);
		assert_int_equal(get(kept[i]), 0xff);
	}
	put(RIS, 0);
	put(MIS, 0);
	assert_int_equal(get(IC), 0);
}

static void the_address_says_which_pins_are_meant(void **state)
{
	(void)state;
	put(DATA, 0xff); /* inputs */
	assert_int_equal(get(DATA), 0);
	put(DIR, 0x0f);
	assert_int_equal(get(DATA), 0);
	put(DATA, 0xaa);
	assert_int_equal(get(DATA), 0x0a);
	put(1 << 2 << 2, 0xff);
	assert_int_equal(get(DATA), 0x0e);
	assert_int_equal(get(3 << 2), 0x02);
	assert_int_equal(get(0), 0);
	put(DIR, 0x03);
	assert_int_equal(get(DATA), 0x02);
}

static void a_low_level_is_an_interrupt(void **state)
{
	(void)state;
	put(IE, 0xff);
	assert_false(pl061_line(&gpio)); /* edges, which never come */
	put(IS, 0x08);
	assert_true(pl061_line(&gpio));
	assert_int_equal(get(RIS), 0x08);
	put(IE, 0xf7);
	assert_false(pl061_line(&gpio));
	assert_int_equal(get(MIS), 0);
	put(IE, 0x08);
	assert_int_equal(get(MIS), 0x08);
	put(IC, 0xff); /* the pin is still low */
	assert_true(pl061_line(&gpio));
	put(IEV, 0x08);
	assert_true(pl061_line(&gpio)); /* kept until it is cleared */
	put(IC, 0x08);
	assert_false(pl061_line(&gpio));
	put(DIR, 0x08);
	put(DATA, 0x08);
	assert_true(pl061_line(&gpio)); /* an output that is high */
}

static void no_offset_is_out_of_bounds(void **state)
{
	(void)state;
	for (uint64_t offset = 0; offset < 0x1100; offset++)
		for (unsigned size = 1; size <= 8; size *= 2) {
			uint64_t value;

			pl061_write(&gpio, offset, offset * 0x0123456789abcdef);
			value = pl061_read(&gpio, offset, size);
			assert_true(value <= 0xff);
			if (offset % 4 != 0 || offset >= 0x1000)
				assert_int_equal(value, 0);
		}
	assert_int_equal(pl061_read(&gpio, UINT64_MAX - 3, 4), 0);
	pl061_write(&gpio, UINT64_MAX - 3, 1);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(registers_are_those_of_the_manual),
		TEST(the_address_says_which_pins_are_meant),
		TEST(a_low_level_is_an_interrupt),
		TEST(no_offset_is_out_of_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
