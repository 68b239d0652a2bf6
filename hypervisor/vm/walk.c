/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/walk.h"

#include "base/bits.h"

#define SCTLR_M BIT(0)
#define SCTLR_EE BIT(25) /* of EL1's data, and of the walks for EL1 and EL0 */

/* TCR_EL1, for the lower and the upper range of addresses. */
#define TCR_T0SZ BITS(5, 0)
#define TCR_T1SZ BITS(21, 16)
#define TCR_TG0 BITS(15, 14)
#define TCR_TG1 BITS(31, 30)
#define VA_UPPER BIT(55)

#define TTBR_ADDRESS BITS(47, 1)
#define OUTPUT_BITS 48
#define LEVEL_LAST 3

#define DESC_TYPE BITS(1, 0)
#define DESC_BLOCK 1
#define DESC_TABLE 3 /* at the last level: a page */

static uint8_t page_shift(uint64_t tcr, bool upper)
{
	static const uint8_t lower_granules[] = {12, 16, 14, 12}, upper_granules[] = {12, 14, 12, 16};

	return upper ? upper_granules[FIELD_GET(TCR_TG1, tcr)] : lower_granules[FIELD_GET(TCR_TG0, tcr)];
}

/* Bits of a virtual address; a TxSZ outside its limits is taken as the nearest limit. */
static unsigned input_bits(uint64_t tcr, bool upper, unsigned page)
{
	unsigned bits = 64 - (unsigned)FIELD_GET(upper ? TCR_T1SZ : TCR_T0SZ, tcr);
	unsigned most = page == 16 ? 52 : 48;

	return bits > most ? most : bits > page ? bits : page + 1;
}

static unsigned level_shift(const struct walk *walk)
{
	return walk->page_shift + (LEVEL_LAST - walk->level) * (walk->page_shift - 3u);
}

/* The address of the descriptor for `va` in a table of 1 << index_bits entries. */
static ipa_t descriptor_of(const struct walk *walk, uint64_t table, unsigned index_bits)
{
	return (ipa_t){align_down(table, UINT64_C(8) << index_bits) +
				   8 * (walk->va.v >> level_shift(walk) & (BIT(index_bits) - 1))};
}

struct walk walk_start(const struct guest_translation *translation, va_t va)
{
	bool upper = va.v & VA_UPPER;
	uint8_t page = page_shift(translation->tcr, upper);
	unsigned bits = input_bits(translation->tcr, upper, page), step = page - 3u;
	struct walk walk = {
		.state = WALK_READS,
		.level = LEVEL_LAST + 1 - (bits - page + step - 1) / step,
		.va = va,
		.page_shift = page,
		.big_endian = translation->sctlr & SCTLR_EE,
	};

	if (translation->sctlr & SCTLR_M) {
		walk.at = descriptor_of(&walk, translation->ttbr[upper] & TTBR_ADDRESS, bits - level_shift(&walk));
		return walk;
	}
	walk.state = WALK_FOUND;
	walk.at.v = va.v & BITS(55, 0); /* the rest may be a tag, if the guest says so */
	return walk;
}

/* Is there a block or page? Blocks are at level 2, and at level 1 with pages of 4 KiB. */
static bool is_leaf(const struct walk *walk, uint64_t descriptor)
{
	if (walk->level == LEVEL_LAST)
		return FIELD_GET(DESC_TYPE, descriptor) == DESC_TABLE;
	return FIELD_GET(DESC_TYPE, descriptor) == DESC_BLOCK && walk->level >= (walk->page_shift == 12 ? 1 : 2);
}

void walk_step(struct walk *walk, uint64_t descriptor)
{
	unsigned shift = level_shift(walk);

	if (walk->big_endian)
		descriptor = __builtin_bswap64(descriptor);
	if (is_leaf(walk, descriptor)) {
		walk->state = WALK_FOUND;
		walk->at.v = (descriptor & BITS(OUTPUT_BITS - 1, shift)) | (walk->va.v & (BIT(shift) - 1));
	} else if (walk->level < LEVEL_LAST && FIELD_GET(DESC_TYPE, descriptor) == DESC_TABLE) {
		walk->level++;
		walk->at =
			descriptor_of(walk, descriptor & BITS(OUTPUT_BITS - 1, walk->page_shift), walk->page_shift - 3u);
	} else {
		walk->state = WALK_NOT_MAPPED;
	}
}
