/* SPDX-License-Identifier: Apache-2.0 */
#include "vgic/lr.h"

#include "base/atomic.h"
#include "vgic/choose.h"

static uint32_t waiting(const struct vgic_bank *bank)
{
	return bank->pending | bank->taken | (bank->line & ~bank->edge);
}

/* Active somewhere: a stray software interrupt perhaps in a list register of another vCPU. */
static uint32_t blocked(const struct vgic_bank *bank)
{
	return bank->active | (bank->stray & ~bank->linked);
}

void vgic_update(struct vgic *gic, struct vgic_cpu *cpu, unsigned b, uint32_t mask)
{
	struct vgic_bank *bank = vgic_bank(gic, cpu, b);
	uint32_t want =
		waiting(bank) & vgic_eligible(gic, bank) & cpu->mine[b] & ~blocked(bank) & ~cpu->listed[b];
	uint32_t queued = cpu->pending.members[b];

	vgic_queue_add_many(&cpu->pending, bank->priority, b, want & ~queued & mask);
	for (uint32_t gone = queued & ~want & mask; gone; gone &= gone - 1)
		vgic_queue_remove(&cpu->pending, bank->priority[bits_lowest(gone)], b * 32 + bits_lowest(gone));
}

uint64_t vgic_lr_image(const struct vgic_bank *bank, uint32_t vintid)
{
	unsigned i = vintid % 32;
	uint64_t image = vintid | FIELD_PUT(LR_PRIORITY, bank->priority[i]);

	if (bank->group1 >> i & 1)
		image |= LR_GROUP;
	if (bank->linked >> i & 1)
		image |= LR_HW | FIELD_PUT(LR_PINTID, bank->intid[i]);
	else if (!(bank->edge >> i & 1))
		image |= LR_EOI; /* the line is sampled again when the guest ends it */
	return image;
}

/* An interrupt that waits but is routed elsewhere by now: its new vCPU is told. */
static void hand_over(struct vgic *gic, struct vgic_cpu *cpu, unsigned b, uint32_t mask, uint32_t *attend)
{
	for (mask &= waiting(vgic_bank(gic, cpu, b)) & ~cpu->mine[b]; mask; mask &= mask - 1) {
		unsigned target = vgic_target(gic, b * 32 + bits_lowest(mask));

		if (target == gic->vcpu_count)
			continue;
		atomic_or(&gic->cpu[target]->review[b], mask & -mask);
		atomic_or(&gic->cpu[target]->attend, 1u << b);
		*attend |= 1u << target;
	}
}

/* Mostly the word is 0: a load is cheaper than an exchange. */
static uint32_t drain(uint32_t *word)
{
	return atomic_load(word) ? atomic_swap(word, 0) : 0;
}

/*
 * An interrupt that was listed, and whose list register is empty, has been ended by the guest since. (One
 * that was level-sensitive asks for maintenance then, so a fold has seen it.) It is no longer in `listed`
 * then. False when one of `mask` may be listed still.
 */
static bool forget_ended(struct vgic_cpu *cpu, const struct vgic_bank *bank, unsigned b, uint32_t mask,
						 uint32_t occupied)
{
	uint32_t listed = cpu->listed[b] & mask, left = 0;

	for (uint32_t each = occupied ? listed : 0; each; each &= each - 1)
		if (occupied >> bank->lr[bits_lowest(each)] & 1)
			left |= each & -each;
	cpu->listed[b] &= ~(listed & ~left);
	return !left;
}

bool vgic_attend(struct vgic *gic, struct vgic_cpu *cpu, uint32_t occupied, uint32_t *elsewhere)
{
	/* Acquire: pairs with the release in notify(), which follows the bits it announces. */
	uint32_t banks = drain(&cpu->attend);
	bool clear = true;

	for (; banks; banks &= banks - 1) {
		unsigned b = bits_lowest(banks);
		struct vgic_bank *bank = vgic_bank(gic, cpu, b);
		uint32_t raised = drain(&cpu->raised[b]);
		uint32_t news = drain(&cpu->review[b]) | raised;

		bank->taken |= raised & bank->linked;
		bank->forced &= ~(raised & bank->linked); /* the one that was acknowledged had ended */
		bank->pending |= raised & ~bank->linked;
		clear &= forget_ended(cpu, bank, b, news, occupied);
		vgic_update(gic, cpu, b, news);
		hand_over(gic, cpu, b, news, elsewhere);
	}
	return clear;
}

