/* SPDX-License-Identifier: Apache-2.0 */
/* What a VM's stage 2 says of its devices, by what they are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "vm/stage2.h"

#define POOL_PAGES 8
#define RW (TABLE_READ | TABLE_WRITE)
#define BASE UINT64_C(0x9010000)

static _Alignas(2 * PAGE_SIZE) uint8_t pool[POOL_PAGES][PAGE_SIZE];
static unsigned pool_used;

static void *take_page(void)
{
	return pool_used < POOL_PAGES ? memset(pool[pool_used++], 0, PAGE_SIZE) : NULL;
}

static struct table make_table(void)
{
	struct table table;

	memset(pool, 0, sizeof(pool));
	pool_used = 2;
	table_init(&table, pool[0], 40, true, take_page);
	return table;
}

static void a_device_is_mapped_as_what_it_is(void **state)
{
	static const struct {
		bool is_memory, is_flash;
		unsigned access;
	} rows[] = {
		{.access = RW | TABLE_DEVICE},
		{.is_memory = true, .access = RW | TABLE_EXECUTE},
		{.is_memory = true, .is_flash = true, .access = RW | TABLE_EXECUTE | TABLE_UNCACHED},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		struct table table = make_table();
		struct config_device device = {.is_memory = rows[i].is_memory,
									   .is_flash = rows[i].is_flash,
									   .reg = {{BASE, 2 * PAGE_SIZE}},
									   .reg_count = 1};
		uint64_t to;
		unsigned access;

		assert_int_equal(stage2_map_device(&table, &device), OK);
		assert_int_equal(table_look_up(&table, BASE + PAGE_SIZE, &to, &access), OK);
		assert_int_equal(to, BASE + PAGE_SIZE);
		assert_int_equal(access, rows[i].access);
		assert_int_equal(table_look_up(&table, BASE + 2 * PAGE_SIZE, &to, &access), ERR_NOT_FOUND);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_device_is_mapped_as_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
