/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware configuration device: what each item reads, whatever the size of the accesses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "device/fwcfg.h"

#define SELECTOR 8
#define CPUS 3

static struct fwcfg fwcfg;

static int reset(void **state)
{
	(void)state;
	fwcfg_reset(&fwcfg);
	return 0;
}

static void choose(uint16_t key)
{
	fwcfg_write(&fwcfg, SELECTOR, 2, __builtin_bswap16(key));
}

static void items_are_read_in_pieces_of_any_size(void **state)
{
	static const struct {
		uint16_t key;
		uint64_t bytes;
	} items[] = {{0x00, 0x554d4551}, {0x01, 1}, {0x05, CPUS}, {0x19, 0}, {0x08, 0}, {0xffff, 0}};

	(void)state;
	assert_int_equal(fwcfg_read(&fwcfg, CPUS, 0, 4), items[0].bytes); /* after a reset */
	for (unsigned i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		for (unsigned size = 1; size <= 8; size *= 2) {
			uint64_t bytes = 0;

			choose(items[i].key);
			for (unsigned at = 0; at < 8; at += size)
				bytes |= fwcfg_read(&fwcfg, CPUS, at % 8, size) << (8 * at);
			assert_int_equal(bytes, items[i].bytes);
			for (unsigned n = 0; n < 100; n++)
				assert_int_equal(fwcfg_read(&fwcfg, CPUS, 0, size), 0);
		}
}

static void other_accesses_do_nothing(void **state)
{
	(void)state;
	for (uint64_t offset = 0; offset < 0x20; offset++)
		for (unsigned size = 1; size <= 8; size *= 2) {
			if (offset == SELECTOR && size == 2)
				continue;
			fwcfg_write(&fwcfg, offset, size, UINT64_MAX);
			if (offset >= 8)
				assert_int_equal(fwcfg_read(&fwcfg, CPUS, offset, size), 0);
		}
	assert_int_equal(fwcfg_read(&fwcfg, CPUS, 0, 4), 0x554d4551);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(items_are_read_in_pieces_of_any_size, reset),
		cmocka_unit_test_setup(other_accesses_do_nothing, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
