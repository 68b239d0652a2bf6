/* SPDX-License-Identifier: Apache-2.0 */
/* A translation table that is taken away at once, and given back: what a walk finds, and what is mapped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "memory/table.h"

#define MIB UINT64_C(0x100000)
#define GIB UINT64_C(0x40000000)
#define RW (TABLE_READ | TABLE_WRITE)
#define RWX (RW | TABLE_EXECUTE)
#define POOL_PAGES 64
#define ROOT_SIZE (2 * PAGE_SIZE)
#define BITS_MIN 32
#define BITS_MAX 40

static uint8_t (*pool)[PAGE_SIZE];
static unsigned pool_used;

static int pool_set_up(void **state)
{
	(void)state;
	pool = aligned_alloc(ROOT_SIZE, POOL_PAGES * PAGE_SIZE);
	return pool ? 0 : -1;
}

static int pool_tear_down(void **state)
{
	(void)state;
	free(pool);
	return 0;
}

static void *pool_alloc(void)
{
	return pool_used < POOL_PAGES ? memset(pool[pool_used++], 0, PAGE_SIZE) : NULL;
}

/*
 * In the last GiB that the table can map, which with 40 bits is in the second page of its root; or in the
 * first.
 */
static const struct mapping {
	bool last;
	uint64_t offset, output, size;
	unsigned access;
} mappings[] = {
	{.offset = 0, .output = 3 * GIB, .size = GIB, .access = RWX},
	{.offset = GIB, .output = PAGE_SIZE, .size = 3 * PAGE_SIZE, .access = TABLE_READ},
	{.offset = GIB + 2 * MIB, .output = 6 * MIB, .size = 2 * MIB, .access = RWX},
	{.last = true, .offset = 4 * MIB, .output = 9 * MIB, .size = 5 * MIB, .access = RW},
	{.last = true,
	 .offset = GIB - PAGE_SIZE,
	 .output = 7 * GIB,
	 .size = PAGE_SIZE,
	 .access = RW | TABLE_DEVICE},
};

static uint64_t input_of(const struct table *table, const struct mapping *mapping)
{
	return (mapping->last ? BIT(table->input_bits) - GIB : 0) + mapping->offset;
}

static struct table make(unsigned input_bits)
{
	struct table table;

	memset(pool, 0, ROOT_SIZE);
	pool_used = ROOT_SIZE / PAGE_SIZE;
	table_init(&table, pool, input_bits, true, pool_alloc);
	for (unsigned i = 0; i < ARRAY_COUNT(mappings); i++)
		assert_int_equal(table_map(&table, input_of(&table, &mappings[i]), mappings[i].output,
								   mappings[i].size, mappings[i].access),
						 OK);
	return table;
}

/* The descriptors that a processor's walk finds: valid ones only (DDI 0487). */
static bool walk_finds(const struct table *table, uint64_t input)
{
	unsigned shift = 30; /* stage 2 begins at level 1 */
	uint64_t desc = table->root[input >> shift];

	while (shift > PAGE_SHIFT && (desc & 3) == 3) {
		shift -= 9;
		desc = ((const uint64_t *)(uintptr_t)(desc & BITS(47, 12)))[input >> shift & 511];
	}
	return desc & 1;
}

/* All of it is found by a walk, or nothing. */
static void expect_found(const struct table *table, bool found)
{
	unsigned valid = 0;

	for (unsigned i = 0; i < ARRAY_COUNT(mappings); i++)
		for (uint64_t at = 0; at < mappings[i].size; at += PAGE_SIZE) {
			uint64_t input = input_of(table, &mappings[i]) + at;

			assert_int_equal(walk_finds(table, input), found);
		}
	for (unsigned i = 0; i < ROOT_SIZE / sizeof(*table->root); i++)
		valid += table->root[i] & 1;
	assert_int_equal(valid != 0, found);
}

static void expect_mapped(const struct table *table)
{
	for (unsigned i = 0; i < ARRAY_COUNT(mappings); i++)
		for (unsigned last = 0; last < 2; last++) {
			uint64_t at = last ? mappings[i].size - 1 : 0, output;
			unsigned access;

			assert_int_equal(table_look_up(table, input_of(table, &mappings[i]) + at, &output, &access), OK);
			assert_int_equal(output, mappings[i].output + at);
			assert_int_equal(access, mappings[i].access);
		}
}

/* For every size of a guest's address space; any number of times. */
static void test_withheld_and_given_back(void **state)
{
	uint8_t *before = malloc(POOL_PAGES * PAGE_SIZE);

	(void)state;
	for (unsigned input_bits = BITS_MIN; input_bits <= BITS_MAX; input_bits++) {
		struct table table = make(input_bits);

		memcpy(before, pool, pool_used * PAGE_SIZE);
		expect_found(&table, true);
		for (unsigned times = 1; times <= 3; times++) {
			for (unsigned n = 0; n < times; n++)
				table_withhold(&table);
			expect_found(&table, false);
			for (unsigned n = 0; n < times; n++)
				table_restore(&table);
			assert_memory_equal(before, pool, pool_used * PAGE_SIZE);
			expect_found(&table, true);
			expect_mapped(&table);
		}
	}
	free(before);
}

static void test_an_empty_one_stays_empty(void **state)
{
	struct table table;

	(void)state;
	memset(pool, 0, ROOT_SIZE);
	table_init(&table, pool, BITS_MAX, true, pool_alloc);
	table_withhold(&table);
	table_restore(&table);
	for (unsigned i = 0; i < ROOT_SIZE / sizeof(*table.root); i++)
		assert_int_equal(table.root[i], 0);
}

/* Memory after a root with few entries does not belong to the root. */
static void test_only_the_root_is_touched(void **state)
{
	const uint64_t stranger = 0x1234567;

	(void)state;
	for (unsigned input_bits = BITS_MIN; input_bits < BITS_MAX; input_bits++) {
		struct table table = make(input_bits);
		uint64_t *behind = &table.root[BIT(input_bits) / GIB];

		*behind = stranger;
		table_withhold(&table);
		assert_int_equal(*behind, stranger);
		*behind = stranger - 1;
		table_restore(&table);
		assert_int_equal(*behind, stranger - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_withheld_and_given_back),
		cmocka_unit_test(test_an_empty_one_stays_empty),
		cmocka_unit_test(test_only_the_root_is_touched),
	};

	return cmocka_run_group_tests(tests, pool_set_up, pool_tear_down);
}
