/* SPDX-License-Identifier: Apache-2.0 */
/* Bits, fields and alignment. Pure arithmetic; any code may call it. */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include "base/types.h"

#define BIT(n) (UINT64_C(1) << (n))
/* BITS(hi, lo): the mask of a field, written as the manuals print it. */
#define BITS(hi, lo) ((~UINT64_C(0) >> (63 - (hi))) & (~UINT64_C(0) << (lo)))

/* The value of a field under `mask`, and a value moved to the place of the field. */
#define FIELD_GET(mask, reg) (((uint64_t)(reg) & (mask)) / ((mask) & -(mask)))
#define FIELD_PUT(mask, value) (((uint64_t)(value) * ((mask) & -(mask))) & (mask))

/* The lowest set bit of a word that is not 0. */
static inline unsigned bits_lowest(uint64_t word)
{
	return (unsigned)__builtin_ctzll(word);
}
static inline unsigned bits_count(uint64_t word)
{
	return (unsigned)__builtin_popcountll(word);
}

static inline uint64_t align_down(uint64_t v, uint64_t to)
{
	return v & ~(to - 1);
}
static inline uint64_t align_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) & ~(to - 1);
}
static inline bool is_aligned(uint64_t v, uint64_t to)
{
	return (v & (to - 1)) == 0;
}

/* Do [a, a + a_size) and [b, b + b_size) share a byte? Neither may wrap. */
static inline bool ranges_overlap(uint64_t a, uint64_t a_size, uint64_t b, uint64_t b_size)
{
	return a < b + b_size && b < a + a_size;
}

#endif
