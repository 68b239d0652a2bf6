/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts of one vCPU in priority order, with bounded choice: a word of levels, per level a word of banks,
 * per level and bank a word of interrupts. Adding, taking out and finding the best are three steps each,
 * however many wait. Used by the vCPU's own pCPU, or by a holder of the vCPU (vgic.h).
 */
#ifndef VGIC_QUEUE_H
#define VGIC_QUEUE_H

#include <string.h>

#include "base/bits.h"

#define VGIC_LEVELS 32 /* 5 priority bits, the most that Signalbox shows a guest */
#define VGIC_BANKS_MAX 32
#define VGIC_NONE UINT32_MAX

struct vgic_queue {
	uint32_t levels;
	uint32_t count;
	uint32_t banks[VGIC_LEVELS];
	uint32_t bits[VGIC_LEVELS][VGIC_BANKS_MAX];
	uint32_t members[VGIC_BANKS_MAX]; /* all levels together */
};

static inline bool vgic_queue_has(const struct vgic_queue *queue, uint32_t vintid)
{
	return queue->members[vintid / 32] >> (vintid % 32) & 1;
}

/* `bits` of `bank`, none of which is in the queue; `priority`: of each interrupt of the bank. */
static inline void vgic_queue_add_many(struct vgic_queue *queue, const uint8_t *priority, unsigned bank,
									   uint32_t bits)
{
	uint32_t levels = queue->levels, count = queue->count;

	queue->members[bank] |= bits;
	for (; bits; bits &= bits - 1) {
		unsigned level = priority[bits_lowest(bits)] >> 3;

		queue->bits[level][bank] |= bits & -bits;
		queue->banks[level] |= 1u << bank;
		levels |= 1u << level;
		count++;
	}
	queue->levels = levels;
	queue->count = count;
}

static inline void vgic_queue_add(struct vgic_queue *queue, uint8_t priority, uint32_t vintid)
{
	unsigned level = priority >> 3, bank = vintid / 32;
	uint32_t bit = 1u << (vintid % 32);

	queue->members[bank] |= bit;
	queue->bits[level][bank] |= bit;
	queue->banks[level] |= 1u << bank;
	queue->levels |= 1u << level;
	queue->count++;
}

static inline void vgic_queue_clear(struct vgic_queue *queue, unsigned level, unsigned bank, uint32_t bit)
{
	queue->count--;
	queue->members[bank] &= ~bit;
	queue->bits[level][bank] &= ~bit;
	if (queue->bits[level][bank])
		return;
	queue->banks[level] &= ~(1u << bank);
	if (!queue->banks[level])
		queue->levels &= ~(1u << level);
}

/* `priority` is the one with which it was added. */
static inline void vgic_queue_remove(struct vgic_queue *queue, uint8_t priority, uint32_t vintid)
{
	vgic_queue_clear(queue, priority >> 3, vintid / 32, 1u << (vintid % 32));
}

/* The interrupt with the highest priority (the lowest number), or VGIC_NONE. */
static inline uint32_t vgic_queue_best(const struct vgic_queue *queue)
{
	unsigned level, bank;

	if (!queue->levels)
		return VGIC_NONE;
	level = bits_lowest(queue->levels);
	bank = bits_lowest(queue->banks[level]);
	return bank * 32 + bits_lowest(queue->bits[level][bank]);
}

/* Takes that interrupt out of a queue that is not empty. */
static inline uint32_t vgic_queue_take(struct vgic_queue *queue)
{
	unsigned level = bits_lowest(queue->levels), bank = bits_lowest(queue->banks[level]);
	uint32_t bits = queue->bits[level][bank];

	vgic_queue_clear(queue, level, bank, bits & -bits);
	return bank * 32 + bits_lowest(bits);
}

/* Empties it. Where a level has no bit, its words are 0: most of 4 KiB need not be written. */
static inline void vgic_queue_reset(struct vgic_queue *queue)
{
	for (uint32_t levels = queue->levels; levels; levels &= levels - 1) {
		unsigned level = bits_lowest(levels);

		memset(queue->bits[level], 0, sizeof(queue->bits[level]));
		queue->banks[level] = 0;
	}
	memset(queue->members, 0, sizeof(queue->members));
	queue->levels = queue->count = 0;
}

#endif
