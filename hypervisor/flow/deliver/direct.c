/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/direct.h"

#include "flow/deliver/notify.h"
#include "flow/deliver/translate.h"

/* ICH_VMCR_EL2 keeps what the guest wrote; the physical interface is set accordingly. */
static void open_interface(struct vcpu *vcpu)
{
	uint64_t vmcr = gic_vif_vmcr();
	const struct gic_direct physical = {
		.enabled = vmcr & ICH_VMCR_VENG1,
		.split_eoi = vmcr & ICH_VMCR_VEOIM,
		.binary_point = (uint8_t)FIELD_GET(ICH_VMCR_VBPR1, vmcr),
		.mask = irq_direct_mask((uint8_t)FIELD_GET(ICH_VMCR_VPMR, vmcr)),
	};

	gic_direct_load(&physical);
	guest_take_irqs(true);
	vcpu->direct = true;
}

__attribute__((noinline)) void direct_close(struct vcpu *vcpu)
{
	uint64_t vmcr = gic_vif_vmcr() & ~(ICH_VMCR_VENG1 | ICH_VMCR_VBPR1);
	struct gic_direct physical;

	gic_direct_save(&physical);
	gic_direct_close();
	guest_take_irqs(false);
	gic_vif_set_vmcr(vmcr | (physical.enabled ? ICH_VMCR_VENG1 : 0) |
					 FIELD_PUT(ICH_VMCR_VBPR1, physical.binary_point));
	vcpu->direct = false;
	vcpu->translates = false;
	vcpu->unfinished = 0;
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
