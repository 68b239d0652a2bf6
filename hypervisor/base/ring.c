/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ring.h"

#include "base/atomic.h"

void ring_init(struct ring *ring, uint8_t *bytes, uint32_t size)
{
	*ring = (struct ring){.bytes = bytes, .size = size};
}

/*
 * Both counters run freely and wrap with their type: head - tail is the number of bytes that wait. Each side
 * reads its own counter plainly. The acquire of the other counter pairs with the release there, so that a
 * byte is read after it was written, and overwritten after it was read.
 */
static uint32_t used_now(const struct ring *ring)
{
	uint32_t tail = atomic_load_acquire(&ring->tail);

	/* `tail` first: it never passes a `head` that is read later, so the difference never wraps. */
	return atomic_load_acquire(&ring->head) - tail;
}

uint32_t ring_used(const struct ring *ring)
{
	uint32_t used = used_now(ring);

	if (used)
		return used;
	/* Before a reader is told "none": pairs with the barrier in ring_caught_up(). */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return used_now(ring);
}

uint32_t ring_free(const struct ring *ring)
{
	uint32_t used = ring_used(ring);

	/* A third pCPU may see more than `size`: the reader took bytes between the two loads. */
	return used < ring->size ? ring->size - used : 0;
}

bool ring_put(struct ring *ring, uint8_t byte)
{
	uint32_t head = atomic_load(&ring->head);

	/* Pairs with the release in ring_get(). */
	if (head - atomic_load_acquire(&ring->tail) == ring->size)
		return false;
	ring->bytes[head & (ring->size - 1)] = byte;
	/* Pairs with the acquire in ring_get(). */
	atomic_store_release(&ring->head, head + 1);
	return true;
}

bool ring_get(struct ring *ring, uint8_t *byte)
{
	uint32_t tail = atomic_load(&ring->tail);

	/* Pairs with the release in ring_put(). */
	if (atomic_load_acquire(&ring->head) == tail) {
		/* As in ring_used(): either this sees the writer's byte, or the writer sees that all was taken. */
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (atomic_load_acquire(&ring->head) == tail)
			return false;
	}
	*byte = ring->bytes[tail & (ring->size - 1)];
	/* Pairs with the acquire in ring_put(). */
	atomic_store_release(&ring->tail, tail + 1);
	return true;
}

bool ring_caught_up(const struct ring *ring)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with the one in ring_get() */
	return atomic_load(&ring->head) - atomic_load_acquire(&ring->tail) <= 1;
}
