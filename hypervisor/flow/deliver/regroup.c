/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/regroup.h"

#include "flow/deliver/effects.h"
#include "flow/deliver/link.h"
#include "flow/deliver/sample.h"

/* The interrupts of a bank, and a mask of these. */
struct part {
	struct vm *vm;
	struct vgic_bank *bank;
	unsigned owner, b, pcpu;
};

/* In both numberings a bank's bit is the same, but for those that are translated: they go one by one. */
static inline uint32_t words_of(const struct part *part, uint32_t mask)
{
	return mask & ~part->bank->translated;
}

static inline void for_each_single(const struct part *part, uint32_t mask,
								   void (*act)(const struct link *link))
{
	link_for_each(part->vm, part->owner, part->b, mask & part->bank->translated, act);
}

static void disable_single(const struct link *link)
{
	effects_set_enabled(link, false);
}

static void enable_single(const struct link *link)
{
	effects_set_enabled(link, true);
}

static void to_group1(const struct link *link)
{
	gic_set_group1(link_pcpu(link), link->intid, true);
	gic_set_priority(link_pcpu(link), link->intid,
					 irq_direct_priority(link->bank->priority[link->vintid % 32]));
}

static void to_group0(const struct link *link)
{
	gic_set_group1(link_pcpu(link), link->intid, false);
	gic_set_priority(link_pcpu(link), link->intid, GIC_PRIORITY_GUEST);
}

static void disable(const struct part *part, uint32_t mask)
{
	uint32_t words = words_of(part, mask);

	for_each_single(part, mask, disable_single);
	if (words && gic_disable_many(part->pcpu, part->b, words) != OK)
		link_say_no_answer(part->vm, part->b * 32 + bits_lowest(words));
}

static void enable(const struct part *part, uint32_t mask)
{
	uint32_t words = words_of(part, mask);

	if (words)
		gic_enable_many(part->pcpu, part->b, words);
	for_each_single(part, mask, enable_single);
}

static void unpend(const struct part *part, uint32_t mask)
{
	uint32_t words = words_of(part, mask);

	if (words)
		gic_unpend_many(part->pcpu, part->b, words);
	for_each_single(part, mask, link_unpend);
}

/* Group and priority. */
static void classify(const struct part *part, uint32_t mask, bool direct)
{
	uint32_t words = words_of(part, mask);

	if (words)
		gic_set_group1_many(part->pcpu, part->b, words, direct);
	for (; words; words &= words - 1) {
		unsigned n = bits_lowest(words);

		gic_set_priority(part->pcpu, part->b * 32 + n,
						 direct ? irq_direct_priority(part->bank->priority[n]) : GIC_PRIORITY_GUEST);
	}
	for_each_single(part, mask, direct ? to_group1 : to_group0);
}

static void set_place(const struct link *link)
{
	gic_set_edge(link_pcpu(link), link->intid, link->bank->edge >> (link->vintid % 32) & 1);
	if (link->target < link->vm->vcpu_count)
		gic_route(link->intid, link_pcpu(link));
}

static uint32_t routed(const struct vgic *gic, unsigned b)
{
	uint32_t found = 0;

	for (unsigned v = 0; v < gic->vcpu_count; v++)
		found |= gic->cpu[v]->mine[b];
	return found;
}

/* The distributor has the guest's settings from now on. */
static void bank_to_direct(const struct part *part)
{
	struct vm *vm = part->vm;
	struct vgic_bank *bank = part->bank;
	unsigned owner = part->owner, b = part->b;
	struct vgic_effects effects;

	disable(part, bank->linked & bank->enabled);
	link_for_each(vm, owner, b, bank->linked & bank->enabled, link_spoil);
	vgic_bank_to_direct(&vm->vgic, owner, b, &effects);
	/* First: a trigger that changes while it is pending leaves that open (IHI 0069 GICD_ICFGR). */
	link_for_each(vm, owner, b, vgic_borrowed(bank) & (b ? UINT32_MAX : bank->translated), set_place);
	link_for_each(vm, owner, b, effects.deactivate, effects_deactivate);
	link_for_each(vm, owner, b, effects.pend, link_pend);
	classify(part, bank->linked, true);
	if (vm->vgic.ctlr & GICD_CTLR_ENABLE_GRP1)
		enable(part, bank->linked & bank->enabled & ~bank->stray & bank->group1 & routed(&vm->vgic, b));
}

static void bank_to_virtual(const struct part *part)
{
	struct vm *vm = part->vm;
	struct vgic_bank *bank = part->bank;
	unsigned owner = part->owner, b = part->b;
	uint32_t linked = bank->linked, pending;
	struct vgic_effects effects;

	disable(part, linked & bank->enabled);
	pending = sample_pending(vm, owner, b, vgic_borrowed(bank));
	vgic_bank_to_virtual(&vm->vgic, owner, b, pending, &effects);
	unpend(part, effects.unpend);
	classify(part, linked, false);
	effects_relink(vm, owner, b, bank->linked & bank->enabled);
	if (b || !vcpu_is_parked(vm->vcpu[owner])) /* those are quiesced for good */
		enable(part, bank->linked & bank->enabled);
}

/* A bank of which nothing is used stays as it is. */
static void for_each_bank(struct vm *vm, void (*act)(const struct part *part))
{
	unsigned private = vm->vcpu_count;

	for (unsigned n = 0; n < private + vm->vgic.bank_count - 1; n++) {
		unsigned owner = n < private ? n : 0, b = n < private ? 0 : n - private + 1;
		struct vgic_bank *bank = vgic_bank(&vm->vgic, &vm->vcpu[owner]->vgic, b);

		if (bank->linked | vgic_borrowed(bank) | bank->used)
			act(&(struct part){vm, bank, owner, b, vm->vcpu[owner]->pcpu});
	}
}

void regroup_all(struct vm *vm, bool direct)
{
	if (!direct)
		vgic_set_direct(&vm->vgic, false);
	for_each_bank(vm, direct ? bank_to_direct : bank_to_virtual);
	if (direct)
		vgic_set_direct(&vm->vgic, true);
}

/* Of those that the VM has by software alone, nothing stays active physically. */
static void take_active(const struct part *part)
{
	uint32_t active = sample_active(part->vm, part->owner, part->b, part->bank->linked);

	vgic_take_active(&part->vm->vgic, part->owner, part->b, active);
	link_for_each(part->vm, part->owner, part->b, active & vgic_borrowed(part->bank), effects_deactivate);
}

void regroup_take_active(struct vm *vm)
{
	for_each_bank(vm, take_active);
}
