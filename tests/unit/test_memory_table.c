/* SPDX-License-Identifier: Apache-2.0 */
/* Translation tables: random maps and unmaps against a model of one entry a page, and the descriptors. */
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
#define POOL_PAGES 4096

static uint8_t (*pool)[PAGE_SIZE];
static unsigned pool_used, pool_limit;

static void *pool_alloc(void)
{
	if (pool_used == pool_limit)
		return NULL;
	return memset(pool[pool_used++], 0, PAGE_SIZE);
}

/* An empty table with a root of two pages, and at most `page_count` pages to grow. */
static struct table table_make(unsigned input_bits, bool stage2, unsigned page_count)
{
	struct table table;

	memset(pool, 0, 2 * PAGE_SIZE);
	pool_used = 2;
	pool_limit = 2 + page_count;
	table_init(&table, pool, input_bits, stage2, pool_alloc);
	return table;
}

static int pool_set_up(void **state)
{
	(void)state;
	pool = aligned_alloc(2 * PAGE_SIZE, POOL_PAGES * PAGE_SIZE);
	return pool ? 0 : -1;
}

static int pool_tear_down(void **state)
{
	(void)state;
	free(pool);
	return 0;
}

/* The model: pages of a window of input addresses. */
#define WINDOW_PAGES (3 * 512 + 37)

struct model {
	struct {
		uint64_t output;
		unsigned access; /* 0: not mapped */
	} page[WINDOW_PAGES];
	uint64_t base;
};

static uint64_t random_state = 1181783497276652981u;

static uint64_t random_below(uint64_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % limit;
}

static void expect_model(const struct table *table, const struct model *model)
{
	for (unsigned i = 0; i < WINDOW_PAGES; i++) {
		uint64_t input = model->base + i * PAGE_SIZE + 0xabc, output = 1;
		unsigned access = 77;
		enum err e = table_look_up(table, input, &output, &access);

		assert_int_equal(e, model->page[i].access ? OK : ERR_NOT_FOUND);
		assert_int_equal(output, e == OK ? model->page[i].output + 0xabc : 1);
		assert_int_equal(access, e == OK ? model->page[i].access : 77);
	}
}

static void random_map(struct table *table, struct model *model, unsigned first, unsigned count)
{
	uint64_t output = (random_below(2) ? align_down(first, 512) : random_below(10000)) * PAGE_SIZE;
	unsigned access = TABLE_READ | (unsigned)random_below(8) << 1;
	bool conflict = false;
	enum err e;

	for (unsigned i = first; i < first + count; i++)
		conflict |= model->page[i].access != 0;
	output += (first % 512) * PAGE_SIZE;
	e = table_map(table, model->base + first * PAGE_SIZE, output, count * PAGE_SIZE, access);
	if (conflict)
		assert_int_equal(e, ERR_CONFLICT);
	else if (pool_limit == POOL_PAGES)
		assert_int_equal(e, OK);
	for (unsigned i = 0; i < count && e == OK; i++) {
		model->page[first + i].output = output + i * PAGE_SIZE;
		model->page[first + i].access = access;
	}
}

static void random_unmap(struct table *table, struct model *model, unsigned first, unsigned count)
{
	enum err e = table_unmap(table, model->base + first * PAGE_SIZE, count * PAGE_SIZE);

	if (pool_limit == POOL_PAGES)
		assert_int_equal(e, OK);
	if (e == OK)
		memset(&model->page[first], 0, count * sizeof(model->page[0]));
}

static void random_steps(struct table *table, struct model *model, unsigned step_count)
{
	for (unsigned step = 0; step < step_count; step++) {
		unsigned first = (unsigned)random_below(WINDOW_PAGES), count;

		if (random_below(2))
			first = (unsigned)align_down(first, 512);
		count = random_below(2) ? 512 : (unsigned)random_below(1200);
		count = first + count > WINDOW_PAGES ? WINDOW_PAGES - first : count;
		if (random_below(2))
			random_map(table, model, first, count);
		else
			random_unmap(table, model, first, count);
		expect_model(table, model);
	}
}

/* Base of the window, chosen to end at or straddle what each shape of table makes special. */
static const struct {
	unsigned input_bits;
	bool stage2;
	uint64_t base;
} shapes[] = {
	{.input_bits = 48, .stage2 = false, .base = 0},
	{.input_bits = 48, .stage2 = false, .base = (UINT64_C(1) << 39) - 2 * MIB},
	{.input_bits = 32, .stage2 = true, .base = (UINT64_C(1) << 32) - WINDOW_PAGES * PAGE_SIZE},
	{.input_bits = 39, .stage2 = true, .base = GIB - 4 * MIB},
	{.input_bits = 40, .stage2 = true, .base = (UINT64_C(1) << 39) - 4 * MIB},
	{.input_bits = 40, .stage2 = true, .base = (UINT64_C(1) << 40) - WINDOW_PAGES * PAGE_SIZE},
};

