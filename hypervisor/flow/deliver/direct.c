/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/direct.h"

#include "flow/deliver/notify.h"
#include "flow/deliver/sample.h"
#include "flow/deliver/translate.h"

/*
 * ICC_BPR1_EL1. With ICC_CTLR_EL1.CBPR the binary point of Group 0 counts for both groups, and the same value
 * leaves one bit more to preempt there (IHI 0069). A guest's priorities are one bit further down
 * (irq/direct.h): so the value stays the same.
 */
static uint8_t binary_point(uint64_t vmcr)
{
	return (uint8_t)(vmcr & ICH_VMCR_VCBPR ? FIELD_GET(ICH_VMCR_VBPR0, vmcr)
										   : FIELD_GET(ICH_VMCR_VBPR1, vmcr));
}

/*
 * With virtual delivery EL2 does not look at a guest's mask, so it may see this one for the first time. If
 * the vCPU has met an obstacle already, TIMER_DELIVERY goes on with the end of direct delivery.
 */
static __attribute__((noinline, cold)) void find_divided(struct vcpu *vcpu)
{
	vcpu->divides = true;
	if (!vcpu->obstacle && vgic_uses_priority(&vcpu->vm->vgic, IRQ_DIRECT_LOWEST))
		vcpu->ends_direct = true;
}

/* ICH_VMCR_EL2 keeps what the guest wrote; the physical interface is set accordingly. */
static void open_interface(struct vcpu *vcpu)
{
	uint64_t vmcr = gic_vif_vmcr();
	uint8_t mask = (uint8_t)FIELD_GET(ICH_VMCR_VPMR, vmcr);
	const struct gic_direct physical = {
		.enabled = vmcr & ICH_VMCR_VENG1,
		.split_eoi = vmcr & ICH_VMCR_VEOIM,
		.binary_point = binary_point(vmcr),
		.mask = irq_direct_mask(mask),
	};

	gic_direct_load(&physical);
	guest_take_irqs(true);
	vcpu->direct = true;
	if (irq_direct_divides(mask))
		find_divided(vcpu);
}

/* The guest's own ICC_BPR1_EL1, which it writes without a trap; the physical one is another with CBPR. */
static uint64_t keep_binary_point(uint64_t vmcr, const struct gic_direct *physical)
{
	if (vmcr & ICH_VMCR_VCBPR)
		return vmcr;
	return (vmcr & ~ICH_VMCR_VBPR1) | FIELD_PUT(ICH_VMCR_VBPR1, physical->binary_point);
}

void direct_change_interface(struct vcpu *vcpu, uint64_t bits, uint64_t value)
{
	struct gic_direct physical;
	uint64_t vmcr = gic_vif_vmcr();

	gic_direct_save(&physical);
	vmcr = (keep_binary_point(vmcr, &physical) & ~bits) | value;
	gic_vif_set_vmcr(vmcr);
	physical.binary_point = binary_point(vmcr);
	physical.split_eoi = vmcr & ICH_VMCR_VEOIM;
	gic_direct_load(&physical);
	lock_acquire(&vcpu->vm->vgic.lock);
	translate_refresh(vcpu);
	lock_release(&vcpu->vm->vgic.lock);
}

__attribute__((noinline)) void direct_close(struct vcpu *vcpu)
{
	uint64_t vmcr = gic_vif_vmcr() & ~ICH_VMCR_VENG1;
	struct gic_direct physical;

	gic_direct_save(&physical);
	gic_direct_close();
	guest_take_irqs(false);
	gic_vif_set_vmcr(keep_binary_point(vmcr, &physical) | (physical.enabled ? ICH_VMCR_VENG1 : 0));
	vcpu->direct = false;
	vcpu->divides = false;
	vcpu->translates = false;
	vcpu->unfinished = 0;
	if (vcpu->shares)
		guest_trap_waits();
}

void direct_refresh(struct vcpu *vcpu, bool was_held)
{
	bool opens = !vcpu->direct, news;

	if (opens)
		open_interface(vcpu);
	vcpu->irq_tag = IRQ_TAG_NEVER;
	news = notify_entering(vcpu);
	if (opens || news || was_held || vcpu->translates)
		translate_refresh(vcpu);
}

static bool lowest_is_active(struct vcpu *vcpu)
{
	struct vgic *gic = &vcpu->vm->vgic;

	for (unsigned b = 0; b < gic->bank_count; b++) {
		const struct vgic_bank *bank = vgic_bank(gic, &vcpu->vgic, b);
		uint32_t lowest = vgic_least(bank, bank->linked & bank->used & vcpu->vgic.mine[b], IRQ_DIRECT_LOWEST);

		if (lowest && sample_active(vcpu->vm, vcpu->index, b, lowest))
			return true;
	}
	return false;
}

uint8_t direct_running_priority(struct vcpu *vcpu)
{
	uint8_t physical = gic_running_priority(), guest = irq_direct_running(physical);

	if (physical != IRQ_DIRECT_LAST)
		return guest;
	gic_settle(); /* what was acknowledged shows as such */
	lock_acquire(&vcpu->vm->vgic.lock);
	if (lowest_is_active(vcpu))
		guest = IRQ_DIRECT_LOWEST;
	lock_release(&vcpu->vm->vgic.lock);
	return guest;
}

static bool splits_eoi(void)
{
	return gic_vif_vmcr() & ICH_VMCR_VEOIM;
}

void direct_begin(const struct vcpu *vcpu)
{
	if (vcpu->direct && !splits_eoi())
		gic_set_split_eoi(true);
}

void direct_end(const struct vcpu *vcpu)
{
	if (vcpu->direct && !splits_eoi())
		gic_set_split_eoi(false);
}
