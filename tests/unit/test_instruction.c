/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores of general registers compared with a second description of them: patterns of bits as the
 * manual draws each instruction (DDI 0487, "Loads and Stores"), and what is unpredictable. Every word that
 * differs in a bit that decides is tried: bits 31 to 21 and 15 to 10, with registers that are equal,
 * different, and 31.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "vm/instruction.h"

enum form { LITERAL, PAIR, UNSIGNED, NINE, REGISTER };

/* `pattern`: 0 and 1 as they are, x any; spaces are for the eye. Bits below the last are any. */
static const struct row {
	const char *pattern;
	enum form form;
	enum load_store_index index;
	uint8_t op; /* size, sign, X, store */
} rows[] = {
#define LOAD(log2, sign, wide) ((log2) | (sign) << 2 | (wide) << 3)
#define STORE(log2) ((log2) | ((log2) == 3) << 3 | 1 << 4)
	{"00 011 0 00", LITERAL, INDEX_LITERAL, LOAD(2, false, false)},
	{"01 011 0 00", LITERAL, INDEX_LITERAL, LOAD(3, false, true)},
	{"10 011 0 00", LITERAL, INDEX_LITERAL, LOAD(2, true, true)},
#define PAIRS(opc, index, bits, load, store) \
	{opc " 101 0 " bits " 1", PAIR, index, load}, \
	{ \
		opc " 101 0 " bits " 0", PAIR, index, store \
	}
#define PAIRS_OF(opc, load, store) \
	PAIRS(opc, INDEX_POST, "001", load, store), PAIRS(opc, INDEX_OFFSET, "010", load, store), \
		PAIRS(opc, INDEX_PRE, "011", load, store), PAIRS(opc, INDEX_OFFSET, "000", load, store)
	PAIRS_OF("00", LOAD(2, false, false), STORE(2)),
	PAIRS_OF("10", LOAD(3, false, true), STORE(3)),
	{"01 101 0 001 1", PAIR, INDEX_POST, LOAD(2, true, true)}, /* LDPSW */
	{"01 101 0 010 1", PAIR, INDEX_OFFSET, LOAD(2, true, true)},
	{"01 101 0 011 1", PAIR, INDEX_PRE, LOAD(2, true, true)},
#define ONE(size, opc, op) \
	{size " 111 0 01 " opc, UNSIGNED, INDEX_OFFSET, op}, \
		{size " 111 0 00 " opc " 0 xxxxxxxxx 00", NINE, INDEX_OFFSET, op}, \
		{size " 111 0 00 " opc " 0 xxxxxxxxx 01", NINE, INDEX_POST, op}, \
		{size " 111 0 00 " opc " 0 xxxxxxxxx 10", NINE, INDEX_OFFSET, op}, \
		{size " 111 0 00 " opc " 0 xxxxxxxxx 11", NINE, INDEX_PRE, op}, \
	{ \
		size " 111 0 00 " opc " 1 xxxxx x1x x 10", REGISTER, INDEX_OFFSET, op \
	}
	ONE("00", "00", STORE(0)),
	ONE("00", "01", LOAD(0, false, false)),
	ONE("00", "10", LOAD(0, true, true)),
	ONE("00", "11", LOAD(0, true, false)),
	ONE("01", "00", STORE(1)),
	ONE("01", "01", LOAD(1, false, false)),
	ONE("01", "10", LOAD(1, true, true)),
	ONE("01", "11", LOAD(1, true, false)),
	ONE("10", "00", STORE(2)),
	ONE("10", "01", LOAD(2, false, false)),
	ONE("10", "10", LOAD(2, true, true)),
	ONE("11", "00", STORE(3)),
	ONE("11", "01", LOAD(3, false, true)),
};

