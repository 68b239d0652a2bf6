/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Translation tables with a 4 KiB granule (Arm DDI 0487, "VMSAv8-64 translation table format"), as
 * arithmetic on memory: stage 1 of EL2 and stage 2 of guests. A table's pointer and its address are the
 * same number (the direct map), on the host too. Boot CPU only, or with LOCK_MOVE.
 */
#ifndef MEMORY_TABLE_H
#define MEMORY_TABLE_H

#include "base/error.h"
#include "base/types.h"

struct table {
	uint64_t *root;
	unsigned first_level; /* level of the root: 0 or 1 */
	unsigned input_bits;  /* bits of an input address: 48 for EL2; at stage 2, 32 to 40 */
	bool stage2;
	void *(*page_alloc)(void); /* a zeroed page, NULL when none is left */
};

/* What may be done through a mapping. */
enum table_access {
	TABLE_READ = 1,
	TABLE_WRITE = 2,
	TABLE_EXECUTE = 4,
	TABLE_DEVICE = 8,    /* Device-nGnRE; otherwise Normal write-back, inner shareable */
	TABLE_UNCACHED = 16, /* of stage 2: Normal non-cacheable, for what is no device either */
};

/* The memory attribute indices that stage 1 uses: MAIR_VALUE of machine/arm64/sysregs.h is set to match. */
enum table_mair { TABLE_MAIR_NORMAL = 0, TABLE_MAIR_DEVICE = 1 };

/*
 * Prepares an empty table. Stage 2 wants input_bits 32..40 and starts at level 1; with 40 bits its root
 * is two pages, concatenated, which `root` must provide (aligned to their size).
 */
void table_init(struct table *table, void *root, unsigned input_bits, bool stage2, void *(*page_alloc)(void));
/*
 * Maps [input, input + size) to [output, ...), with blocks of 1 GiB and 2 MiB where both are aligned to
 * them and no table of smaller ones is left from before. All or nothing. ERR_CONFLICT when a part is
 * mapped already, ERR_RANGE beyond input_bits or 48 bits of output, ERR_INVALID when not page-aligned or
 * without TABLE_READ (there are no write-only and no execute-only mappings), ERR_NO_MEMORY.
 */
MUST_USE enum err table_map(struct table *table, uint64_t input, uint64_t output, uint64_t size,
							unsigned access);
/*
 * Forgets mappings, all or nothing; parts that are not mapped are allowed. The caller then flushes the TLBs.
 * A block that is cut becomes a table with no break-before-make: this is only for tables that no pCPU walks
 * at that time. Errors as of table_map().
 */
MUST_USE enum err table_unmap(struct table *table, uint64_t input, uint64_t size);
/*
 * Takes away all mappings at once, by the root alone, and gives them back. The caller flushes the TLBs. Any
 * pCPU may call this: a pCPU that maps at the same time changes no entry of the root that was there.
 */
void table_withhold(struct table *table);
void table_restore(struct table *table);
/* ERR_NOT_FOUND when not mapped. */
MUST_USE enum err table_look_up(const struct table *table, uint64_t input, uint64_t *output,
								unsigned *access);

#endif
