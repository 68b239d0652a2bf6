/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the model that the short ways use (flow/deliver/irq_short.c, flow/exits/exit_short.c): inline,
 * without the lock, and only what needs no more than a few loads. Each function answers false when the
 * complete way is needed, and has changed nothing then.
 */
#ifndef VGIC_SHORT_H
#define VGIC_SHORT_H

#include "base/atomic.h"
#include "vgic/vgic.h"

/* GICD_IGROUPR, GICD_ISENABLER and GICD_ICENABLER, a word each, at `offset` within their 0x180 bytes. */
static inline uint64_t vgic_short_word(const struct vgic_bank *bank, uint32_t offset)
{
	return offset < GIC_ISENABLER - GIC_IGROUPR ? bank->group1 : bank->enabled;
}

/* Reads of 4 bytes that are one load, in the distributor and in the redistributors' region. */
static inline bool vgic_short_dist_read(const struct vgic *gic, uint32_t offset, uint64_t *value)
{
	uint32_t word = offset - GIC_IGROUPR, b = (offset & 0x7f) / 4;

	if (offset == GICD_TYPER) {
		*value = gic->typer;
		return true;
	}
	/* Bank 0 is reserved in the distributor, and the last one has INTIDs that do not exist. */
	if (word >= GIC_ISPENDR - GIC_IGROUPR || offset & 3 || b == 0 || b >= gic->bank_count ||
		b == GIC_INTID_MAX / 32)
		return false;
	*value = vgic_short_word(&gic->spi[b - 1], word);
	return true;
}

static inline bool vgic_short_redist_read(const struct vgic *gic, uint32_t offset, uint64_t *value)
{
	uint32_t owner = offset / GICR_FRAMES_BYTES, frame = offset % GICR_FRAMES_BYTES;
	uint32_t word = frame - GICR_SGI_BASE - GIC_IGROUPR;

	if (owner >= gic->vcpu_count || word >= GIC_ISPENDR - GIC_IGROUPR || (word & 0x7f))
		return false;
	*value = vgic_short_word(&gic->cpu[owner]->private, word);
	return true;
}

/* GICR_TYPER, the only register of 8 bytes that is read often. */
static inline bool vgic_short_redist_typer(const struct vgic *gic, uint32_t offset, uint64_t *value)
{
	uint32_t owner = offset / GICR_FRAMES_BYTES;

	if (owner >= gic->vcpu_count || offset % GICR_FRAMES_BYTES != GICR_TYPER)
		return false;
	*value = vgic_redist_typer(gic, owner);
	return true;
}

/* A private interrupt of another vCPU becomes pending: vgic_raise_at(). Its pCPU must then be notified. */
static inline void vgic_short_raise(struct vgic_cpu *cpu, uint32_t vintid)
{
	atomic_or(&cpu->raised[0], 1u << vintid);
	atomic_or(&cpu->attend, 1u); /* release: pairs with vgic_attend() and vgic_short_news() */
}

/*
 * A notification came: if it is about one private interrupt that was raised, gives its number; VGIC_NONE if
 * nothing is left to do. False: there is more. The interrupt stays raised until the caller has listed it;
 * `attend` does not.
 */
static inline bool vgic_short_news(struct vgic_cpu *cpu, uint32_t *vintid)
{
	uint32_t attend = atomic_load(&cpu->attend), raised;

	*vintid = VGIC_NONE;
	if (attend == 0)
		return true;
	if (attend != 1 || !atomic_replace(&cpu->attend, &attend, 0))
		return false;
	raised = atomic_load(&cpu->raised[0]);
	if (raised && !(raised & (raised - 1)) && !atomic_load(&cpu->review[0])) {
		*vintid = bits_lowest(raised);
		return true;
	}
	atomic_or(&cpu->attend, 1u);
	return false;
}

/*
 * An edge of a software interrupt of this bank comes now, on the vCPU's own pCPU, while its list registers
 * hold all that is pending or active (by vcpu->irq_tag): may it be listed? It needs no latch, and only words
 * of this vCPU in the model change, so the lock is not needed: a pCPU that changes what is read here holds
 * the vCPU first, unless the interrupt was never used, and then it is neither enabled nor listed. `empty`:
 * list registers that hold nothing.
 */
static inline bool vgic_short_may_list(const struct vgic *gic, const struct vgic_cpu *cpu,
									   const struct vgic_bank *bank, uint32_t vintid, uint64_t empty)
{
	unsigned i = vintid % 32, group = bank->group1 >> i & 1;
	uint32_t able = bank->edge & bank->enabled & cpu->mine[vintid / 32];
	uint32_t not = bank->linked | bank->pending | bank->active | bank->stray;

	_Static_assert(GICD_CTLR_ENABLE_GRP0 == 1 << 0 && GICD_CTLR_ENABLE_GRP1 == 1 << 1,
				   "a bit for each group");
	if (!((able & ~not ) >> i & 1) || !(gic->ctlr >> group & 1))
		return false;
	/* If its list register is empty, the guest has ended it since. */
	return !(cpu->listed[vintid / 32] >> i & 1) || (empty >> bank->lr[i] & 1);
}

/* Lists it: returns the value for list register `n`. */
static inline uint64_t vgic_short_list(struct vgic_cpu *cpu, struct vgic_bank *bank, uint32_t vintid,
									   unsigned n)
{
	unsigned i = vintid % 32;

	cpu->listed[vintid / 32] |= 1u << i;
	cpu->listed_banks |= 1u << vintid / 32;
	bank->lr[i] = (uint8_t)n;
	return LR_PENDING | FIELD_PUT(LR_GROUP, bank->group1 >> i & 1) |
		   FIELD_PUT(LR_PRIORITY, bank->priority[i]) | vintid;
}

#endif