/* Stores of SIMD and FP registers; `op` is the size alone. */
static const struct row simd_rows[] = {
#define SIMD_PAIRS(opc, log2) \
	{opc " 101 1 001 0", PAIR, INDEX_POST, log2}, {opc " 101 1 010 0", PAIR, INDEX_OFFSET, log2}, \
		{opc " 101 1 011 0", PAIR, INDEX_PRE, log2}, \
	{ \
		opc " 101 1 000 0", PAIR, INDEX_OFFSET, log2 \
	}
	SIMD_PAIRS("00", 2),     SIMD_PAIRS("01", 3),     SIMD_PAIRS("10", 4),
#define SIMD_ONE(size, opc, log2) \
	{size " 111 1 01 " opc, UNSIGNED, INDEX_OFFSET, log2}, \
		{size " 111 1 00 " opc " 0 xxxxxxxxx 00", NINE, INDEX_OFFSET, log2}, \
		{size " 111 1 00 " opc " 0 xxxxxxxxx 01", NINE, INDEX_POST, log2}, \
		{size " 111 1 00 " opc " 0 xxxxxxxxx 11", NINE, INDEX_PRE, log2}, \
	{ \
		size " 111 1 00 " opc " 1 xxxxx x1x x 10", REGISTER, INDEX_OFFSET, log2 \
	}
	SIMD_ONE("00", "00", 0), SIMD_ONE("01", "00", 1), SIMD_ONE("10", "00", 2),
	SIMD_ONE("11", "00", 3), SIMD_ONE("00", "10", 4),
};

/* The patterns as mask and value: made once. */
struct compiled {
	uint32_t mask, value;
};
static struct compiled compiled[ARRAY_COUNT(rows)], simd_compiled[ARRAY_COUNT(simd_rows)];

static struct compiled compile_one(const char *pattern)
{
	struct compiled made = {0};
	unsigned bit = 32;

	for (const char *c = pattern; *c; c++) {
		if (*c == ' ')
			continue;
		bit--;
		made.mask |= *c == 'x' ? 0 : 1u << bit;
		made.value |= *c == '1' ? 1u << bit : 0;
	}
	return made;
}

static void compile(void)
{
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++)
		compiled[i] = compile_one(rows[i].pattern);
	for (unsigned i = 0; i < ARRAY_COUNT(simd_rows); i++)
		simd_compiled[i] = compile_one(simd_rows[i].pattern);
}

static const struct row *find_in(const struct row *table, const struct compiled *made, unsigned count,
								 uint32_t word)
{
	const struct row *found = NULL;

	for (unsigned i = 0; i < count; i++) {
		if ((word & made[i].mask) != made[i].value)
			continue;
		if (found)
			fail_msg("two rows for 0x%08x", word);
		found = &table[i];
	}
	return found;
}

static const struct row *find(uint32_t word)
{
	return find_in(rows, compiled, ARRAY_COUNT(rows), word);
}

static const struct row *find_simd(uint32_t word)
{
	return find_in(simd_rows, simd_compiled, ARRAY_COUNT(simd_rows), word);
}

static int32_t sign(uint32_t value, unsigned bits)
{
	return (int32_t)(value << (32 - bits)) >> (32 - bits);
}

/*
 * Fills in what the form says, for a size that is known; false where the manual says CONSTRAINED
 * UNPREDICTABLE of general registers.
 */
static bool expect_form(const struct row *row, uint32_t word, struct load_store *op)
{
	unsigned t = word & 31, n = word >> 5 & 31, t2 = word >> 10 & 31;
	bool back = row->index == INDEX_PRE || row->index == INDEX_POST;

	op->rt = (uint8_t)t;
	op->rn = (uint8_t)n;
	op->index = row->index;
	switch (row->form) {
	case LITERAL:
		op->offset = sign(word >> 5 & 0x7ffff, 19) * 4;
		return true;
	case PAIR:
		op->pair = true;
		op->rt2 = (uint8_t)t2;
		op->offset = sign(word >> 15 & 0x7f, 7) * (1 << op->size_log2);
		return (op->write || t != t2) && !(back && n != 31 && (t == n || t2 == n));
	case UNSIGNED:
		op->offset = (int64_t)(word >> 10 & 0xfff) << op->size_log2;
		return true;
	case NINE:
		op->offset = sign(word >> 12 & 0x1ff, 9);
		return !(back && n != 31 && t == n);
	default:
		op->by_register = true;
		op->rm = (uint8_t)(word >> 16 & 31);
		op->extend = (uint8_t)(word >> 13 & 7);
		op->shift = word >> 12 & 1 ? op->size_log2 : 0;
		return true;
	}
}

