/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which vCPU owns a physical interrupt? One 64-bit word for each SPI, and for each SGI and PPI of each vCPU
 * (of each pCPU without a vCPU), names the owner. While it is ready the word is, except for a mask, the
 * list-register value that presents the interrupt to its owner: so the common case is load, compare, write.
 * Ownership is decided nowhere else.
 *
 *   63:62  01 while ready: the list register's "pending"; 00 when spoiled
 *   61     HW; 60 group; 55:48 priority; 44:32 physical INTID: as in the list register (0 from irq_give()
 *          until it is ready)
 *   31:16  the tag: ready, kind (enum irq_owner_kind), vCPU (its number in the system)
 *   15:0   vINTID; while it moves, bit 0 says whether it was latched
 *
 * A word is a cache of the owner's model: made anew when the guest changes what it is made of, spoiled
 * (not ready) when anything is unusual, or delivery is direct. Words are written at boot, then with the vgic
 * lock of the owner, or of the VM that becomes it. They are replaced whole and read whole, so any pCPU reads
 * them without a lock; what keeps the owner from changing meanwhile is in flow/hold/mark.h.
 */
#ifndef IRQ_OWNER_H
#define IRQ_OWNER_H

#include "base/atomic.h"
#include "base/bits.h"
#include "base/error.h"
#include "machine/api/gic_registers.h"

#define IRQ_WORD_PENDING BIT(62)
#define IRQ_WORD_READY BIT(31)
#define IRQ_WORD_KIND BITS(25, 24)
#define IRQ_WORD_VCPU BITS(23, 16)
#define IRQ_WORD_VINTID BITS(15, 0)
#define IRQ_WORD_LATCHED BIT(0)
/* Must agree with a vCPU's tag for the common way; it is no part of a list register. */
#define IRQ_WORD_TAG BITS(31, 16)

enum irq_owner_kind { IRQ_NOBODY, IRQ_HYPERVISOR, IRQ_GUEST, IRQ_MOVING };

/* Tag that no word has. */
#define IRQ_TAG_NEVER IRQ_WORD_TAG

/* Counts here and below are made by the pCPU to which the interrupt is routed, not atomically. */
struct irq_slot {
	uint64_t word;
	uint64_t count; /* times it was acknowledged, and did not go back to the physical GIC */
};

/* Counts that the short way does not touch: a table of their own keeps slots small. */
struct irq_detours {
	uint64_t queued;  /* times its owner's model took it */
	uint64_t spilled; /* of these, times its vCPU ran here and had no list register for it at once */
	uint64_t dropped; /* times it had no owner */
};

/* Moves of a shared interrupt; LOCK_MOVE. */
struct irq_history {
	uint32_t move_count;
	uint64_t moved_us; /* the last time */
};

struct irq_table {
	struct irq_slot shared[GIC_INTID_MAX]; /* [0..31] unused */
	struct irq_history history[GIC_INTID_MAX];
	struct irq_detours detours[GIC_INTID_MAX]; /* likewise */
};

/* The SGIs and PPIs of one pCPU: those of the vCPU that lives there, if one does, and the hypervisor's. */
struct irq_bank {
	struct irq_slot slot[GIC_PRIVATE_COUNT];
	struct irq_detours detours[GIC_PRIVATE_COUNT];
};

/* `bank`: of private ones; ignored for others. */
static inline struct irq_slot *irq_slot(struct irq_table *table, struct irq_bank *bank, uint32_t intid)
{
	return intid < GIC_PRIVATE_COUNT ? &bank->slot[intid] : &table->shared[intid];
}

static inline struct irq_detours *irq_detours(struct irq_table *table, struct irq_bank *bank, uint32_t intid)
{
	return intid < GIC_PRIVATE_COUNT ? &bank->detours[intid] : &table->detours[intid];
}

static inline uint64_t *irq_word(struct irq_table *table, struct irq_bank *bank, uint32_t intid)
{
	return &irq_slot(table, bank, intid)->word;
}

static inline enum irq_owner_kind irq_kind(uint64_t word)
{
	return (enum irq_owner_kind)FIELD_GET(IRQ_WORD_KIND, word);
}

static inline unsigned irq_vcpu(uint64_t word)
{
	return (unsigned)FIELD_GET(IRQ_WORD_VCPU, word);
}

static inline uint32_t irq_vintid(uint64_t word)
{
	return (uint32_t)FIELD_GET(IRQ_WORD_VINTID, word);
}

/* The tag of words that are ready for this vCPU. */
static inline uint64_t irq_tag(unsigned vcpu)
{
	return IRQ_WORD_READY | FIELD_PUT(IRQ_WORD_KIND, IRQ_GUEST) | FIELD_PUT(IRQ_WORD_VCPU, vcpu);
}

/*
 * Gives an interrupt that has no owner, or that moves, to a vCPU, spoiled. ERR_CONFLICT when it has an owner.
 */
MUST_USE enum err irq_give(uint64_t *word, unsigned vcpu, uint32_t vintid);
/*
 * Takes the owner away until the interrupt is given to its next owner: it is moving. `latched`: if it has
 * been acknowledged and goes back to the physical GIC, it must be pended again.
 */
void irq_take_away(uint64_t *word, bool latched);
MUST_USE enum err irq_give_hypervisor(uint64_t *word);

/*
 * Makes the word of a guest's interrupt ready, for `vcpu`, with `image` (vgic_lr_image(): no state); or
 * spoils it. The owner and the vINTID stay.
 */
void irq_make_ready(uint64_t *word, unsigned vcpu, uint64_t image);
void irq_spoil(uint64_t *word);

#endif
