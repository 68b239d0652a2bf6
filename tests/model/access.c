/* SPDX-License-Identifier: Apache-2.0 */
#include "access.h"

#include "flow/exits/handler.h"
#include "flow/run/run.h"
#include "stubs.h"
#include "vm/layout.h"

static unsigned frame_of(const struct world_irq *irq, unsigned vcpu)
{
	return irq->vintid < GIC_PRIVATE_COUNT ? world_vcpu(irq->vcpu)->index : world_vcpu(vcpu)->index;
}

/* One access of 4 bytes (8 to IROUTER): through the exit that a load or store of the guest makes. */
static uint64_t access_gic(unsigned vcpu, const struct world_irq *irq, uint32_t offset, int64_t stored)
{
	struct vcpu *self = world_vcpu(vcpu);
	uint64_t ipa = GUEST_GICD_BASE + offset, esr;

	if (irq && irq->vintid < GIC_PRIVATE_COUNT)
		ipa = GUEST_GICR_BASE + frame_of(irq, vcpu) * GUEST_GICR_STRIDE + GICR_SGI_BASE + offset;
	esr = FIELD_PUT(ESR_EC, EC_DATA_ABORT) | ESR_IL | ESR_ISV |
		  FIELD_PUT(ESR_SAS, offset >= GICD_IROUTER ? 3 : 2) | ESR_SF | (stored >= 0 ? ESR_WNR : 0) | 7;
	stubs_set_syndrome(ipa & (PAGE_SIZE - 1), ipa >> 12 << 4);
	self->frame.x[0] = (uint64_t)stored;
	if (!stubs_access(self, esr, &world.guest[vcpu].at_el2))
		fault("an access to the GIC is refused");
	return self->frame.x[0];
}

void world_write_bit(unsigned vcpu, const struct world_irq *irq, uint32_t offset)
{
	access_gic(vcpu, irq, offset + irq->vintid / 32 * 4, 1ll << (irq->vintid % 32));
}

bool world_read_bit(unsigned vcpu, const struct world_irq *irq, uint32_t offset)
{
	return access_gic(vcpu, irq, offset + irq->vintid / 32 * 4, -1) >> (irq->vintid % 32) & 1;
}

static uint32_t read_word(unsigned vcpu, const struct world_irq *irq, uint32_t offset)
{
	return (uint32_t)access_gic(vcpu, irq, offset, -1);
}

static void change_word(unsigned vcpu, const struct world_irq *irq, uint32_t offset, uint32_t change)
{
	uint32_t old = read_word(vcpu, irq, offset);

	access_gic(vcpu, irq, offset, old ^ change);
}

void world_set_priority(unsigned vcpu, const struct world_irq *irq, uint8_t priority)
{
	uint32_t offset = GIC_IPRIORITYR + (irq->vintid & ~3u), shift = irq->vintid % 4 * 8;
	uint32_t old = read_word(vcpu, irq, offset);

	access_gic(vcpu, irq, offset, (old & ~(0xffu << shift)) | (uint32_t)priority << shift);
}

void world_set_group(unsigned vcpu, const struct world_irq *irq, bool group1)
{
	uint32_t offset = GIC_IGROUPR + irq->vintid / 32 * 4, old = read_word(vcpu, irq, offset);

	if ((old >> (irq->vintid % 32) & 1) != group1)
		access_gic(vcpu, irq, offset, old ^ 1u << (irq->vintid % 32));
}

void world_change_trigger(unsigned vcpu, const struct world_irq *irq)
{
	change_word(vcpu, irq, GIC_ICFGR + irq->vintid / 16 * 4, 2u << (irq->vintid % 16 * 2));
}

void world_set_route(unsigned vcpu, const struct world_irq *irq, unsigned to)
{
	access_gic(vcpu, irq, GICD_IROUTER + irq->vintid * 8u, to);
}

void world_write_forward(unsigned vcpu, uint32_t groups)
{
	access_gic(vcpu, NULL, GICD_CTLR, groups);
}