static bool expect(const struct row *row, uint32_t word, struct load_store *op)
{
	op->size_log2 = row->op & 3;
	op->sign_extend = row->op >> 2 & 1;
	op->is_64bit = row->op >> 3 & 1;
	op->write = row->op >> 4;
	return expect_form(row, word, op);
}

static bool same(const struct load_store *a, const struct load_store *b)
{
	return a->write == b->write && a->pair == b->pair && a->sign_extend == b->sign_extend &&
		   a->is_64bit == b->is_64bit && a->size_log2 == b->size_log2 && a->rt == b->rt && a->rt2 == b->rt2 &&
		   a->rn == b->rn && a->index == b->index && a->offset == b->offset &&
		   a->by_register == b->by_register && a->rm == b->rm && a->extend == b->extend &&
		   a->shift == b->shift;
}

/* The stores among what load_store_decode() knows, and those of SIMD and FP registers. */
static void ask_store(uint32_t word)
{
	const struct row *row = find(word), *simd = find_simd(word);
	struct load_store want = {0}, got;
	bool is_store = row && expect(row, word, &want) && want.write;

	if (simd) {
		want = (struct load_store){.write = true, .size_log2 = simd->op};
		(void)expect_form(simd, word, &want);
	}
	memset(&got, 0xa5, sizeof(got));
	if (store_decode(word, &got) != (is_store || simd))
		fail_msg("0x%08x is %sa store", word, is_store || simd ? "" : "not ");
	if (is_store || simd ? !same(&got, &want) : got.rt != 0xa5)
		fail_msg("0x%08x is decoded as something else", word);
}

static void ask(uint32_t word)
{
	const struct row *row = find(word);
	struct load_store want = {0}, got;

	memset(&got, 0xa5, sizeof(got));
	if (!row || !expect(row, word, &want)) {
		if (load_store_decode(word, &got))
			fail_msg("0x%08x is decoded", word);
		assert_int_equal(got.rt, 0xa5);
		return;
	}
	if (!load_store_decode(word, &got))
		fail_msg("0x%08x is not decoded", word);
	if (!same(&got, &want))
		fail_msg("0x%08x is decoded as something else", word);
}

static void test_every_word_that_differs_in_what_decides(void **state)
{
	/*
	 * Rm, or five bits of an immediate; Rn and Rt: equal to each other or to Rt2 (bits 14:10), different, 31.
	 */
	static const uint32_t others[] = {
		0x00000000, 0x001f03ff, 0x00100022, 0x000f03e1, 0x0015003f, 0x000a0145, 0x001502aa, 0x00000400 >> 5,
	};

	(void)state;
	compile();
	for (uint32_t high = 0; high < 1u << 11; high++)
		for (uint32_t low = 0; low < 1u << 6; low++)
			for (unsigned i = 0; i < ARRAY_COUNT(others); i++) {
				ask(high << 21 | low << 10 | others[i]);
				ask_store(high << 21 | low << 10 | others[i]);
			}
}

/* All registers, in each form. */
static void test_every_register(void **state)
{
	static const uint32_t words[] = {0x28400000, 0xa8c00000, 0x29bf8000, 0x69c10000, 0xf8408400,
									 0xb81fcc00, 0x38a04800, 0x78606800, 0x58000000, 0xf9400000};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(words); i++)
		for (uint32_t registers = 0; registers < 1u << 15; registers++)
			ask(words[i] | (registers & 0x3ff) |
				(words[i] >> 29 == 1 || words[i] >> 27 == 0x15 ? registers >> 10 << 10
															   : registers >> 10 << 16));
}

