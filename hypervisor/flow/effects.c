/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/effects.h"

#include "base/log.h"
#include "flow/irq.h"
#include "vgic/lr.h"

/* A linked interrupt of a VM, as its model and the machine know it. */
struct link {
	struct vm *vm;
	struct vgic_bank *bank;
	uint32_t vintid;
	uint32_t intid;
	unsigned target; /* vCPU in the VM; vcpu_count: none */
};

static struct link link_of(struct vm *vm, unsigned owner, uint32_t vintid)
{
	struct vgic_bank *bank = vgic_bank(&vm->vgic, &vm->vcpu[owner]->vgic, vintid / 32);

	return (struct link){
		.vm = vm,
		.bank = bank,
		.vintid = vintid,
		.intid = bank->intid[vintid % 32],
		.target = vintid < VGIC_PRIVATE_COUNT ? owner : vgic_target(&vm->vgic, vintid),
	};
}

static unsigned pcpu_of(const struct link *link)
{
	return link->target < link->vm->vcpu_count ? link->vm->vcpu[link->target]->pcpu : pcpu_this();
}

static bool is_forwarded(const struct link *link)
{
	bool group1 = link->bank->group1 >> (link->vintid % 32) & 1;

	return (link->bank->enabled >> (link->vintid % 32) & 1) &&
		   (link->vm->vgic.ctlr & (group1 ? GICD_CTLR_ENABLE_GRP1 : GICD_CTLR_ENABLE_GRP0));
}

/* The owner's word follows the model. */
static void relink(const struct link *link)
{
	uint64_t *word = irq_word(&box.irqs, pcpu_of(link), link->intid);

	if (link->target < link->vm->vcpu_count && is_forwarded(link))
		irq_make_ready(word, link->vm->vcpu[link->target]->number, vgic_lr_image(link->bank, link->vintid));
	else
		irq_spoil(word);
}

static void disable(const struct link *link)
{
	relink(link);
	if (gic_disable(pcpu_of(link), link->intid) != OK)
		log_error("[%s] the distributor does not confirm that interrupt %u is disabled",
				  link->vm->config->name, link->intid);
}

static void enable(const struct link *link)
{
	relink(link);
	gic_enable(pcpu_of(link), link->intid);
}

/* Route and trigger of the physical interrupt change only while it is disabled. */
static void reroute(const struct link *link)
{
	disable(link);
	if (link->target < link->vm->vcpu_count)
		gic_route(link->intid, pcpu_of(link));
	if (link->bank->enabled >> (link->vintid % 32) & 1)
		enable(link);
}

static void retrigger(const struct link *link)
{
	disable(link);
	gic_set_edge(pcpu_of(link), link->intid, link->bank->edge >> (link->vintid % 32) & 1);
	if (link->bank->enabled >> (link->vintid % 32) & 1)
		enable(link);
}

void effects_adopt(struct vm *vm, uint32_t vintid)
{
	struct link link = link_of(vm, 0, vintid);

	gic_set_edge(pcpu_of(&link), link.intid, link.bank->edge >> (vintid % 32) & 1);
	gic_route(link.intid, link.target < vm->vcpu_count ? vm->vcpu[link.target]->pcpu : vm->vcpu[0]->pcpu);
	relink(&link);
	if (link.bank->enabled >> (vintid % 32) & 1)
		gic_enable(0, link.intid);
}

static void pend(const struct link *link)
{
	gic_pend(pcpu_of(link), link->intid);
}

static void unpend(const struct link *link)
{
	gic_unpend(pcpu_of(link), link->intid);
}

static void activate(const struct link *link)
{
	gic_activate(pcpu_of(link), link->intid);
}

static void deactivate(const struct link *link)
{
	gic_clear_active(pcpu_of(link), link->intid);
}

