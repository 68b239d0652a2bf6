/* SPDX-License-Identifier: Apache-2.0 */
/* RAM in pieces, against a model of one byte per unit of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "memory/pages.h"

#define UNITS 300

static uint64_t random_state = 88172645463325252u;

static uint64_t random_below(uint64_t limit)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state % limit;
}

static void expect_model(const struct ram *ram, const bool *is_free)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < UNITS; i++) {
		assert_int_equal(ram_is_free(ram, i, 1), is_free[i]);
		total += is_free[i];
	}
	assert_int_equal(ram_total(ram), total);
	for (unsigned i = 1; i < ram->piece_count; i++)
		assert_true(ram->piece[i - 1].base + ram->piece[i - 1].size < ram->piece[i].base);
}

/* The range that ram_take() should find: the lowest aligned run of free units, or UNITS. */
static uint64_t model_take(const bool *is_free, uint64_t size, uint64_t align)
{
	for (uint64_t base = 0; base + size <= UNITS; base += align) {
		uint64_t run = 0;

		while (run < size && is_free[base + run])
			run++;
		if (run == size)
			return base;
	}
	return UNITS;
}

static void random_step(struct ram *ram, bool *is_free)
{
	uint64_t base = random_below(UNITS), size = random_below(24), align = BIT(random_below(5)), place;
	bool add = random_below(2);
	struct ram before = *ram;
	pa_t taken = {UINT64_MAX};
	enum err e;

	if (random_below(4) == 0) {
		place = model_take(is_free, size + 1, align);
		e = ram_take(ram, size + 1, align, &taken);
		if (place == UNITS)
			assert_int_equal(e, ERR_NO_MEMORY);
		if (e == OK)
			assert_int_equal(taken.v, place);
		base = place, size = size + 1, add = false;
	} else {
		size = base + size > UNITS ? UNITS - base : size;
		e = add ? ram_add(ram, base, size) : ram_reserve(ram, base, size);
	}
	if (e == OK)
		memset(is_free + base, add, size);
	else
		assert_memory_equal(ram, &before, sizeof(before));
}

static void test_random_steps_agree_with_the_model(void **state)
{
	struct ram ram = {0};
	bool is_free[UNITS] = {false};

	(void)state;
	for (unsigned step = 0; step < 20000; step++) {
		random_step(&ram, is_free);
		expect_model(&ram, is_free);
	}
}

static void test_too_many_pieces_are_refused_and_change_nothing(void **state)
{
	struct ram ram = {0}, before;
	pa_t taken = {7};

	(void)state;
	assert_int_equal(ram_add(&ram, 0x1000, 0x100000), OK);
	for (unsigned i = 1; i < RAM_PIECES_MAX; i++)
		assert_int_equal(ram_reserve(&ram, 0x1000 + i * 0x1000, 0x100), OK);
	assert_int_equal(ram.piece_count, RAM_PIECES_MAX);
	before = ram;
	assert_int_equal(ram_reserve(&ram, 0x90000, 0x100), ERR_RANGE);
	assert_int_equal(ram_add(&ram, 0x900000, 0x100), ERR_RANGE);
	assert_int_equal(ram_take(&ram, 0x100, 0x80000, &taken), ERR_RANGE);
	assert_int_equal(taken.v, 7);
	assert_memory_equal(&ram, &before, sizeof(ram));
	assert_int_equal(ram_add(&ram, 0x2000, 0x100), OK);
	assert_int_equal(ram.piece_count, RAM_PIECES_MAX - 1);
}

static void test_borders_of_the_address_space(void **state)
{
	struct ram ram = {0};
	pa_t taken;

	(void)state;
	assert_int_equal(ram_add(&ram, UINT64_MAX - 0xfff, 0x1000), ERR_INVALID);
	assert_int_equal(ram_reserve(&ram, 0x1000, UINT64_MAX), ERR_INVALID);
	assert_int_equal(ram_add(&ram, UINT64_MAX - 0x1fff, 0x1000), OK);
	assert_int_equal(ram_add(&ram, 0x1000, 0), OK);
	assert_int_equal(ram_reserve(&ram, 0x1000, 0), OK);
	assert_int_equal(ram_total(&ram), 0x1000);
	assert_false(ram_is_free(&ram, UINT64_MAX - 0x1fff, UINT64_MAX));
	assert_int_equal(ram_take(&ram, 0x1000, BIT(63), &taken), ERR_NO_MEMORY);
	assert_int_equal(ram_take(&ram, UINT64_MAX, 1, &taken), ERR_NO_MEMORY);
	assert_int_equal(ram_take(&ram, 0, 1, &taken), ERR_INVALID);
	assert_int_equal(ram_largest(&ram, 0x1000), 0x1000);
	assert_int_equal(ram_take(&ram, 0x1000, 0x1000, &taken), OK);
	assert_int_equal(taken.v, UINT64_MAX - 0x1fff);
	assert_int_equal(ram_total(&ram), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_steps_agree_with_the_model),
		cmocka_unit_test(test_too_many_pieces_are_refused_and_change_nothing),
		cmocka_unit_test(test_borders_of_the_address_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
