/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's own translation, in steps, over tables in a map of words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bits.h"
#include "vm/walk.h"

#define M BIT(0)
#define EE BIT(25)
#define TABLE 3
#define PAGE 3
#define BLOCK 1
#define ATTRIBUTES (BITS(63, 52) | BITS(11, 2)) /* and bits that software may use */

static struct {
	uint64_t at, value;
} words[8];
static unsigned count, reads;

static void put(uint64_t at, uint64_t value)
{
	words[count].at = at;
	words[count++].value = value;
}

static uint64_t get(uint64_t at)
{
	reads++;
	for (unsigned i = 0; i < count; i++)
		if (words[i].at == at)
			return words[i].value;
	fail_msg("a descriptor is read at 0x%llx", (unsigned long long)at);
	return 0;
}

static struct walk walk_all(struct guest_translation translation, uint64_t va)
{
	struct walk walk = walk_start(&translation, (va_t){va});

	reads = 0;
	while (walk.state == WALK_READS) {
		assert_in_range(reads, 0, 3);
		walk_step(&walk, get(walk.at.v));
	}
	count = 0;
	return walk;
}

static void assert_found(struct walk walk, uint64_t at)
{
	assert_int_equal(walk.state, WALK_FOUND);
	assert_int_equal(walk.at.v, at);
}

static void test_a_disabled_mmu(void **state)
{
	(void)state;
	assert_found(walk_all((struct guest_translation){.ttbr = {0x1000, 0x2000}}, 0xab00000040200004),
				 0x40200004);
}

/* 48 bits, 4 KiB, four levels. The register holds an ASID and CnP, descriptors hold attributes. */
static void test_pages_of_4k(void **state)
{
	uint64_t va = (UINT64_C(5) << 39) + (UINT64_C(6) << 30) + (7u << 21) + (8u << 12) + 0x9ab;
	struct guest_translation translation = {M, 16, {0x40000000 | BITS(63, 48) | 1}};

	(void)state;
	put(0x40000000 + 8 * 5, 0x40001000 | TABLE);
	put(0x40001000 + 8 * 6, 0x40002000 | TABLE | ATTRIBUTES);
	put(0x40002000 + 8 * 7, 0x40003000 | TABLE);
	put(0x40003000 + 8 * 8, UINT64_C(0xfffffffff000) | PAGE | ATTRIBUTES);
	assert_found(walk_all(translation, va), 0xfffffffff9ab);
	assert_int_equal(reads, 4);
}

static void test_blocks(void **state)
{
	struct guest_translation small = {M, 25, {0x40000000}}; /* 39 bits: from level 1 */
	struct guest_translation middle = {M, 16 | 2 << 14, {0x40000000}};
	struct guest_translation large = {M, 22 | 1 << 14, {0x40000000}}; /* 42 bits: from level 2 */
	struct walk walk;

	(void)state;
	put(0x40000008, 0x80000000 | BLOCK | ATTRIBUTES);
	assert_found(walk_all(small, 0x7fffffff), 0xbfffffff);
	put(0x40000008, 0x40001000 | TABLE);
	put(0x40001000, 0x80200000 | BLOCK);
	assert_found(walk_all(small, 0x40123456), 0x80323456);
	put(0x40000000, 0x40004000 | TABLE);
	put(0x40004000, 0x40008000 | TABLE);
	put(0x40008008, 0x82000000 | BLOCK | ATTRIBUTES);
	assert_found(walk_all(middle, 0x2345678), 0x82345678);
	put(0x40000008, 0xa0000000 | BLOCK);
	assert_found(walk_all(large, 0x23456789), 0xa3456789);
	/* Not at level 0; not at level 1 with larger pages. */
	put(0x40000000, 0x80000000 | BLOCK);
	walk = walk_all((struct guest_translation){M, 16, {0x40000000}}, 0);
	assert_int_equal(walk.state, WALK_NOT_MAPPED);
	assert_int_equal(walk.level, 0);
	put(0x40000000, 0x40004000 | TABLE);
	put(0x40004000, 0x80000000 | BLOCK);
	walk = walk_all(middle, 0);
	assert_int_equal(walk.state, WALK_NOT_MAPPED);
	assert_int_equal(walk.level, 1);
}

