/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/translate.h"

#include "flow/deliver/link.h"
#include "vgic/choose.h"

/* Will one come, unless the guest masks it? */
static bool is_pending(const struct vcpu *vcpu)
{
	struct vgic *gic = &vcpu->vm->vgic;

	if (gic->translated_banks)
		gic_settle(); /* what was acknowledged shows as such */
	for (uint32_t banks = gic->translated_banks; banks; banks &= banks - 1) {
		unsigned b = bits_lowest(banks);
		const struct vgic_bank *bank = vgic_bank(gic, gic->cpu[vcpu->index], b);
		uint32_t left = bank->translated & vcpu->vgic.mine[b] & vgic_eligible(gic, bank);

		for (; left; left &= left - 1) {
			struct link link = link_of(vcpu->vm, vcpu->index, b * 32 + bits_lowest(left));

			if (gic_is_pending(link_pcpu(&link), link.intid))
				return true;
		}
	}
	return false;
}

void translate_refresh(struct vcpu *vcpu)
{
	vcpu->translates = vcpu->unfinished || vcpu->lingers || is_pending(vcpu);
	gic_vif_set_control(ICH_HCR_EN | ICH_HCR_TC | (vcpu->translates ? ICH_HCR_TALL1 : 0) |
						(gic_vif_vmcr() & ICH_VMCR_VCBPR ? ICH_HCR_TALL0 : 0));
}

uint32_t translate_to_guest(const struct vcpu *vcpu, uint32_t intid)
{
	uint64_t word;

	if (intid < GIC_PRIVATE_COUNT || !gic_is_interrupt(intid))
		return intid;
	word = atomic_load(shared_word(intid));
	return irq_kind(word) == IRQ_GUEST && box.vcpu[irq_vcpu(word)]->vm == vcpu->vm ? irq_vintid(word) : intid;
}

static bool is_translated(const struct vcpu *vcpu, uint32_t vintid)
{
	struct vgic *gic = &vcpu->vm->vgic;

	return vintid < gic->bank_count * 32 &&
		   vgic_bank(gic, gic->cpu[vcpu->index], vintid / 32)->translated >> (vintid % 32) & 1;
}

uint32_t translate_to_machine(const struct vcpu *vcpu, uint32_t vintid)
{
	struct vgic *gic = &vcpu->vm->vgic;

	return is_translated(vcpu, vintid)
			   ? vgic_bank(gic, gic->cpu[vcpu->index], vintid / 32)->intid[vintid % 32]
			   : vintid;
}

uint32_t translate_acknowledge(struct vcpu *vcpu)
{
	uint32_t intid = gic_direct_acknowledge(), vintid = translate_to_guest(vcpu, intid);

	vcpu->unfinished += vintid != intid;
	return vintid;
}

/* The line of an emulated device is a level, and the physical interrupt only what EL2 last made of it. */
static void follow_line(struct vcpu *vcpu, uint32_t vintid)
{
	struct link link = link_of(vcpu->vm, vcpu->index, vintid);

	if (atomic_load(&link.bank->line) & ~link.bank->edge & 1u << (vintid % 32))
		link_pend(&link);
}

void translate_end(struct vcpu *vcpu, uint32_t vintid)
{
	gic_direct_end(translate_to_machine(vcpu, vintid));
	vcpu_handler_ends(vcpu);
	if (!is_translated(vcpu, vintid))
		return;
	vcpu->unfinished -= vcpu->unfinished > 0;
	lock_acquire(&vcpu->vm->vgic.lock);
	follow_line(vcpu, vintid);
	translate_refresh(vcpu);
	lock_release(&vcpu->vm->vgic.lock);
}

void translate_follow_priorities(struct vcpu *vcpu)
{
	if (gic_direct_is_busy())
		return;
	vcpu->unfinished = 0;
	lock_acquire(&vcpu->vm->vgic.lock);
	translate_refresh(vcpu);
	lock_release(&vcpu->vm->vgic.lock);
}
