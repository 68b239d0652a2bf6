/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/private.h"

#include "flow/deliver/link.h"
#include "flow/deliver/notify.h"

/* It waits in the model, as if it had been taken just now. One that is active cannot be taken. */
void private_pend_away(const struct link *link)
{
	if (link->bank->active >> link->vintid & 1)
		link->vm->vcpu[link->target]->pended |= 1u << link->vintid;
	else
		notify_from_outside(link->vm, vgic_raise_at(&link->vm->vgic, link->target, link->vintid));
}

static void activate(const struct link *link)
{
	gic_activate(link_pcpu(link), link->intid);
}

static void deactivate(const struct link *link)
{
	gic_clear_active(link_pcpu(link), link->intid);
}

/* Which of its private interrupts the redistributor has enabled, and active, while it is resident. */
static uint32_t enabled_of(const struct vcpu *vcpu)
{
	const struct vgic_bank *bank = &vcpu->vgic.private;
	uint32_t enabled = 0;

	if (vcpu_is_parked(vcpu))
		return 0;
	for (uint32_t left = bank->linked & bank->enabled; left; left &= left - 1)
		enabled |= 1u << bank->intid[bits_lowest(left)];
	return enabled;
}

static uint32_t active_of(const struct vcpu *vcpu)
{
	const struct vgic_bank *bank = &vcpu->vgic.private;

	if (vcpu_is_parked(vcpu))
		return 0;
	return bank->linked & (bank->taken | bank->active | atomic_load(&vcpu->vgic.raised[0]));
}

/*
 * Its guest has pended it, and EL2 has not taken it yet. Its timer is off. The next vCPU is chosen already,
 * so it is notified.
 */
static void take_back(const struct link *link)
{
	if (!gic_is_pending(link_pcpu(link), link->intid))
		return;
	link_unpend(link);
	private_pend_away(link);
}

void private_leave(struct vcpu *vcpu)
{
	const struct vgic_bank *bank = &vcpu->vgic.private;

	lock_acquire(&vcpu->vm->vgic.lock);
	link_for_each(vcpu->vm, vcpu->index, 0, bank->linked & bank->latched, take_back);
	link_for_each(vcpu->vm, vcpu->index, 0, active_of(vcpu), deactivate);
	pcpu_here()->private_enabled = enabled_of(vcpu);
	vcpu->away = true;
	lock_release(&vcpu->vm->vgic.lock);
}

void private_enter(struct vcpu *vcpu)
{
	struct pcpu *pcpu = pcpu_here();
	uint32_t before = pcpu->private_enabled, now;

	lock_acquire(&vcpu->vm->vgic.lock);
	vcpu->away = false;
	now = enabled_of(vcpu);
	if (before & ~now && gic_disable_many(pcpu_this(), 0, before & ~now) != OK)
		link_say_no_answer(vcpu->vm, bits_lowest(before & ~now));
	link_for_each(vcpu->vm, vcpu->index, 0, active_of(vcpu), activate);
	link_for_each(vcpu->vm, vcpu->index, 0, vcpu->pended, link_pend);
	vcpu->pended = 0;
	if (now)
		gic_enable_many(pcpu_this(), 0, now); /* also what the end of the last one's VM has disabled */
	lock_release(&vcpu->vm->vgic.lock);
}