static void test_larger_pages(void **state)
{
	struct guest_translation middle = {M, 28 | 2 << 14, {0x40000040}}; /* 36 bits, 16 KiB: level 2, 2048 */
	struct guest_translation large = {M, 12 | 1 << 14, {0x40002000}};  /* 52 bits, 64 KiB: 1024 at level 1 */

	(void)state;
	put(0x40000000 + 8 * 3, 0x40004000 | TABLE);
	put(0x40004000 + 8 * 5, 0x8000c000 | PAGE);
	assert_found(walk_all(middle, (3u << 25) + (5u << 14) + 0x3123), 0x8000f123);
	put(0x40002000 + 8 * 1023, 0x40010000 | TABLE);
	put(0x40010000, 0x40020000 | TABLE);
	put(0x40020000 + 8 * 2, 0x80010000 | PAGE | 0xf000);
	assert_found(walk_all(large, (UINT64_C(1023) << 42) + 0x2ffff), 0x8001ffff);
}

static void test_the_upper_range(void **state)
{
	struct guest_translation translation = {M, 16 | 25 << 16 | UINT64_C(2) << 30, {0x1000, 0x40000000}};
	struct guest_translation middle = {M, 1 << 14 | 17 << 16 | UINT64_C(1) << 30, {0x1000, 0x40000000}};
	struct guest_translation large = {M, 2 << 14 | 22 << 16 | UINT64_C(3) << 30, {0x1000, 0x40000000}};

	(void)state;
	put(0x40000000 + 8 * 511, 0x80000000 | BLOCK);
	assert_found(walk_all(translation, 0xffffffffc0001234), 0x80001234);
	put(0x40000000 + 8 * 511, 0x80000000 | BLOCK);
	assert_found(walk_all(translation, 0x12ffffffc0001234), 0x80001234); /* a tag */
	put(0x40000000 + 8 * 2047, 0x40004000 | TABLE);
	put(0x40004000 + 8 * 2047, 0x82000000 | BLOCK);
	assert_found(walk_all(middle, 0xffffffffffffffff), 0x83ffffff);
	put(0x40000000 + 8 * 8191, 0xa0000000 | BLOCK);
	assert_found(walk_all(large, 0xffffffffe0000010), 0xa0000010);
}

static void test_big_endian_tables(void **state)
{
	struct guest_translation translation = {M | EE, 25, {0x40000000}};

	(void)state;
	put(0x40000008, __builtin_bswap64(0x80000000 | BLOCK));
	assert_found(walk_all(translation, 0x40000010), 0x80000010);
}

static void test_what_is_not_mapped(void **state)
{
	struct guest_translation translation = {M, 16, {0x40000000}};

	(void)state;
	for (unsigned level = 0; level < 4; level++) {
		static const uint64_t invalid[] = {0, 2, ~UINT64_C(1)};
		struct walk walk;

		for (unsigned i = 0; i < ARRAY_COUNT(invalid); i++) {
			for (unsigned n = 0; n < level; n++)
				put(0x40000000 + n * 0x1000, (0x40001000 + n * 0x1000) | TABLE);
			put(0x40000000 + level * 0x1000, invalid[i]);
			walk = walk_all(translation, 0);
			assert_int_equal(walk.state, WALK_NOT_MAPPED);
			assert_int_equal(walk.level, level);
		}
	}
	/* 01 is no page. */
	for (unsigned n = 0; n < 3; n++)
		put(0x40000000 + n * 0x1000, (0x40001000 + n * 0x1000) | TABLE);
	put(0x40003000, 0x80000000 | BLOCK);
	assert_int_equal(walk_all(translation, 0).state, WALK_NOT_MAPPED);
}

/* Whatever the registers and tables hold: a few aligned reads, and an end. */
static void test_any_registers_and_tables(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (unsigned i = 0; i < 1000000; i++) {
		uint64_t word[5];
		struct walk walk;
		unsigned steps = 0;

		for (unsigned n = 0; n < ARRAY_COUNT(word); n++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			word[n] = random ^ random >> 29;
		}
		walk = walk_start(&(struct guest_translation){word[0] | M, word[1], {word[2], word[3]}},
						  (va_t){word[4]});
		while (walk.state == WALK_READS) {
			assert_true(steps++ < 4 && walk.level < 4 && is_aligned(walk.at.v, 8) && walk.at.v < BIT(48));
			walk_step(&walk, word[steps % ARRAY_COUNT(word)] | (i & 1 ? TABLE : 0));
		}
		assert_true(walk.level < 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_disabled_mmu),
		cmocka_unit_test(test_pages_of_4k),
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_larger_pages),
		cmocka_unit_test(test_the_upper_range),
		cmocka_unit_test(test_big_endian_tables),
		cmocka_unit_test(test_what_is_not_mapped),
		cmocka_unit_test(test_any_registers_and_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
