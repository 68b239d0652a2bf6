/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the short ways: see flow/deliver/irq_short.c and flow/exits/exit_short.c. */
#ifndef FLOW_DELIVER_SHORT_H
#define FLOW_DELIVER_SHORT_H

#include "flow/box/system.h"
#include "machine/api/short.h"
#include "vgic/short.h"

/* The parts of a short way are always inlined, whatever a compiler would prefer. */
#define SHORT_PART static inline __attribute__((always_inline))

/* Lists an edge that comes now (vgic/short.h). False: nothing was done. */
SHORT_PART bool short_list_edge(struct vcpu *vcpu, struct vgic_bank *bank, uint32_t vintid)
{
	uint64_t empty = gic_short_lr_empty();
	unsigned n = bits_lowest(empty | BIT(GIC_SHORT_LR_COUNT));

	if (vcpu->irq_tag == IRQ_TAG_NEVER || n == GIC_SHORT_LR_COUNT ||
		!vgic_short_may_list(&vcpu->vm->vgic, &vcpu->vgic, bank, vintid, empty))
		return false;
	gic_short_lr_write(n, vgic_short_list(&vcpu->vgic, bank, vintid, n));
	return true;
}

#endif