static void test_random_steps_agree_with_the_model(void **state)
{
	struct model *model = malloc(sizeof(*model));

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(shapes); i++) {
		struct table table = table_make(shapes[i].input_bits, shapes[i].stage2, POOL_PAGES - 2);

		memset(model, 0, sizeof(*model));
		model->base = shapes[i].base;
		random_steps(&table, model, 400);
	}
	free(model);
}

static void test_lack_of_pages_leaves_what_was(void **state)
{
	struct model *model = malloc(sizeof(*model));

	(void)state;
	for (unsigned page_count = 0; page_count < 6; page_count++) {
		struct table table = table_make(40, true, page_count);

		memset(model, 0, sizeof(*model));
		model->base = GIB - 4 * MIB;
		random_steps(&table, model, 200);
		assert_int_equal(pool_used, pool_limit);
	}
	free(model);
}

/* The number of table pages that a mapping takes shows which blocks it used. */
static void test_largest_blocks_are_used(void **state)
{
	static const struct {
		uint64_t input, output, size;
		unsigned page_count;
	} row[] = {
		{.input = GIB, .output = 4 * GIB, .size = 3 * GIB, .page_count = 0},
		{.input = GIB, .output = 4 * GIB + 2 * MIB, .size = GIB, .page_count = 1},
		{.input = GIB + 2 * MIB, .output = 2 * MIB, .size = 2 * GIB, .page_count = 2},
		{.input = GIB, .output = PAGE_SIZE, .size = 2 * MIB, .page_count = 2},
		{.input = GIB, .output = GIB, .size = 2 * MIB, .page_count = 1},
		{.input = GIB + 2 * MIB - PAGE_SIZE, .output = 2 * MIB - PAGE_SIZE, .size = 2 * MIB, .page_count = 3},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(row); i++) {
		struct table table = table_make(40, true, 100);

		assert_int_equal(table_map(&table, row[i].input, row[i].output, row[i].size, RW), OK);
		assert_int_equal(pool_used - 2, row[i].page_count);
	}
}

static void test_descriptors_are_as_the_manual_says(void **state)
{
	static const struct {
		bool stage2;
		unsigned access;
		uint64_t size, desc; /* without the output address */
	} row[] = {
		{.size = PAGE_SIZE, .access = RW, .desc = BIT(54) | 0x743},
		{.size = PAGE_SIZE, .access = TABLE_READ | TABLE_EXECUTE, .desc = 0x7c3},
		{.size = PAGE_SIZE, .access = RW | TABLE_DEVICE, .desc = BIT(54) | 0x747},
		{.size = 2 * MIB, .access = TABLE_READ, .desc = BIT(54) | 0x7c1},
		{.stage2 = true, .size = PAGE_SIZE, .access = RWX, .desc = 0x7ff},
		{.stage2 = true, .size = 2 * MIB, .access = RWX, .desc = 0x7fd},
		{.stage2 = true, .size = PAGE_SIZE, .access = RW | TABLE_DEVICE, .desc = BIT(54) | 0x7c7},
		{.stage2 = true, .size = PAGE_SIZE, .access = TABLE_READ, .desc = BIT(54) | 0x77f},
		{.stage2 = true, .size = PAGE_SIZE, .access = RWX | TABLE_UNCACHED, .desc = 0x7d7},
	};
	uint64_t output;
	unsigned access;

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(row); i++) {
		struct table table = table_make(39, row[i].stage2, 4);

		assert_int_equal(table_map(&table, 0, 6 * MIB, row[i].size, row[i].access), OK);
		/* The newest table begins with the only mapping. */
		assert_int_equal(*(uint64_t *)pool[pool_used - 1], row[i].desc | 6 * MIB);
		assert_int_equal(table_look_up(&table, 0, &output, &access), OK);
		assert_int_equal(access, row[i].access);
	}
}

