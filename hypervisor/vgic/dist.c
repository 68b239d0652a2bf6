/* SPDX-License-Identifier: Apache-2.0 */
/* The distributor (Arm IHI 0069, 12.9) of a GICv3 with one security state and affinity routing. */
#include "base/atomic.h"
#include "vgic/words.h"

#define PART_DISTRIBUTOR 0x92
#define GROUPS (GICD_CTLR_ENABLE_GRP0 | GICD_CTLR_ENABLE_GRP1)

uint32_t vgic_id_register(uint32_t offset, uint8_t part)
{
	/* PIDR4..7, PIDR0..3, CIDR0..3 as for Arm's GICs; PIDR2.ArchRev = 3. */
	static const uint8_t id[12] = {0x44, 0, 0, 0, 0, 0xb4, 0x3b, 0, 0x0d, 0xf0, 0x05, 0xb1};
	unsigned i = (offset - GIC_ID_REGISTERS) / 4;

	return i == 4 ? part : id[i];
}

/* Forwarding of a group changes what every vCPU may be shown. */
static void write_ctlr(struct vgic_op *op, uint32_t value)
{
	struct vgic *gic = op->gic;
	uint32_t everyone = (uint32_t)(BIT(gic->vcpu_count) - 1), found = everyone & ~op->held;

	value &= GROUPS;
	if (value == gic->ctlr)
		return;
	if (found && (!gic->direct || gic->translated_banks)) {
		op->effects->fold = found >> op->caller & 1;
		op->effects->hold = found & ~(1u << op->caller);
		return;
	}
	gic->ctlr = value;
	op->effects->relink_all = op->effects->reconsider = true;
	op->effects->attend = everyone;
	for (unsigned b = 0; b < gic->bank_count; b++)
		vgic_op_changed(op, b, UINT32_MAX);
}

static void access_head(struct vgic_op *op, uint32_t offset, struct vgic_access *access)
{
	uint32_t value = 0;

	if (access->size_bytes == 4 && access->write && offset == GICD_CTLR)
		write_ctlr(op, (uint32_t)access->value);
	if (access->write)
		return;
	if (offset == GICD_CTLR)
		value = op->gic->ctlr | GICD_CTLR_ARE | GICD_CTLR_DS;
	else if (offset == GICD_TYPER)
		value = op->gic->typer;
	access->value = access->size_bytes == 4 ? value : 0;
}

/* A route is stored as Aff3.Aff2.Aff1.Aff0 in one word; Interrupt_Routing_Mode is RES0 (GICD_TYPER.No1N). */
static uint32_t pack_affinity(uint64_t irouter)
{
	return (uint32_t)((irouter & BITS(23, 0)) | (irouter >> 8 & BITS(31, 24)));
}

static uint64_t unpack_affinity(uint32_t router)
{
	return (router & BITS(23, 0)) | (uint64_t)(router >> 24) << 32;
}

/* Moves the interrupt to the vCPU that its new route names; what is active stays where it is. */
static void write_route(struct vgic_op *op, uint32_t vintid, uint64_t irouter)
{
	struct vgic *gic = op->gic;
	unsigned b = vintid / 32;
	struct vgic_bank *bank = &gic->spi[b - 1];
	uint32_t bit = 1u << (vintid % 32), router = pack_affinity(irouter & GICD_IROUTER_AFFINITY);
	unsigned from = vgic_target(gic, vintid), to;

	if (router == gic->router[vintid] || !vgic_op_require_held(op, b, bit))
		return;
	vgic_op_dequeue(op, b, bit);
	atomic_store(&gic->router[vintid], router);
	/* Pairs with those in vgic.c: what was raised by the old route is found below, or finds the new route. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	to = vgic_target(gic, vintid);
	vgic_op_collect(op, b, bit);
	if (from < gic->vcpu_count)
		gic->cpu[from]->mine[b] &= ~bit;
	if (to < gic->vcpu_count) {
		gic->cpu[to]->mine[b] |= bit;
		gic->cpu[to]->forced_banks |= bank->forced & bit ? 1u << b : 0;
	}
	bank->stray &= ~bit;
	if (to == gic->vcpu_count || !vgic_queue_has(&gic->cpu[to]->active, vintid))
		bank->stray |= bank->active & bit;
	op->effects->bank = b;
	op->effects->reroute = bit & bank->linked;
	vgic_op_changed(op, b, bit);
}

static void access_route(struct vgic_op *op, uint32_t offset, struct vgic_access *access)
{
	uint32_t vintid = (offset - GICD_IROUTER) / 8;
	unsigned shift = offset & 4 ? 32 : 0;
	uint64_t irouter, part = access->size_bytes == 8 ? UINT64_MAX : BITS(31, 0);

	if (vintid < GIC_PRIVATE_COUNT || vintid >= op->gic->bank_count * 32 || !gic_is_interrupt(vintid) ||
		access->size_bytes < 4) {
		access->value = 0;
		return;
	}
	irouter = unpack_affinity(op->gic->router[vintid]);
	if (access->write)
		write_route(op, vintid, (irouter & ~(part << shift)) | (access->value & part) << shift);
	else
		access->value = irouter >> shift & part;
}

void vgic_dist_access(struct vgic *gic, unsigned vcpu, struct vgic_access *access,
					  struct vgic_effects *effects)
{
	struct vgic_op op = {.gic = gic, .caller = vcpu, .vcpu = vcpu, .held = access->held, .effects = effects};
	uint32_t offset = (uint32_t)access->offset;

	if (!is_aligned(offset, access->size_bytes)) {
		access->value = 0;
		return;
	}
	if (offset < GIC_IGROUPR)
		access_head(&op, offset, access);
	else if (offset < 0x1000)
		vgic_op_access(&op, offset, access);
	else if (offset >= GICD_IROUTER && offset < GICD_IROUTER + GIC_INTID_MAX * 8)
		access_route(&op, offset, access);
	else if (offset >= GIC_ID_REGISTERS && access->size_bytes == 4)
		access->value = vgic_id_register(offset, PART_DISTRIBUTOR);
	else
		access->value = 0;
}