/* By the letter: instructions as an assembler makes them. */
static void test_instructions_by_name(void **state)
{
	static const struct {
		uint32_t word;
		bool decoded;
	} names[] = {
		{0x29400c02, true},  /* ldp w2, w3, [x0] */
		{0xa8c17bfd, true},  /* ldp x29, x30, [sp], #16 */
		{0xb8404402, true},  /* ldr w2, [x0], #4 */
		{0x3c404402, false}, /* ldr b2, [x0], #4 */
		{0xad400440, false}, /* ldp q0, q1, [x2] */
		{0x885f7c02, false}, /* ldxr w2, [x0] */
		{0x88dffc02, false}, /* ldar w2, [x0] */
		{0xb8210002, false}, /* ldadd w1, w2, [x0] */
		{0xb8bfc002, false}, /* ldapr w2, [x0] */
		{0xf8200402, false}, /* ldraa x2, [x0] */
		{0xf9800000, false}, /* prfm pldl1keep, [x0] */
		{0xd50b7420, false}, /* dc zva, x0 */
		{0xd503201f, false}, /* nop */
		{0x69000440, false}, /* stgp x0, x1, [x2] */
	};

	struct load_store op;

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(names); i++)
		assert_int_equal(load_store_decode(names[i].word, &op), names[i].decoded);
}

static void test_stores_by_name(void **state)
{
	static const struct {
		uint32_t word;
		bool decoded, zeroes;
	} names[] = {
		{0xa8810c22, true, false},                              /* stp x2, x3, [x1], #16 */
		{0xad010440, true, false},                              /* stp q0, q1, [x2, #32] */
		{0x3c9f0c22, true, false},                              /* str q2, [x1, #-16]! */
		{0xfc000422, true, false},                              /* str d2, [x1], #0 */
		{0xad400440, false, false},                             /* ldp q0, q1, [x2] */
		{0x3dc00020, false, false},                             /* ldr q0, [x1] */
		{0x4c9f7020, false, false},                             /* st1 {v0.16b}, [x1], #16 */
		{0x88037c22, false, false},                             /* stxr w3, w2, [x1] */
		{0xd50b7420, false, true},                              /* dc zva, x0 */
		{0xd50b743f, false, true},                              /* dc zva, xzr */
		{0xd50b7440, false, false}, {0xd50b7520, false, false}, /* ic ivau, x0 */
	};
	struct load_store op;

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
		assert_int_equal(store_decode(names[i].word, &op), names[i].decoded);
		assert_int_equal(is_zeroing(names[i].word), names[i].zeroes);
	}
}

static void test_offsets_and_results(void **state)
{
	static const struct {
		uint8_t extend, shift;
		uint64_t rm, offset;
	} offsets[] = {
		{2, 0, 0xabcdefff80000004, 0x80000004},
		{2, 3, 0xffffffff80000004, 0x400000020},
		{3, 2, 0xffffffff80000004, 0xfffffffe00000010},
		{6, 0, 0x1280000004, 0xffffffff80000004},
		{6, 2, 0x1200000004, 0x10},
		{7, 0, 0x1280000004, 0x1280000004},
	};
	struct load_store op = {.by_register = true};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(offsets); i++) {
		op.extend = offsets[i].extend;
		op.shift = offsets[i].shift;
		assert_int_equal(load_store_offset(&op, offsets[i].rm), offsets[i].offset);
	}
	op = (struct load_store){.offset = -8};
	assert_int_equal(load_store_offset(&op, 77), (uint64_t)-8);
	op = (struct load_store){.size_log2 = 0, .sign_extend = true};
	assert_int_equal(load_store_result(&op, 0x1f80), 0xffffff80);
	op.is_64bit = true;
	assert_int_equal(load_store_result(&op, 0x1f80), 0xffffffffffffff80);
	op = (struct load_store){.size_log2 = 2};
	assert_int_equal(load_store_result(&op, UINT64_MAX), 0xffffffff);
	op = (struct load_store){.size_log2 = 3, .is_64bit = true};
	assert_int_equal(load_store_result(&op, 0xfedcba9876543210), 0xfedcba9876543210);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_word_that_differs_in_what_decides),
		cmocka_unit_test(test_every_register),
		cmocka_unit_test(test_instructions_by_name),
		cmocka_unit_test(test_stores_by_name),
		cmocka_unit_test(test_offsets_and_results),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
