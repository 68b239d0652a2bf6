/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses what list registers hold, from what the model knows. */
#include "vgic/choose.h"
#include "vgic/lr.h"

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

/* The value that puts an active interrupt that is in no list register into list register `n`. */
static uint64_t list_active(struct vgic *gic, struct vgic_cpu *cpu, uint32_t vintid, unsigned n)
{
	struct vgic_bank *bank = vgic_bank(gic, cpu, vintid / 32);
	uint32_t bit = 1u << (vintid % 32);
	uint64_t image = vgic_lr_image(bank, vintid) | LR_ACTIVE;

	vgic_queue_remove(&cpu->active, bank->priority[vintid % 32], vintid);
	bank->active &= ~bit;
	if (bank->linked & bit)
		return image;
	note_listed(cpu, bank, vintid, n);
	if (!(cpu->mine[vintid / 32] & bit) || bank->forced & bit)
		return image | LR_EOI; /* its new vCPU, and `forced`, must be told when it ends */
	if (bank->pending & vgic_eligible(gic, bank) & bit) {
		bank->latched |= ~bank->edge & bit;
		bank->pending &= ~bit;
		image |= LR_PENDING;
	}
	return image;
}

/*
 * All except those that stay in no list register until they end: if another VM ends the physical interrupt
 * (flow/deliver/mute.h), it comes again where it is routed, or has come already.
 */
static uint32_t listable(const struct vgic_bank *bank)
{
	return ~(bank->linked & (bank->stray | bank->taken));
}

/*
 * Takes out of the queue the best interrupt of the groups that the vCPU's interface has enabled, or if there
 * is none the best of all.
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
 * The reasons to come back to EL2, if some interrupts are not listed. ICC_EOIR of these counts; ICC_DIR
 * traps, and names the interrupt: with several vCPUs always, since it may name an SPI that is active on
 * another one. Guests that do not split the end of an interrupt (EOImode = 0) do not use ICC_DIR.
 */
static uint32_t hcr_for(const struct vgic *gic, const struct vgic_cpu *cpu, uint64_t vmcr)
{
	uint32_t hcr = ICH_HCR_EN | (gic->vcpu_count > 1 ? ICH_HCR_TDIR : 0);

	if (cpu->pending.levels) {
		hcr |= ICH_HCR_NPIE;
		hcr |= vmcr & ICH_VMCR_VENG0 ? 0 : ICH_HCR_VGRP0EIE;
		hcr |= vmcr & ICH_VMCR_VENG1 ? 0 : ICH_HCR_VGRP1EIE;
		/* Closing a group makes room for the other: only while the other is open. */
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
 * would prevent NPIE for better ones. Instead it asks for maintenance when it ends.
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

void vgic_forget_forced(struct vgic *gic, struct vgic_cpu *cpu)
{
	for (uint32_t banks = cpu->forced_banks; banks; banks &= banks - 1)
		if (!forced_here(gic, cpu, bits_lowest(banks)))
			cpu->forced_banks &= ~(banks & -banks);
}

bool vgic_is_simple(const struct vgic_cpu *cpu)
{
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

/* Puts pending interrupts into free list registers: those that the interface signals first. */
static void list_waiting(struct vgic *gic, struct vgic_cpu *cpu, uint64_t vmcr, struct vgic_lrs *lrs)
{
	for (uint32_t free = free_ones(lrs); free && cpu->pending.levels; free &= free - 1) {
		uint32_t vintid = take_best(gic, cpu, vmcr);

		give(lrs, bits_lowest(free),
			 list(cpu, vgic_bank(gic, cpu, vintid / 32), vintid, bits_lowest(free), lrs));
	}
}

/* Puts active interrupts into `free`, the best first. */
static void list_active_ones(struct vgic *gic, struct vgic_cpu *cpu, struct vgic_lrs *lrs, uint32_t free)
{
	for (uint32_t vintid; free && cpu->active.levels; free &= free - 1) {
		vintid = vgic_queue_best(&cpu->active);
		if (__builtin_expect(!(listable(vgic_bank(gic, cpu, vintid / 32)) >> (vintid % 32) & 1), 0))
			vintid = vgic_best_active(gic, cpu, listable);
		if (vintid == VGIC_NONE)
			return;
		give(lrs, bits_lowest(free), list_active(gic, cpu, vintid, bits_lowest(free)));
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
		list_active_ones(gic, cpu, lrs, 1);
	list_waiting(gic, cpu, vmcr, lrs);
	if (cpu->active.levels)
		list_active_ones(gic, cpu, lrs, free_ones(lrs));
	if (cpu->pending.levels)
		withhold_pending(gic, cpu, lrs);
	cpu->hcr = hcr_for(gic, cpu, vmcr);
}