static void fold_one(struct vgic *gic, struct vgic_cpu *cpu, uint64_t value)
{
	uint32_t vintid = (uint32_t)FIELD_GET(LR_VINTID, value);
	struct vgic_bank *bank = vgic_bank(gic, cpu, vintid / 32);
	uint32_t bit = 1u << (vintid % 32);

	if (value & LR_ACTIVE) {
		bank->active |= bit;
		vgic_queue_add(&cpu->active, bank->priority[vintid % 32], vintid);
	}
	if (!(value & LR_PENDING))
		return;
	if (value & LR_HW)
		bank->taken |= bit;
	else
		bank->pending |= bit & (bank->edge | bank->latched);
}

/* An active interrupt that is in no list register ends. */
static void end_one(struct vgic *gic, struct vgic_cpu *cpu, uint32_t vintid, struct vgic_folded *folded)
{
	struct vgic_bank *bank = vgic_bank(gic, cpu, vintid / 32);
	uint32_t bit = 1u << (vintid % 32);

	vgic_queue_remove(&cpu->active, bank->priority[vintid % 32], vintid);
	if (bank->linked & bank->stray & bit)
		folded->relink_banks |= 1u << vintid / 32;
	bank->active &= ~bit;
	bank->forced &= ~bit;
	bank->stray &= ~bit;
	if (bank->linked & ~bank->taken & bit) /* one that was taken meanwhile is another one */
		folded->deactivate[folded->deactivate_count++] = bank->intid[vintid % 32];
	vgic_update(gic, cpu, vintid / 32, bit);
	hand_over(gic, cpu, vintid / 32, bit, &folded->attend);
}

static uint32_t acknowledged(const struct vgic_bank *bank)
{
	return ~bank->forced;
}

/* Among those that the guest had acknowledged. If there is none, the guest ended what was not active. */
static void end_best(struct vgic *gic, struct vgic_cpu *cpu, struct vgic_folded *folded)
{
	uint32_t vintid = vgic_best_active(gic, cpu, acknowledged);

	if (vintid != VGIC_NONE)
		end_one(gic, cpu, vintid, folded);
}

void vgic_fold(struct vgic *gic, struct vgic_cpu *cpu, const struct vgic_lrs *lrs, unsigned eoi_count,
			   struct vgic_folded *folded)
{
	uint32_t banks = cpu->listed_banks | cpu->forced_banks, vintid;

	folded->deactivate_count = 0;
	folded->attend = folded->relink_banks = 0;
	vgic_attend(gic, cpu, UINT32_MAX, &folded->attend); /* what may be listed is folded below */
	/* The guest ended the highest of those that were not listed. */
	for (unsigned i = 0; i < eoi_count; i++)
		end_best(gic, cpu, folded);
	for (uint32_t occupied = lrs->occupied; occupied; occupied &= occupied - 1) {
		vintid = (uint32_t)FIELD_GET(LR_VINTID, lrs->value[bits_lowest(occupied)]);

		fold_one(gic, cpu, lrs->value[bits_lowest(occupied)]);
		banks |= 1u << vintid / 32;
		cpu->listed[vintid / 32] |= 1u << (vintid % 32);
	}
	for (; banks; banks &= banks - 1) {
		unsigned b = bits_lowest(banks);
		struct vgic_bank *bank = vgic_bank(gic, cpu, b);
		uint32_t listed = cpu->listed[b];

		cpu->listed[b] = 0;
		bank->forced &= bank->active | bank->stray | ~(listed | cpu->mine[b]);
		bank->latched &= ~(listed & ~bank->linked);
		bank->stray &= ~(listed & ~bank->linked & ~bank->active);
		vgic_update(gic, cpu, b, UINT32_MAX);
		hand_over(gic, cpu, b, listed, &folded->attend);
	}
	cpu->listed_banks = 0;
}
