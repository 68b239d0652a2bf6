/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/lists.h"

#include "flow/deliver/effects.h"
#include "flow/deliver/mute.h"
#include "flow/deliver/sample.h"

static void read_list_registers(struct vgic_lrs *lrs)
{
	lrs->count = box.gic.lr_count;
	lrs->occupied = occupied_list_registers();
	for (uint32_t left = lrs->occupied; left; left &= left - 1)
		lrs->value[bits_lowest(left)] = gic_lr_read(bits_lowest(left));
}

/* Writes the list registers that were given a value; the others keep theirs. */
static void write_list_registers(const struct vgic_lrs *lrs)
{
	for (uint32_t left = lrs->given; left; left &= left - 1)
		gic_lr_write(bits_lowest(left), lrs->value[bits_lowest(left)]);
}

static bool guest_splits_eoi(void)
{
	return gic_vif_vmcr() & ICH_VMCR_VEOIM;
}

static __attribute__((noinline, cold)) void relink(struct vcpu *vcpu, uint32_t banks)
{
	for (; banks; banks &= banks - 1) {
		unsigned b = bits_lowest(banks);

		effects_perform(vcpu, &(struct vgic_effects){.bank = b, .relink = vcpu->vm->vgic.spi[b - 1].linked});
	}
}

void lists_fold(struct vcpu *vcpu, struct vgic_folded *folded)
{
	uint64_t hcr = gic_vif_control();
	/*
	 * With every active interrupt listed, the ends that were counted were of none of them, but of interrupts
	 * that are not active any more.
	 */
	bool counts = (hcr & ICH_HCR_LRENPIE) && !guest_splits_eoi();
	unsigned eoi_count = counts ? (unsigned)FIELD_GET(ICH_HCR_EOICOUNT, hcr) : 0;
	struct vgic_lrs lrs;

	if (__builtin_expect(box.has_foreign_ends, 0))
		mute_repeated(vcpu);
	read_list_registers(&lrs);
	vgic_fold(&vcpu->vm->vgic, &vcpu->vgic, &lrs, eoi_count, folded);
	for (uint32_t left = lrs.occupied; left; left &= left - 1)
		gic_lr_write(bits_lowest(left), 0);
	gic_vif_set_control(ICH_HCR_EN);
	vcpu->irq_tag = IRQ_TAG_NEVER;
	if (__builtin_expect(folded->relink_banks, 0))
		relink(vcpu, folded->relink_banks);
	for (unsigned i = 0; i < folded->deactivate_count; i++)
		gic_deactivate(folded->deactivate[i]);
}

void lists_end_maintenance(struct vcpu *vcpu)
{
	if (!vcpu->refold)
		return;
	vcpu->refold = false;
	gic_deactivate(box.host.maintenance_intid);
}

/*
 * May interrupts be listed without a look at the others? Another guest may have ended one that is listed,
 * which then comes again. Where that is possible, the answer is yes only while list register 0, at which the
 * short ways look, is the only one in use.
 */
static inline bool is_simple(const struct vcpu *vcpu, uint32_t occupied)
{
	return vgic_is_simple(&vcpu->vgic) && !(box.has_foreign_ends && occupied > 1);
}

static void write_back(struct vcpu *vcpu, const struct vgic_lrs *lrs)
{
	write_list_registers(lrs);
	gic_vif_set_control(vcpu->vgic.hcr);
	if (__builtin_expect(vcpu->vgic.forced_banks, 0))
		vgic_forget_forced(&vcpu->vm->vgic, &vcpu->vgic);
	vcpu->irq_tag = is_simple(vcpu, lrs->occupied) ? irq_tag(vcpu->number) : IRQ_TAG_NEVER;
	if (vcpu->vgic.hcr & ICH_HCR_NPIE)
		vcpu->counters.overflows++;
}

/*
 * Fills the list registers from the model. The lock is held, and the list registers are empty. False when a
 * line has fallen: a list register that this leaves free may be for an active interrupt, so all must be
 * chosen again.
 */
static bool refill(struct vcpu *vcpu)
{
	struct vgic_lrs lrs; /* only the values that `given` names are used */

	lrs.count = box.gic.lr_count;
	vgic_refill(&vcpu->vm->vgic, &vcpu->vgic, gic_vif_vmcr(), &lrs);
	if (lrs.lines && sample_lines(vcpu, &lrs)) {
		write_list_registers(&lrs);
		return false;
	}
	write_back(vcpu, &lrs);
	vcpu->counters.refills++;
	return true;
}

/* Do the list registers hold only interrupts that the guest has acknowledged and not ended? */
static bool only_active_ones(uint32_t occupied)
{
	for (; occupied; occupied &= occupied - 1)
		if ((gic_lr_read(bits_lowest(occupied)) & (LR_PENDING | LR_ACTIVE)) != LR_ACTIVE)
			return false;
	return true;
}

/*
 * Lists waiting interrupts in free list registers. False when all must be chosen anew: a listed interrupt may
 * have changed, or may have to give way to one of higher priority. The lock is held.
 */
bool lists_place(struct vcpu *vcpu, uint32_t *others)
{
	struct vgic *gic = &vcpu->vm->vgic;
	struct vgic_lrs lrs; /* only the values that `given` names are used */

	if (__builtin_expect(box.has_foreign_ends, 0))
		mute_repeated(vcpu);
	lrs.count = box.gic.lr_count;
	lrs.occupied = occupied_list_registers();
	lrs.given = 0;
	if (!vgic_attend(gic, &vcpu->vgic, lrs.occupied, others))
		return false;
	if (__builtin_expect(box.has_foreign_ends, 0) && mute_is_late(vcpu))
		return false;
	if ((vcpu->refold || !vgic_fits(&vcpu->vgic, &lrs)) && !only_active_ones(lrs.occupied))
		return false;
	if (!vgic_place(gic, &vcpu->vgic, gic_vif_vmcr(), &lrs))
		return false;
	while (lrs.lines && sample_lines(vcpu, &lrs))
		vgic_fill(gic, &vcpu->vgic, gic_vif_vmcr(), &lrs);
	write_back(vcpu, &lrs);
	return true;
}

__attribute__((noinline)) uint32_t lists_choose_anew(struct vcpu *vcpu)
{
	struct vgic_folded folded;
	uint32_t others = 0;

	do {
		lists_fold(vcpu, &folded);
		others |= folded.attend;
	} while (!refill(vcpu));
	return others;
}
