/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Priorities of guests with direct delivery, as arithmetic. A guest's 0x00..0xff are the lower half of the
 * physical ones, 0x80..0xff, in the same order. So whatever priorities a guest gives its interrupts, all
 * interrupts of EL2 come before them. That costs a bit: such a guest's GIC has 16 levels, as few as a GICv3
 * may have.
 */
#ifndef IRQ_DIRECT_H
#define IRQ_DIRECT_H

#include "base/bits.h"

#define IRQ_DIRECT_FIRST 0x80u  /* the highest physical priority that such a guest has */
#define IRQ_DIRECT_GUEST_BITS 4 /* of priority that it sees */
#define IRQ_DIRECT_BITS_MIN 5   /* that the machine must have for that */
#define IRQ_DIRECT_IDLE 0xff    /* ICC_RPR_EL1 when nothing is active */

/* The physical priority of an interrupt: GICD_IPRIORITYR. */
static inline uint8_t irq_direct_priority(uint8_t guest)
{
	return (uint8_t)(IRQ_DIRECT_FIRST | guest >> 1);
}

/*
 * The physical mask that lets pass only priorities below `guest`, for priorities that are multiples of 16.
 * The lowest priority never passes: no mask of a GIC with these bits lets it through.
 */
static inline uint8_t irq_direct_mask(uint8_t guest)
{
	unsigned physical = IRQ_DIRECT_FIRST + (guest + 15u) / 16 * 8;

	return (uint8_t)(physical > 0xf8 ? 0xf8 : physical);
}

/* The guest's ICC_RPR_EL1. */
static inline uint8_t irq_direct_running(uint8_t physical)
{
	return (uint8_t)(physical == IRQ_DIRECT_IDLE ? IRQ_DIRECT_IDLE : physical << 1);
}

/* Events in windows of a given length. */
struct irq_rate {
	uint64_t since;
	uint32_t count;
};

/* One more event, at `now`. True: this window has more than `most`. */
MUST_USE static inline bool irq_rate_count(struct irq_rate *rate, uint64_t now, uint64_t window,
										   uint32_t most)
{
	if (now - rate->since >= window) {
		rate->since = now;
		rate->count = 0;
	}
	return ++rate->count > most;
}

#endif
