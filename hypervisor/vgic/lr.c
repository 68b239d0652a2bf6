/* SPDX-License-Identifier: Apache-2.0 */
#include "vgic/lr.h"

#include "base/atomic.h"

/* Enabled, with its group enabled at the distributor. */
static uint32_t eligible(const struct vgic *gic, const struct vgic_bank *bank)
{
	uint32_t groups = 0;

	if (gic->ctlr & GICD_CTLR_ENABLE_GRP0)
		groups |= ~bank->group1;
	if (gic->ctlr & GICD_CTLR_ENABLE_GRP1)
		groups |= bank->group1;
	return bank->enabled & groups;
}

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
	uint32_t want = waiting(bank) & eligible(gic, bank) & cpu->mine[b] & ~blocked(bank) & ~cpu->listed[b];
	uint32_t change = (want ^ cpu->pending.members[b]) & mask;

	for (; change; change &= change - 1) {
		unsigned i = bits_lowest(change);

		if (want >> i & 1)
			vgic_queue_add(&cpu->pending, bank->priority[i], b * 32 + i);
		else
			vgic_queue_remove(&cpu->pending, bank->priority[i], b * 32 + i);
	}
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

static void note_listed(struct vgic_cpu *cpu, struct vgic_bank *bank, uint32_t vintid, unsigned n)
{
	cpu->listed[vintid / 32] |= 1u << (vintid % 32);
	cpu->listed_banks |= 1u << (vintid / 32);
	bank->lr[vintid % 32] = (uint8_t)n;
}

/* The value that presents a waiting interrupt in list register `n`. */
static uint64_t list(struct vgic_cpu *cpu, struct vgic_bank *bank, uint32_t vintid, unsigned n,
					 struct vgic_lrs *lrs)
{
	uint32_t bit = 1u << (vintid % 32);

	bank->forced &= ~bit;
	if (bank->linked & bit) {
		bank->taken &= ~bit;
		if (!((bank->edge | bank->latched) & bit))
			lrs->lines |= 1u << n;
		return vgic_lr_image(bank, vintid) | LR_PENDING;
	}
	if (bank->pending & bit) {
		bank->latched |= ~bank->edge & bit;
		bank->pending &= ~bit;
	}
	note_listed(cpu, bank, vintid, n);
	return vgic_lr_image(bank, vintid) | LR_PENDING;
}

/* The value that puts the best active interrupt that is not listed into list register `n`. */
static uint64_t list_active(struct vgic *gic, struct vgic_cpu *cpu, unsigned n)
{
	uint32_t vintid = vgic_queue_take(&cpu->active);
	struct vgic_bank *bank = vgic_bank(gic, cpu, vintid / 32);
	uint32_t bit = 1u << (vintid % 32);
	uint64_t image = vgic_lr_image(bank, vintid) | LR_ACTIVE;

	bank->active &= ~bit;
	if (bank->linked & bit)
		return image;
	note_listed(cpu, bank, vintid, n);
	if (!(cpu->mine[vintid / 32] & bit) || bank->forced & bit)
		return image | LR_EOI; /* its new vCPU, and `forced`, must learn when it ends */
	if (bank->pending & eligible(gic, bank) & bit) {
		bank->latched |= ~bank->edge & bit;
		bank->pending &= ~bit;
		image |= LR_PENDING;
	}
	return image;
}

/* What waits but is routed elsewhere by now: tell its vCPU. */
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

/* Most of the time there is nothing: a load is cheaper than an exchange. */
static uint32_t drain(uint32_t *word)
{
	return atomic_load(word) ? atomic_swap(word, 0) : 0;
}

/*
 * An interrupt that was listed, and whose list register is empty, has been ended by the guest since. (One
 * that was level-sensitive asks for maintenance then, so a fold has seen it.) False when one of `mask` may be
 * listed still.
 */
static bool have_ended(struct vgic_cpu *cpu, const struct vgic_bank *bank, unsigned b, uint32_t mask,
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
		bank->forced &= ~(raised & bank->linked); /* what was acknowledged had ended */
		bank->pending |= raised & ~bank->linked;
		clear &= have_ended(cpu, bank, b, news, occupied);
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
	bank->active &= ~bit;
	bank->forced &= ~bit;
	bank->stray &= ~bit;
	if (bank->linked & bit)
		folded->deactivate[folded->deactivate_count++] = bank->intid[vintid % 32];
	vgic_update(gic, cpu, vintid / 32, bit);
	hand_over(gic, cpu, vintid / 32, bit, &folded->attend);
}

