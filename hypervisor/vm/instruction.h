/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loads and stores of general registers as A64 encodes them (Arm DDI 0487, "Loads and Stores"): LDR and STR
 * of all sizes, LDRS*, LDUR, LDTR, LDR (literal), LDP, STP, LDPSW, LDNP and STNP, in all addressing modes.
 * Pure. Nothing else is decoded: no SIMD and FP, exclusives, ordered and atomic accesses, tags, prefetches;
 * and none that the manual calls CONSTRAINED UNPREDICTABLE (a loaded register that is written back or loaded
 * twice).
 */
#ifndef VM_INSTRUCTION_H
#define VM_INSTRUCTION_H

#include "base/types.h"

enum load_store_index {
	INDEX_OFFSET,
	INDEX_PRE,     /* the base is written back, and is the address */
	INDEX_POST,    /* the base is the address; then it is written back */
	INDEX_LITERAL, /* relative to the PC */
};

struct load_store {
	bool write;
	bool pair;
	bool sign_extend;    /* a load: to the whole register */
	bool is_64bit;       /* the register is X */
	uint8_t size_log2;   /* bytes in memory, of each of a pair; 4 of SIMD alone */
	uint8_t rt, rt2, rn; /* rt, rt2: 31 is XZR; rn: SP */
	enum load_store_index index;
	int64_t offset;
	bool by_register; /* and the offset is that of Rm: */
	uint8_t rm;       /* 31 is XZR */
	uint8_t extend;   /* 2 UXTW, 3 LSL, 6 SXTW, 7 SXTX */
	uint8_t shift;
};

/* False, and nothing is written: it is none of these instructions. */
MUST_USE bool load_store_decode(uint32_t word, struct load_store *out);

/*
 * Stores alone, and those of SIMD and FP registers, too (of up to 16 bytes each; no structures), for a caller
 * that wants to know where, and not what.
 */
MUST_USE bool store_decode(uint32_t word, struct load_store *out);
/* DC ZVA, which stores zeros (DDI 0487): it has no other effect. */
static inline bool is_zeroing(uint32_t word)
{
	return (word & ~UINT32_C(0x1f)) == 0xd50b7420;
}

static inline unsigned load_store_bytes(const struct load_store *op)
{
	return (op->pair ? 2u : 1u) << op->size_log2;
}
static inline bool load_store_writes_back(const struct load_store *op)
{
	return op->index == INDEX_PRE || op->index == INDEX_POST;
}
/* The offset that is added to the base; `rm`: the value of that register. */
uint64_t load_store_offset(const struct load_store *op, uint64_t rm);
/* The value that a load writes to its register: the bytes read, extended. */
uint64_t load_store_result(const struct load_store *op, uint64_t value);

#endif
