/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/instruction.h"

#include "base/bits.h"

/* Classes of "Loads and Stores" by bits 29:27, and V, which says SIMD and FP. */
#define CLASS BITS(29, 26)
#define CLASS_LITERAL 6   /* 011, V = 0 */
#define CLASS_PAIR 10     /* 101, V = 0 */
#define CLASS_REGISTER 14 /* 111, V = 0 */
#define SIMD BIT(26)      /* V */

#define RT BITS(4, 0)
#define RN BITS(9, 5)
#define RT2 BITS(14, 10)
#define RM BITS(20, 16)

static int64_t signed_field(uint64_t mask, uint32_t word)
{
	unsigned bits = bits_count(mask);

	return (int64_t)(FIELD_GET(mask, word) << (64 - bits)) >> (64 - bits);
}

static bool decode_literal(uint32_t word, struct load_store *op)
{
	unsigned opc = (unsigned)FIELD_GET(BITS(31, 30), word);

	if (word & BITS(25, 24) || opc == 3) /* another class; PRFM */
		return false;
	op->size_log2 = opc == 1 ? 3 : 2;
	op->is_64bit = opc != 0;
	op->sign_extend = opc == 2;
	op->index = INDEX_LITERAL;
	op->offset = signed_field(BITS(23, 5), word) * 4;
	return true;
}

/* The size is known. */
static void decode_pair_place(uint32_t word, struct load_store *op)
{
	/* Bits 24:23: LDNP and STNP, which promise little, are offsets too. */
	static const uint8_t indexes[] = {INDEX_OFFSET, INDEX_POST, INDEX_OFFSET, INDEX_PRE};

	op->pair = true;
	op->rt2 = (uint8_t)FIELD_GET(RT2, word);
	op->index = indexes[FIELD_GET(BITS(24, 23), word)];
	op->offset = signed_field(BITS(21, 15), word) * (INT64_C(1) << op->size_log2);
}

static bool decode_pair(uint32_t word, struct load_store *op)
{
	unsigned opc = (unsigned)FIELD_GET(BITS(31, 30), word), index = (unsigned)FIELD_GET(BITS(24, 23), word);

	op->write = !(word & BIT(22));
	if (word & BIT(25) || opc == 3 || (opc == 1 && (op->write || index == 0))) /* STGP, or nothing */
		return false;
	op->size_log2 = opc == 2 ? 3 : 2;
	op->is_64bit = opc != 0;
	op->sign_extend = opc == 1;
	decode_pair_place(word, op);
	return op->write || op->rt != op->rt2;
}

/* Size and opc of one register: stores, loads, and loads with sign extension to 64 and to 32 bits. */
static bool decode_size(uint32_t word, struct load_store *op)
{
	unsigned opc = (unsigned)FIELD_GET(BITS(23, 22), word);

	op->size_log2 = (uint8_t)FIELD_GET(BITS(31, 30), word);
	op->write = opc == 0;
	op->sign_extend = opc >= 2;
	op->is_64bit = op->size_log2 == 3 || opc == 2;
	return opc < 2 || op->size_log2 < (opc == 2 ? 3 : 2); /* else a prefetch, or nothing */
}

static bool decode_offset_register(uint32_t word, struct load_store *op)
{
	op->by_register = true;
	op->rm = (uint8_t)FIELD_GET(RM, word);
	op->extend = (uint8_t)FIELD_GET(BITS(15, 13), word);
	op->shift = word & BIT(12) ? op->size_log2 : 0;
	return (word & BITS(11, 10)) == BIT(11) && op->extend & 2; /* else atomic, or authenticated */
}

/* The size is known. */
static bool decode_register_place(uint32_t word, struct load_store *op)
{
	/* Bits 11:10: LDUR, post-index, LDTR, pre-index. */
	static const uint8_t indexes[] = {INDEX_OFFSET, INDEX_POST, INDEX_OFFSET, INDEX_PRE};

	if (word & BIT(25))
		return false;
	if (word & BIT(24)) {
		op->offset = (int64_t)(FIELD_GET(BITS(21, 10), word) << op->size_log2);
		return true;
	}
	if (word & BIT(21))
		return decode_offset_register(word, op);
	op->index = indexes[FIELD_GET(BITS(11, 10), word)];
	op->offset = signed_field(BITS(20, 12), word);
	return true;
}

static bool decode_register(uint32_t word, struct load_store *op)
{
	return decode_size(word, op) && decode_register_place(word, op);
}

static bool decode_simd_pair(uint32_t word, struct load_store *op)
{
	unsigned opc = (unsigned)FIELD_GET(BITS(31, 30), word);

	if (word & (BIT(25) | BIT(22)) || opc == 3) /* another class; a load; nothing */
		return false;
	op->size_log2 = (uint8_t)(2 + opc);
	decode_pair_place(word, op);
	return true;
}

static bool decode_simd_register(uint32_t word, struct load_store *op)
{
	unsigned size = (unsigned)FIELD_GET(BITS(31, 30), word), opc = (unsigned)FIELD_GET(BITS(23, 22), word);
	bool is_privileged = !(word & (BIT(24) | BIT(21))) && (word & BITS(11, 10)) == BIT(11);

	if (opc & 1 || (opc && size) || is_privileged) /* a load; nothing; LDTR, which SIMD has not */
		return false;
	op->size_log2 = (uint8_t)(opc ? 4 : size);
	return decode_register_place(word, op);
}

static bool decode_class(uint32_t word, struct load_store *op)
{
	switch (FIELD_GET(CLASS, word)) {
	case CLASS_LITERAL:
		return decode_literal(word, op);
	case CLASS_PAIR:
		return decode_pair(word, op);
	case CLASS_REGISTER:
		return decode_register(word, op);
	default:
		return false;
	}
}

/* Is a register that is loaded or stored written back, too? */
static bool is_unpredictable(const struct load_store *op)
{
	return load_store_writes_back(op) && op->rn != 31 &&
		   (op->rn == op->rt || (op->pair && op->rn == op->rt2));
}

bool load_store_decode(uint32_t word, struct load_store *out)
{
	struct load_store op = {.rt = (uint8_t)FIELD_GET(RT, word), .rn = (uint8_t)FIELD_GET(RN, word)};

	if (!decode_class(word, &op) || is_unpredictable(&op))
		return false;
	*out = op;
	return true;
}

bool store_decode(uint32_t word, struct load_store *out)
{
	struct load_store op = {
		.write = true, .rt = (uint8_t)FIELD_GET(RT, word), .rn = (uint8_t)FIELD_GET(RN, word)};
	uint64_t class = FIELD_GET(CLASS, word & ~SIMD);

	if (!(word & SIMD) && (!load_store_decode(word, &op) || !op.write))
		return false;
	if (word & SIMD && !(class == CLASS_PAIR && decode_simd_pair(word, &op)) &&
		!(class == CLASS_REGISTER && decode_simd_register(word, &op)))
		return false;
	*out = op;
	return true;
}

uint64_t load_store_offset(const struct load_store *op, uint64_t rm)
{
	if (!op->by_register)
		return (uint64_t)op->offset;
	if (!(op->extend & 1)) /* UXTW and SXTW take W */
		rm = op->extend & 4 ? (uint64_t)(int32_t)rm : (uint32_t)rm;
	return rm << op->shift;
}

uint64_t load_store_result(const struct load_store *op, uint64_t value)
{
	unsigned unused_bits = 64 - (8u << op->size_log2);

	value <<= unused_bits;
	value = op->sign_extend ? (uint64_t)((int64_t)value >> unused_bits) : value >> unused_bits;
	return op->is_64bit ? value : (uint32_t)value;
}