static void for_each(struct vcpu *vcpu, const struct vgic_effects *effects, uint32_t mask,
					 void (*act)(const struct link *link))
{
	for (; mask; mask &= mask - 1) {
		struct link link = link_of(vcpu->vm, effects->vcpu, effects->bank * 32 + bits_lowest(mask));

		act(&link);
	}
}

static void relink_bank(struct vm *vm, unsigned owner, unsigned bank)
{
	uint32_t linked = vgic_bank(&vm->vgic, &vm->vcpu[owner]->vgic, bank)->linked;

	for (; linked; linked &= linked - 1) {
		struct link link = link_of(vm, owner, bank * 32 + bits_lowest(linked));

		relink(&link);
	}
}

static void relink_all(struct vm *vm)
{
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		relink_bank(vm, v, 0);
	for (unsigned b = 1; b < vm->vgic.bank_count; b++)
		relink_bank(vm, 0, b);
}

static void act_on_linked(struct vcpu *vcpu, const struct vgic_effects *effects)
{
	for_each(vcpu, effects, effects->disable, disable);
	for_each(vcpu, effects, effects->relink, relink);
	for_each(vcpu, effects, effects->reroute, reroute);
	for_each(vcpu, effects, effects->retrigger, retrigger);
	for_each(vcpu, effects, effects->pend, pend);
	for_each(vcpu, effects, effects->unpend, unpend);
	for_each(vcpu, effects, effects->activate, activate);
	for_each(vcpu, effects, effects->deactivate, deactivate);
	for_each(vcpu, effects, effects->enable, enable);
}

void effects_perform(struct vcpu *vcpu, const struct vgic_effects *effects)
{
	if (effects->enable | effects->disable | effects->relink | effects->reroute | effects->retrigger |
		effects->pend | effects->unpend | effects->activate | effects->deactivate)
		act_on_linked(vcpu, effects);
	if (effects->relink_all)
		relink_all(vcpu->vm);
	irq_notify(vcpu->vm, effects->attend, vcpu);
}

uint32_t effects_pending(struct vcpu *vcpu, unsigned bank, unsigned owner, uint32_t mask)
{
	uint32_t pending = 0;

	for (; mask; mask &= mask - 1) {
		struct link link = link_of(vcpu->vm, owner, bank * 32 + bits_lowest(mask));

		if (gic_is_pending(pcpu_of(&link), link.intid))
			pending |= mask & -mask;
	}
	return pending;
}

static void quiesce(struct vm *vm, unsigned owner, unsigned bank, uint32_t linked)
{
	for (; linked; linked &= linked - 1) {
		struct link link = link_of(vm, owner, bank * 32 + bits_lowest(linked));

		irq_spoil(irq_word(&box.irqs, pcpu_of(&link), link.intid));
		if (gic_disable(pcpu_of(&link), link.intid) != OK)
			log_error("[%s] interrupt %u cannot be disabled: the distributor does not answer",
					  vm->config->name, link.intid);
		gic_unpend(pcpu_of(&link), link.intid);
		gic_clear_active(pcpu_of(&link), link.intid);
		if (bank == 0)
			continue;
		gic_set_edge(0, link.intid, link.bank->wired_edge >> (link.vintid % 32) & 1);
		gic_route(link.intid, vm->vcpu[0]->pcpu);
	}
}

void effects_quiesce_private(struct vcpu *vcpu)
{
	quiesce(vcpu->vm, vcpu->index, 0, vcpu->vgic.private.linked);
}

void effects_quiesce_one(struct vm *vm, uint32_t vintid)
{
	quiesce(vm, 0, vintid / 32, 1u << (vintid % 32));
}

void effects_quiesce_shared(struct vm *vm)
{
	/* The lock: an interrupt may be on its way from or to this VM. */
	lock_acquire(&vm->vgic.lock);
	for (unsigned b = 1; b < vm->vgic.bank_count; b++)
		quiesce(vm, 0, b, vm->vgic.spi[b - 1].linked);
	lock_release(&vm->vgic.lock);
}
