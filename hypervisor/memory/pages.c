/* SPDX-License-Identifier: Apache-2.0 */
#include "memory/pages.h"

#include <string.h>

#include "base/bits.h"

static uint64_t piece_end(const struct ram_piece *piece)
{
	return piece->base + piece->size;
}

static bool range_wraps(uint64_t base, uint64_t size)
{
	return base + size < base;
}

/* Puts `with_count` pieces in the place of the `count` pieces from `first`. */
static enum err pieces_replace(struct ram *ram, unsigned first, unsigned count, const struct ram_piece *with,
							   unsigned with_count)
{
	unsigned rest_count = ram->piece_count - first - count;

	if (ram->piece_count - count + with_count > RAM_PIECES_MAX)
		return ERR_RANGE;
	memmove(&ram->piece[first + with_count], &ram->piece[first + count], rest_count * sizeof(*with));
	memcpy(&ram->piece[first], with, with_count * sizeof(*with));
	ram->piece_count = first + with_count + rest_count;
	return OK;
}

enum err ram_add(struct ram *ram, uint64_t base, uint64_t size)
{
	uint64_t end = base + size;
	unsigned first = 0, after;

	if (range_wraps(base, size))
		return ERR_INVALID;
	if (size == 0)
		return OK;
	while (first < ram->piece_count && piece_end(&ram->piece[first]) < base)
		first++;
	for (after = first; after < ram->piece_count && ram->piece[after].base <= end; after++) {
		uint64_t its_end = piece_end(&ram->piece[after]);

		base = ram->piece[after].base < base ? ram->piece[after].base : base;
		end = its_end > end ? its_end : end;
	}
	return pieces_replace(ram, first, after - first, &(struct ram_piece){.base = base, .size = end - base},
						  1);
}

enum err ram_reserve(struct ram *ram, uint64_t base, uint64_t size)
{
	struct ram_piece left[2];
	uint64_t end = base + size;
	unsigned first = 0, after, left_count = 0;

	if (range_wraps(base, size))
		return ERR_INVALID;
	if (size == 0)
		return OK;
	while (first < ram->piece_count && piece_end(&ram->piece[first]) <= base)
		first++;
	for (after = first; after < ram->piece_count && ram->piece[after].base < end; after++) {
		const struct ram_piece *piece = &ram->piece[after];

		if (piece->base < base)
			left[left_count++] = (struct ram_piece){.base = piece->base, .size = base - piece->base};
		if (piece_end(piece) > end)
			left[left_count++] = (struct ram_piece){.base = end, .size = piece_end(piece) - end};
	}
	return pieces_replace(ram, first, after - first, left, left_count);
}

bool ram_is_free(const struct ram *ram, uint64_t base, uint64_t size)
{
	if (range_wraps(base, size))
		return false;
	for (unsigned i = 0; i < ram->piece_count; i++) {
		if (ram->piece[i].base <= base && base + size <= piece_end(&ram->piece[i]))
			return true;
	}
	return size == 0;
}

/* Where in the piece a range of this alignment may begin, and how many bytes there are from there on. */
static struct ram_piece piece_aligned(const struct ram_piece *piece, uint64_t align)
{
	uint64_t skipped = align_up(piece->base, align) - piece->base;

	return (struct ram_piece){.base = piece->base + skipped,
							  .size = skipped < piece->size ? piece->size - skipped : 0};
}

enum err ram_take(struct ram *ram, uint64_t size, uint64_t align, pa_t *out)
{
	if (size == 0)
		return ERR_INVALID;
	for (unsigned i = 0; i < ram->piece_count; i++) {
		struct ram_piece free = piece_aligned(&ram->piece[i], align);
		enum err e;

		if (free.size < size)
			continue;
		e = ram_reserve(ram, free.base, size);
		if (e == OK)
			out->v = free.base;
		return e;
	}
	return ERR_NO_MEMORY;
}

uint64_t ram_total(const struct ram *ram)
{
	uint64_t total = 0;

	for (unsigned i = 0; i < ram->piece_count; i++)
		total += ram->piece[i].size;
	return total;
}

uint64_t ram_largest(const struct ram *ram, uint64_t align)
{
	uint64_t largest = 0;

	for (unsigned i = 0; i < ram->piece_count; i++) {
		uint64_t size = piece_aligned(&ram->piece[i], align).size;

		largest = size > largest ? size : largest;
	}
	return largest;
}

enum err ram_grant(struct ram *ram, uint64_t size, uint64_t align, struct ram_grant *out)
{
	pa_t base;
	enum err e = ram_take(ram, size, align, &base);

	*out = (struct ram_grant){{0}};
	if (e == OK)
		out->piece = (struct ram_piece){.base = base.v, .size = size};
	return e;
}

enum err ram_granted(const struct ram_grant *grant, pa_t *out)
{
	if (grant->piece.size == 0)
		return ERR_NO_MEMORY;
	out->v = grant->piece.base;
	return OK;
}
