/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/effects.h"

#include "flow/deliver/link.h"
#include "flow/deliver/notify.h"
#include "flow/deliver/private.h"
#include "flow/deliver/sample.h"
#include "flow/hold/mark.h"

/* Is the interrupt in this word of its bank? */
static bool is_in(uint32_t word, const struct link *link)
{
	return word >> (link->vintid % 32) & 1;
}

static bool is_forwarded(const struct link *link)
{
	const struct vgic_bank *bank = link->bank;
	uint32_t group = is_in(bank->group1, link) ? GICD_CTLR_ENABLE_GRP1 : GICD_CTLR_ENABLE_GRP0;

	/* A stray one's handler runs on another vCPU; if it comes again, flow/deliver/mute.h handles it. */
	return link->target < link->vm->vcpu_count && is_in(bank->enabled & ~bank->stray, link) &&
		   (link->vm->vgic.ctlr & group);
}

void effects_set_enabled(const struct link *link, bool enabled)
{
	if (enabled)
		gic_enable(link_pcpu(link), link->intid);
	else if (gic_disable(link_pcpu(link), link->intid) != OK)
		link_say_no_answer(link->vm, link->intid);
}

/* With direct delivery the distributor has the guest's settings; Group 0, which is EL2's, never comes. */
static void relink_directly(const struct link *link)
{
	const struct vgic_bank *bank = link->bank;

	gic_set_priority(link_pcpu(link), link->intid, irq_direct_priority(bank->priority[link->vintid % 32]));
	effects_set_enabled(link, link->target < link->vm->vcpu_count &&
								  (link->vm->vgic.ctlr & GICD_CTLR_ENABLE_GRP1) &&
								  is_in(bank->enabled & ~bank->stray & bank->group1, link));
}

/* The owner word follows the model. */
static void relink(const struct link *link)
{
	uint64_t *word = link_word(link);

	if (link->vm->vgic.direct)
		relink_directly(link);
	else if (is_forwarded(link))
		irq_make_ready(word, link->vm->vcpu[link->target]->number, vgic_lr_image(link->bank, link->vintid));
	else
		irq_spoil(word);
}

static void disable(const struct link *link)
{
	if (!link->vm->vgic.direct)
		relink(link);
	effects_set_enabled(link, false);
}

static void enable(const struct link *link)
{
	relink(link);
	if (!link->vm->vgic.direct)
		effects_set_enabled(link, true);
}

/* Route and trigger of the physical interrupt change only while it is disabled. */
static void reroute(const struct link *link)
{
	disable(link);
	if (link->target < link->vm->vcpu_count)
		gic_route(link->intid, link_pcpu(link));
	if (is_in(link->bank->enabled, link))
		enable(link);
}

static void set_trigger(const struct link *link)
{
	gic_set_edge(link_pcpu(link), link->intid, is_in(link->bank->edge, link));
}

static void retrigger(const struct link *link)
{
	disable(link);
	set_trigger(link);
	if (is_in(link->bank->enabled, link))
		enable(link);
}

/* Group and priority for the VM's delivery. The interrupt is disabled. */
static void classify(const struct link *link)
{
	if (!box.gic.two_security_states)
		gic_set_group1(link_pcpu(link), link->intid, link->vm->vgic.direct);
	gic_set_priority(link_pcpu(link), link->intid,
					 GIC_PRIORITY_GUEST); /* relink() knows better if it is direct */
}

/* Takes all settings from the model. The interrupt is disabled. */
static void adopt(const struct link *link)
{
	const struct vm *vm = link->vm;

	classify(link);
	if (link->intid >= GIC_PRIVATE_COUNT) {
		set_trigger(link);
		gic_route(link->intid, vm->vcpu[link->target < vm->vcpu_count ? link->target : 0]->pcpu);
	}
	if (is_in(link->bank->enabled, link))
		enable(link);
	else
		relink(link);
}

void effects_adopt(struct vm *vm, uint32_t vintid)
{
	struct link link = link_of(vm, 0, vintid);

	adopt(&link);
}

static void activate(const struct link *link)
{
	gic_activate(link_pcpu(link), link->intid);
}

void effects_deactivate(const struct link *link)
{
	gic_clear_active(link_pcpu(link), link->intid);
}

void effects_mute(struct vm *vm, uint32_t vintid, bool again)
{
	struct link link = link_of(vm, 0, vintid);

	effects_set_enabled(&link, false);
	if (again)
		link_pend(&link);
}

void effects_unmute(struct vm *vm, uint32_t vintid)
{
	struct link link = link_of(vm, 0, vintid);

	if (is_in(link.bank->linked & link.bank->enabled,
			  &link)) /* it has not moved, nor its owner ended, meanwhile */
		enable(&link);
}

static void for_each_bank(struct vm *vm, void (*act)(struct vm *vm, unsigned owner, unsigned bank))
{
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		act(vm, v, 0);
	for (unsigned b = 1; b < vm->vgic.bank_count; b++)
		act(vm, 0, b);
}

static uint32_t linked_of(struct vm *vm, unsigned owner, unsigned bank)
{
	return vgic_bank(&vm->vgic, &vm->vcpu[owner]->vgic, bank)->linked;
}

/*
 * A group is switched at the distributor, and with direct delivery what is enabled in it: private ones at
 * once, for a VM may have enabled all of them in all its vCPUs.
 */
