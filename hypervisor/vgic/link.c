/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the model's interrupts are linked: at boot, and when one moves. */
#include "vgic/words.h"

static uint32_t bit_of(uint32_t vintid)
{
	return 1u << (vintid % 32);
}

static struct vgic_bank *bank_of(struct vgic *gic, unsigned vcpu, uint32_t vintid)
{
	return vgic_bank(gic, gic->cpu[vcpu], vintid / 32);
}

static void set_wired(struct vgic_bank *bank, uint32_t bit, bool edge)
{
	bank->wired_edge = edge ? bank->wired_edge | bit : bank->wired_edge & ~bit;
	bank->edge = (bank->edge & ~bit) | (bank->wired_edge & bit);
}

void vgic_link(struct vgic *gic, unsigned vcpu, uint32_t vintid, uint32_t intid, bool edge)
{
	struct vgic_bank *bank = bank_of(gic, vcpu, vintid);

	bank->linked |= bit_of(vintid);
	bank->intid[vintid % 32] = (uint16_t)intid;
	set_wired(bank, bit_of(vintid), edge);
}

void vgic_expect(struct vgic *gic, uint32_t vintid, bool edge)
{
	set_wired(bank_of(gic, 0, vintid), bit_of(vintid), edge);
}

void vgic_reserve(struct vgic *gic, unsigned vcpu, uint32_t vintid, uint32_t intid)
{
	struct vgic_bank *bank = bank_of(gic, vcpu, vintid);

	if (intid == vintid) {
		bank->reserved |= bit_of(vintid);
	} else {
		bank->translated |= bit_of(vintid);
		gic->translated_banks |= 1u << vintid / 32;
	}
	bank->intid[vintid % 32] = (uint16_t)intid;
}

bool vgic_is_active(struct vgic *gic, uint32_t vintid)
{
	return bank_of(gic, 0, vintid)->active & bit_of(vintid);
}

bool vgic_leave(struct vgic *gic, uint32_t vintid, bool *known)
{
	struct vgic_bank *bank = bank_of(gic, 0, vintid);
	struct vgic_effects effects = {0};
	struct vgic_op op = {.gic = gic, .held = VGIC_ALL_HELD, .effects = &effects};
	uint32_t bit = bit_of(vintid), b = vintid / 32;
	bool pending;

	vgic_op_dequeue(&op, b, bit);
	vgic_op_collect(&op, b, bit);
	pending = (bank->taken & bit) && vgic_is_latched(gic, vintid);
	*known = (bank->taken | bank->active) & bit;
	bank->taken &= ~bit;
	bank->latched &= ~bit;
	bank->stray &= ~bit | bank->active; /* for a linked one it means nothing once the guest has ended it */
	bank->linked &= ~bit;
	return pending;
}

bool vgic_join(struct vgic *gic, uint32_t vintid, uint32_t intid, bool pending, bool latched)
{
	struct vgic_bank *bank = bank_of(gic, 0, vintid);
	struct vgic_effects effects = {0};
	struct vgic_op op = {.gic = gic, .held = VGIC_ALL_HELD, .effects = &effects};
	uint32_t bit = bit_of(vintid), b = vintid / 32;

	vgic_op_dequeue(&op, b, bit);
	vgic_op_collect(&op, b, bit);
	pending |= (bank->pending & bit) != 0;
	bank->pending &= ~bit;
	bank->latched = pending || latched ? bank->latched | (bit & ~bank->edge) : bank->latched & ~bit;
	bank->linked |= bit;
	bank->intid[vintid % 32] = (uint16_t)intid;
	return pending;
}