/* The best active one that the guest has acknowledged, and that is in no list register; or VGIC_NONE. */
static uint32_t best_running(struct vgic *gic, struct vgic_cpu *cpu)
{
	const struct vgic_queue *queue = &cpu->active;

	for (uint32_t levels = queue->levels; levels; levels &= levels - 1)
		for (uint32_t banks = queue->banks[bits_lowest(levels)]; banks; banks &= banks - 1) {
			unsigned b = bits_lowest(banks);
			uint32_t bits = queue->bits[bits_lowest(levels)][b] & ~vgic_bank(gic, cpu, b)->forced;

			if (bits)
				return b * 32 + bits_lowest(bits);
		}
	return VGIC_NONE;
}

void vgic_fold(struct vgic *gic, struct vgic_cpu *cpu, const struct vgic_lrs *lrs, unsigned eoi_count,
			   struct vgic_folded *folded)
{
	uint32_t banks = cpu->listed_banks | cpu->forced_banks, vintid;

	folded->deactivate_count = 0;
	folded->attend = 0;
	vgic_attend(gic, cpu, UINT32_MAX, &folded->attend); /* what may be listed is folded below */
	/* The guest ended the highest that were not listed. None: it ended what was not active. */
	for (unsigned i = 0; i < eoi_count && (vintid = best_running(gic, cpu)) != VGIC_NONE; i++)
		end_one(gic, cpu, vintid, folded);
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

/*
 * Takes out of the queue the best of the groups that the vCPU's interface has enabled, or if there is none
 * the best of all.
 */
static uint32_t take_best(struct vgic *gic, struct vgic_cpu *cpu, uint64_t vmcr)
{
	struct vgic_queue *queue = &cpu->pending;
	uint32_t group0 = vmcr & ICH_VMCR_VENG0 ? UINT32_MAX : 0, group1 = vmcr & ICH_VMCR_VENG1 ? UINT32_MAX : 0;

	if (group0 & group1)
		return vgic_queue_take(queue);
	for (uint32_t levels = queue->levels; levels; levels &= levels - 1)
		for (uint32_t banks = queue->banks[bits_lowest(levels)]; banks; banks &= banks - 1) {
			unsigned level = bits_lowest(levels), b = bits_lowest(banks);
			uint32_t is_group1 = vgic_bank(gic, cpu, b)->group1;
			uint32_t bits = queue->bits[level][b] & ((is_group1 & group1) | (~is_group1 & group0));

			if (!bits)
				continue;
			vgic_queue_clear(queue, level, b, bits & -bits);
			return b * 32 + bits_lowest(bits);
		}
	return vgic_queue_take(queue);
}

/*
 * What brings EL2 back, with so much not listed. ICC_EOIR of it counts; ICC_DIR traps, and says which: with
 * several vCPUs always, since it may name an SPI that is active on another one. Guests that do not split the
 * end of an interrupt (EOImode = 0) have no use for ICC_DIR.
 */
static uint32_t hcr_for(const struct vgic *gic, const struct vgic_cpu *cpu, uint64_t vmcr)
{
	uint32_t hcr = ICH_HCR_EN | (gic->vcpu_count > 1 ? ICH_HCR_TDIR : 0);

	if (cpu->pending.levels) {
		hcr |= ICH_HCR_NPIE;
		hcr |= vmcr & ICH_VMCR_VENG0 ? 0 : ICH_HCR_VGRP0EIE;
		hcr |= vmcr & ICH_VMCR_VENG1 ? 0 : ICH_HCR_VGRP1EIE;
		/* A group that is closed makes room for the other: only while that is open. */
		if ((vmcr & ICH_VMCR_VENG0) && (vmcr & ICH_VMCR_VENG1))
			hcr |= ICH_HCR_VGRP0DIE | ICH_HCR_VGRP1DIE;
	}
	if (cpu->active.levels)
		hcr |= ICH_HCR_TDIR | ICH_HCR_LRENPIE;
	return hcr;
}

static bool all_listed(const struct vgic_cpu *cpu)
{
	return !(cpu->hcr & (ICH_HCR_NPIE | ICH_HCR_LRENPIE));
}

/*
 * With pending ones left out, an interrupt that would become pending by the end of its handler must not: it
 * would keep NPIE away from better ones. It says when it ends instead.
 */
static void withhold_pending(struct vgic *gic, struct vgic_cpu *cpu, struct vgic_lrs *lrs)
{
	for (uint32_t left = lrs->given; left; left &= left - 1) {
		uint64_t *value = &lrs->value[bits_lowest(left)];
		uint32_t vintid = (uint32_t)FIELD_GET(LR_VINTID, *value);

		if (!(*value & LR_PENDING) || !(*value & LR_ACTIVE))
			continue;
		*value = (*value & ~LR_PENDING) | LR_EOI;
		vgic_bank(gic, cpu, vintid / 32)->pending |= 1u << (vintid % 32);
	}
}

static uint32_t forced_here(struct vgic *gic, struct vgic_cpu *cpu, unsigned b)
{
	const struct vgic_bank *bank = vgic_bank(gic, cpu, b);

	return bank->forced & (cpu->mine[b] | bank->stray);
}

bool vgic_is_simple(struct vgic *gic, struct vgic_cpu *cpu)
{
	for (uint32_t banks = cpu->forced_banks; banks; banks &= banks - 1)
		if (!forced_here(gic, cpu, bits_lowest(banks)))
			cpu->forced_banks &= ~(banks & -banks);
	return all_listed(cpu) && !cpu->forced_banks;
}

static uint32_t free_ones(const struct vgic_lrs *lrs)
{
	return (uint32_t)(BIT(lrs->count) - 1) & ~lrs->occupied;
}

static void give(struct vgic_lrs *lrs, unsigned n, uint64_t value)
{
	lrs->value[n] = value;
	lrs->occupied |= 1u << n;
	lrs->given |= 1u << n;
}

/* Pending ones into what is free: those that the interface signals first. */
static void list_waiting(struct vgic *gic, struct vgic_cpu *cpu, uint64_t vmcr, struct vgic_lrs *lrs)
{
	for (uint32_t free = free_ones(lrs); free && cpu->pending.levels; free &= free - 1) {
		uint32_t vintid = take_best(gic, cpu, vmcr);

		give(lrs, bits_lowest(free),
			 list(cpu, vgic_bank(gic, cpu, vintid / 32), vintid, bits_lowest(free), lrs));
	}
}

bool vgic_fits(const struct vgic_cpu *cpu, const struct vgic_lrs *lrs)
{
	uint32_t free = free_ones(lrs);
	unsigned left;

	for (left = cpu->pending.count; left && free; left--)
		free &= free - 1;
	return !left && all_listed(cpu);
}

void vgic_fill(struct vgic *gic, struct vgic_cpu *cpu, uint64_t vmcr, struct vgic_lrs *lrs)
{
	lrs->lines = 0;
	list_waiting(gic, cpu, vmcr, lrs);
	cpu->hcr = hcr_for(gic, cpu, vmcr);
}

bool vgic_place(struct vgic *gic, struct vgic_cpu *cpu, uint64_t vmcr, struct vgic_lrs *lrs)
{
	if (cpu->active.levels || (cpu->pending.levels && !free_ones(lrs)))
		return false;
	vgic_fill(gic, cpu, vmcr, lrs);
	return true;
}

void vgic_refill(struct vgic *gic, struct vgic_cpu *cpu, uint64_t vmcr, struct vgic_lrs *lrs)
{
	lrs->occupied = lrs->given = lrs->lines = 0;
	if (lrs->count > 1 && cpu->active.levels)
		give(lrs, 0, list_active(gic, cpu, 0));
	list_waiting(gic, cpu, vmcr, lrs);
	for (uint32_t free = free_ones(lrs); free && cpu->active.levels; free &= free - 1)
		give(lrs, bits_lowest(free), list_active(gic, cpu, bits_lowest(free)));
	if (cpu->pending.levels)
		withhold_pending(gic, cpu, lrs);
	cpu->hcr = hcr_for(gic, cpu, vmcr);
}