static void switch_group(struct vm *vm, unsigned owner, unsigned bank)
{
	struct vgic_bank *of = vgic_bank(&vm->vgic, &vm->vcpu[owner]->vgic, bank);
	uint32_t left = of->linked & of->enabled & of->group1, at_once = 0;
	unsigned pcpu = vm->vcpu[owner]->pcpu;

	for (; left; left &= left - 1) {
		struct link link = link_of(vm, owner, bank * 32 + bits_lowest(left));

		if (link.intid < GIC_PRIVATE_COUNT)
			at_once |= 1u << link.intid;
		else
			relink_directly(&link);
	}
	if (at_once && (vm->vgic.ctlr & GICD_CTLR_ENABLE_GRP1))
		gic_enable_many(pcpu, 0, at_once);
	else if (at_once && gic_disable_many(pcpu, 0, at_once) != OK)
		link_say_no_answer(vm, bits_lowest(at_once));
}

void effects_relink(struct vm *vm, unsigned owner, unsigned bank, uint32_t mask)
{
	link_for_each(vm, owner, bank, mask, relink);
}

static void relink_bank(struct vm *vm, unsigned owner, unsigned bank)
{
	link_for_each(vm, owner, bank, linked_of(vm, owner, bank), relink);
}

/* One that sleeps wakes to look at its timer's line: the interrupt may come now. */
static void look_again(const struct link *link)
{
	atomic_or(&link->vm->vcpu[link->target]->vgic.attend, 1);
	notify_from_outside(link->vm, 1u << link->target);
}

/* Private interrupts of a vCPU that is away: the redistributor is another's, and gets the rest when it is
 * back. */
static __attribute__((noinline)) void act_on_away(struct vm *vm, const struct vgic_effects *effects)
{
	unsigned owner = effects->vcpu;

	link_for_each(vm, owner, 0, effects->disable | effects->enable | effects->relink, relink);
	link_for_each(vm, owner, 0, effects->pend, private_pend_away);
	vm->vcpu[owner]->pended &= ~effects->unpend;
	link_for_each(vm, owner, 0, effects->enable | effects->deactivate, look_again);
}

static void act_on_settings(struct vm *vm, const struct vgic_effects *effects)
{
	unsigned owner = effects->vcpu, bank = effects->bank;

	link_for_each(vm, owner, bank, effects->disable, disable);
	link_for_each(vm, owner, bank, effects->relink, relink);
	link_for_each(vm, owner, bank, effects->reroute, reroute);
	link_for_each(vm, owner, bank, effects->retrigger, retrigger);
}

static __attribute__((noinline)) void act_on_linked(struct vm *vm, const struct vgic_effects *effects)
{
	unsigned owner = effects->vcpu, bank = effects->bank;

	if (!bank && vm->vcpu[owner]->away) {
		act_on_away(vm, effects);
		return;
	}
	if (effects->disable | effects->relink | effects->reroute | effects->retrigger)
		act_on_settings(vm, effects);
	link_for_each(vm, owner, bank, effects->pend, link_pend);
	if (!(effects->unpend | effects->activate | effects->deactivate | effects->enable))
		return;
	link_for_each(vm, owner, bank, effects->unpend, link_unpend);
	link_for_each(vm, owner, bank, effects->activate, activate);
	link_for_each(vm, owner, bank, effects->deactivate, effects_deactivate);
	link_for_each(vm, owner, bank, effects->enable, enable);
}

void effects_perform(struct vcpu *vcpu, const struct vgic_effects *effects)
{
	if (effects->enable | effects->disable | effects->relink | effects->reroute | effects->retrigger |
		effects->pend | effects->unpend | effects->activate | effects->deactivate)
		act_on_linked(vcpu->vm, effects);
	if (effects->relink_all)
		for_each_bank(vcpu->vm, vcpu->vm->vgic.direct ? switch_group : relink_bank);
	if (vcpu->vm->vgic.direct)
		notify_directly(vcpu->vm, effects->attend);
	else
		notify_vcpus(vcpu->vm, effects->attend, vcpu);
}

static void set_disabled(const struct link *link)
{
	irq_spoil(link_word(link));
	effects_set_enabled(link, false);
}

static void disable_bank(struct vm *vm, unsigned owner, unsigned bank)
{
	link_for_each(vm, owner, bank, linked_of(vm, owner, bank), set_disabled);
}

/* Disabled already. Nothing is left of it at the physical GIC, and it is set up as at boot. */
static void clear(const struct link *link)
{
	link_unpend(link);
	effects_deactivate(link);
	classify(link);
	if (link->vintid < GIC_PRIVATE_COUNT)
		return;
	gic_set_edge(0, link->intid, is_in(link->bank->wired_edge, link));
	gic_route(link->intid, link->vm->vcpu[0]->pcpu);
}

static void quiesce(struct vm *vm, unsigned owner, unsigned bank, uint32_t linked)
{
	link_for_each(vm, owner, bank, linked, set_disabled);
	link_for_each(vm, owner, bank, linked, clear);
}

void effects_quiesce_private(struct vcpu *vcpu)
{
	quiesce(vcpu->vm, vcpu->index, 0, linked_of(vcpu->vm, vcpu->index, 0));
}

void effects_quiesce_one(struct vm *vm, uint32_t vintid)
{
	quiesce(vm, 0, vintid / 32, 1u << (vintid % 32));
}

void effects_quiesce_shared(struct vm *vm)
{
	for (unsigned b = 1; b < vm->vgic.bank_count; b++)
		disable_bank(vm, 0, b);
	mark_wait_all(vm); /* what was acknowledged is active by now, and raised */
	for (unsigned b = 1; b < vm->vgic.bank_count; b++)
		link_for_each(vm, 0, b, linked_of(vm, 0, b), clear);
}
