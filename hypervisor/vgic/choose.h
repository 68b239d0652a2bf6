/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the fold (lr.c) and the choice of what is listed (choose.c). The VM's vgic lock is held. */
#ifndef VGIC_CHOOSE_H
#define VGIC_CHOOSE_H

#include "vgic/vgic.h"

/* Enabled, with its group enabled at the distributor. */
static inline uint32_t vgic_eligible(const struct vgic *gic, const struct vgic_bank *bank)
{
	uint32_t groups = 0;

	if (gic->ctlr & GICD_CTLR_ENABLE_GRP0)
		groups |= ~bank->group1;
	if (gic->ctlr & GICD_CTLR_ENABLE_GRP1)
		groups |= bank->group1;
	return bank->enabled & groups;
}

/* The best active interrupt that is in no list register, among those that `which` names; or VGIC_NONE. */
static inline uint32_t vgic_best_active(struct vgic *gic, struct vgic_cpu *cpu,
										uint32_t (*which)(const struct vgic_bank *bank))
{
	const struct vgic_queue *queue = &cpu->active;

	for (uint32_t levels = queue->levels; levels; levels &= levels - 1)
		for (uint32_t banks = queue->banks[bits_lowest(levels)]; banks; banks &= banks - 1) {
			unsigned b = bits_lowest(banks);
			uint32_t bits = queue->bits[bits_lowest(levels)][b] & which(vgic_bank(gic, cpu, b));

			if (bits)
				return b * 32 + bits_lowest(bits);
		}
	return VGIC_NONE;
}

#endif
