/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's RAM less what is reserved, handed out at boot in aligned pieces that are never given back: a
 * VM keeps its memory from boot on, running or not. Used by the boot CPU alone, before guests run: no lock.
 */
#ifndef MEMORY_PAGES_H
#define MEMORY_PAGES_H

#include "base/error.h"
#include "base/types.h"

#define RAM_PIECES_MAX 64

struct ram_piece {
	uint64_t base, size;
};

/* Free RAM as pieces in ascending order that neither touch nor overlap. */
struct ram {
	struct ram_piece piece[RAM_PIECES_MAX];
	unsigned piece_count;
};

/* Adds RAM; joins neighbours. ERR_RANGE when there are too many pieces, ERR_INVALID when it wraps. */
MUST_USE enum err ram_add(struct ram *ram, uint64_t base, uint64_t size);
/* Removes a range, whether all, a part or nothing of it is free. Errors as above. */
MUST_USE enum err ram_reserve(struct ram *ram, uint64_t base, uint64_t size);
/* Is every byte of the range free? */
bool ram_is_free(const struct ram *ram, uint64_t base, uint64_t size);
/*
 * Takes the lowest fitting range; `align` is a power of two. ERR_NO_MEMORY when none fits, ERR_INVALID when
 * nothing is asked for, ERR_RANGE when the rest would be too many pieces.
 */
MUST_USE enum err ram_take(struct ram *ram, uint64_t size, uint64_t align, pa_t *out);
uint64_t ram_total(const struct ram *ram);
/* The most that ram_take() would hand out now. */
uint64_t ram_largest(const struct ram *ram, uint64_t align);

/*
 * RAM that was granted, or was not: its address can only be read through ram_granted(), which answers
 * ERR_NO_MEMORY where there is none. All zero: none.
 */
struct ram_grant {
	struct ram_piece piece;
};
/* Errors as of ram_take(); `out` then holds none. */
MUST_USE enum err ram_grant(struct ram *ram, uint64_t size, uint64_t align, struct ram_grant *out);
MUST_USE enum err ram_granted(const struct ram_grant *grant, pa_t *out);

#endif
