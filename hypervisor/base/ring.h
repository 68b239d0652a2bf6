/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of bytes between one writer and one reader that may run on different pCPUs. No lock: the
 * writer owns `head`, the reader owns `tail`.
 */
#ifndef BASE_RING_H
#define BASE_RING_H

#include "base/types.h"

struct ring {
	uint8_t *bytes;
	uint32_t size; /* a power of two */
	uint32_t head; /* bytes ever written; the writer alone writes it */
	uint32_t tail; /* bytes ever read; the reader alone writes it */
};

void ring_init(struct ring *ring, uint8_t *bytes, uint32_t size);
uint32_t ring_used(const struct ring *ring);
uint32_t ring_free(const struct ring *ring);
/* Writer: false, and nothing written, when the ring is full. */
MUST_USE bool ring_put(struct ring *ring, uint8_t byte);
/* Reader: false when the ring is empty. */
MUST_USE bool ring_get(struct ring *ring, uint8_t *byte);
/*
 * For the writer, after a ring_put() that returned true: had the reader taken all before that byte? Then the
 * reader may have seen an empty ring, and must be told that it is not empty. A reader that continues until
 * ring_get() is false, or ring_used() is 0, misses nothing.
 */
MUST_USE bool ring_caught_up(const struct ring *ring);

#endif
