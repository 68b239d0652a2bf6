/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Priorities of guests with direct delivery, as arithmetic. A guest's 0x00..0xff are the lower half of the
 * physical ones, 0x80..0xff, in the same order. So whatever priorities a guest gives its interrupts, all
 * interrupts of EL2 come before them. That costs a bit: such a guest's GIC has 16 levels, as few as a GICv3
 * may have. The lowest physical level is never signalled, so the two lowest of a guest share the one above
 * it.
 */
#ifndef IRQ_DIRECT_H
#define IRQ_DIRECT_H

#include "base/bits.h"

#define IRQ_DIRECT_FIRST 0x80u  /* the highest physical priority that such a guest has */
#define IRQ_DIRECT_LAST 0xf0u   /* the lowest physical priority that can be signalled with so few bits */
#define IRQ_DIRECT_OPEN 0xf8u   /* the mask that lets it pass */
#define IRQ_DIRECT_LOWEST 0xf0u /* the lowest that such a guest has */
#define IRQ_DIRECT_GUEST_BITS 4 /* of priority that it sees */
#define IRQ_DIRECT_BITS_MIN 5   /* that the machine must have for that */
#define IRQ_DIRECT_IDLE 0xff    /* ICC_RPR_EL1 when nothing is active */

/* The physical priority of an interrupt: GICD_IPRIORITYR. */
static inline uint8_t irq_direct_priority(uint8_t guest)
{
	unsigned physical = IRQ_DIRECT_FIRST | guest >> 1;

	return (uint8_t)(physical > IRQ_DIRECT_LAST ? IRQ_DIRECT_LAST : physical);
}

/*
 * The physical mask that lets pass only priorities below `guest`, for priorities that are multiples of 16;
 * but where it divides the two lowest, both pass.
 */
static inline uint8_t irq_direct_mask(uint8_t guest)
{
	unsigned physical = IRQ_DIRECT_FIRST + (guest + 15u) / 16 * 8;

	return (uint8_t)(physical > IRQ_DIRECT_OPEN ? IRQ_DIRECT_OPEN : physical);
}

/* Would the guest's mask let the lowest priority but one pass, and not the lowest? */
static inline bool irq_direct_divides(uint8_t mask)
{
	return IRQ_DIRECT_FIRST + (mask + 15u) / 16 * 8 == IRQ_DIRECT_OPEN;
}

/* The guest's ICC_RPR_EL1; of the two lowest, the higher one. */
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