static void test_blocks_are_cut_into_what_they_meant(void **state)
{
	struct table table = table_make(39, true, 2);
	const uint64_t *level1 = (uint64_t *)pool[0], *level2 = (uint64_t *)pool[2],
				   *level3 = (uint64_t *)pool[3];

	(void)state;
	assert_int_equal(table_map(&table, 0, 5 * GIB, GIB, RWX), OK);
	assert_int_equal(level1[0], 5 * GIB | 0x7fd);
	assert_int_equal(table_unmap(&table, 4 * MIB + PAGE_SIZE, PAGE_SIZE), OK);
	assert_int_equal(level1[0], (uintptr_t)level2 | 3);
	assert_int_equal(level2[0], 5 * GIB | 0x7fd);
	assert_int_equal(level2[511], (6 * GIB - 2 * MIB) | 0x7fd);
	assert_int_equal(level2[2], (uintptr_t)level3 | 3);
	assert_int_equal(level3[0], (5 * GIB + 4 * MIB) | 0x7ff);
	assert_int_equal(level3[1], 0);
	assert_int_equal(level3[511], (5 * GIB + 6 * MIB - PAGE_SIZE) | 0x7ff);
}

static void test_concatenated_root_uses_its_second_page(void **state)
{
	struct table table = table_make(40, true, 0);

	(void)state;
	assert_int_equal(table.first_level, 1);
	assert_int_equal(table_map(&table, UINT64_C(1) << 39, 0, GIB, RW), OK);
	assert_int_equal(((uint64_t *)pool[0])[0], 0);
	assert_int_not_equal(((uint64_t *)pool[1])[0], 0);
	table_init(&table, pool, 48, false, pool_alloc);
	assert_int_equal(table.first_level, 0);
}

static void test_requests_that_make_no_sense(void **state)
{
	struct table table = table_make(40, true, 100);
	uint64_t output;
	unsigned access;

	(void)state;
	assert_int_equal(table_map(&table, 0x800, 0, PAGE_SIZE, RW), ERR_INVALID);
	assert_int_equal(table_map(&table, 0, 0x800, PAGE_SIZE, RW), ERR_INVALID);
	assert_int_equal(table_map(&table, 0, 0, 0x800, RW), ERR_INVALID);
	assert_int_equal(table_map(&table, 0, 0, PAGE_SIZE, TABLE_WRITE), ERR_INVALID);
	assert_int_equal(table_map(&table, BIT(40), 0, PAGE_SIZE, RW), ERR_RANGE);
	assert_int_equal(table_map(&table, BIT(40) - PAGE_SIZE, 0, 2 * PAGE_SIZE, RW), ERR_RANGE);
	assert_int_equal(table_map(&table, 0, BIT(48), PAGE_SIZE, RW), ERR_RANGE);
	assert_int_equal(table_map(&table, -PAGE_SIZE, 0, 2 * PAGE_SIZE, RW), ERR_RANGE);
	assert_int_equal(table_map(&table, 0, 0, -PAGE_SIZE, RW), ERR_RANGE);
	assert_int_equal(table_unmap(&table, 0, 0x800), ERR_INVALID);
	assert_int_equal(table_unmap(&table, BIT(40), PAGE_SIZE), ERR_RANGE);
	assert_int_equal(table_look_up(&table, BIT(40), &output, &access), ERR_NOT_FOUND);
	assert_int_equal(table_look_up(&table, UINT64_MAX, &output, &access), ERR_NOT_FOUND);
	assert_int_equal(pool_used, 2);
	assert_int_equal(table_map(&table, 0, 0, 0, RW), OK);
	assert_int_equal(table_map(&table, 0, 0, GIB, RW), OK);
	assert_int_equal(table_unmap(&table, PAGE_SIZE, 0), OK);
	assert_int_equal(pool_used, 2);
	assert_int_equal(table_map(&table, GIB - PAGE_SIZE, 0, 2 * PAGE_SIZE, RW), ERR_CONFLICT);
	assert_int_equal(table_look_up(&table, GIB, &output, &access), ERR_NOT_FOUND);
	assert_int_equal(table_unmap(&table, 0, BIT(40)), OK);
	assert_int_equal(table_map(&table, 0, 0, BIT(40), RW), OK);
	assert_int_equal(pool_used, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_steps_agree_with_the_model),
		cmocka_unit_test(test_lack_of_pages_leaves_what_was),
		cmocka_unit_test(test_largest_blocks_are_used),
		cmocka_unit_test(test_descriptors_are_as_the_manual_says),
		cmocka_unit_test(test_blocks_are_cut_into_what_they_meant),
		cmocka_unit_test(test_concatenated_root_uses_its_second_page),
		cmocka_unit_test(test_requests_that_make_no_sense),
	};

	return cmocka_run_group_tests(tests, pool_set_up, pool_tear_down);
}
