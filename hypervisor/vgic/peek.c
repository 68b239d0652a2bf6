/* SPDX-License-Identifier: Apache-2.0 */
/* Reads that are one load: configuration, which needs neither the lock nor a look at list registers. */
#include "vgic/vgic.h"

/* GICD_IGROUPR, GICD_ISENABLER and GICD_ICENABLER, a word each, at `offset` within their 0x180 bytes. */
static inline bool peek_word(const struct vgic_bank *bank, uint32_t offset, uint64_t *value)
{
	*value = offset < GIC_ISENABLER - GIC_IGROUPR ? bank->group1 : bank->enabled;
	return true;
}

bool vgic_dist_peek(const struct vgic *gic, uint32_t offset, unsigned size_bytes, uint64_t *value)
{
	uint32_t word = offset - GIC_IGROUPR, b = (offset & 0x7f) / 4;

	if (size_bytes != 4 || (offset & 3))
		return false;
	if (offset == GICD_TYPER) {
		*value = vgic_dist_typer(gic);
		return true;
	}
	/* Bank 0 is reserved in the distributor, and the last one has INTIDs that are none. */
	if (word >= GIC_ISPENDR - GIC_IGROUPR || b == 0 || b >= gic->bank_count || b == VGIC_INTID_MAX / 32)
		return false;
	return peek_word(&gic->spi[b - 1], word, value);
}

bool vgic_redist_peek(const struct vgic *gic, uint32_t offset, unsigned size_bytes, uint64_t *value)
{
	uint32_t owner = offset / VGIC_REDIST_STRIDE, frame = offset % VGIC_REDIST_STRIDE;
	uint32_t word = frame - GICR_SGI_FRAME - GIC_IGROUPR;

	if (owner >= gic->vcpu_count)
		return false;
	if (frame == GICR_TYPER && size_bytes == 8) {
		*value = vgic_redist_typer(gic, owner);
		return true;
	}
	if (size_bytes != 4 || word >= GIC_ISPENDR - GIC_IGROUPR || (word & 0x7f))
		return false;
	return peek_word(&gic->cpu[owner]->private, word, value);
}
