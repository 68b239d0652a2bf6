/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/direct.h"

#include "flow/delivery.h"
#include "flow/effects.h"
#include "flow/exit.h"
#include "flow/interface.h"
#include "machine/api/cpu.h"
#include "vm/sysreg.h"

/* `auto`: more accesses than this in a window cost more than interrupts that come through EL2. */
#define TRAP_WINDOW_US 10000
#define TRAPS_MAX 100

/* ICH_VMCR_EL2 keeps what the guest wrote; the physical interface has what follows from it. */
static void enter(struct vcpu *vcpu)
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

void direct_leave(struct vcpu *vcpu)
{
	uint64_t vmcr = gic_vif_vmcr() & ~(ICH_VMCR_VENG1 | ICH_VMCR_VBPR1);
	struct gic_direct physical;

	gic_direct_save(&physical);
	gic_direct_close();
	guest_take_irqs(false);
	gic_vif_set_vmcr(vmcr | (physical.enabled ? ICH_VMCR_VENG1 : 0) |
					 FIELD_PUT(ICH_VMCR_VBPR1, physical.binary_point));
	vcpu->direct = false;
}

void direct_refresh(struct vcpu *vcpu)
{
	if (!vcpu->direct)
		enter(vcpu);
	gic_vif_set_control(ICH_HCR_EN | ICH_HCR_TC);
	vcpu->irq_tag = IRQ_TAG_NEVER;
	effects_forward(vcpu->vm, 1u << vcpu->index);
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

static void follow_control(struct vcpu *vcpu, uint64_t value)
{
	gic_set_split_eoi(value & ICC_CTLR_EOIMODE);
	atomic_store(&vcpu->tied, (value & ICC_CTLR_CBPR) != 0);
	lock_acquire(&vcpu->vm->vgic.lock);
	delivery_check(vcpu);
	lock_release(&vcpu->vm->vgic.lock);
}

/* Of its own interrupts alone. */
static void deactivate(struct vcpu *vcpu, uint32_t vintid)
{
	struct vgic *gic = &vcpu->vm->vgic;

	if (!splits_eoi() || vintid >= gic->bank_count * 32 || vintid >= GIC_INTID_MAX)
		return;
	lock_acquire(&gic->lock); /* then it does not move */
	if (vgic_bank(gic, &vcpu->vgic, vintid / 32)->linked >> (vintid % 32) & 1)
		gic_deactivate(vintid);
	lock_release(&gic->lock);
}

static void count_trap(struct vcpu *vcpu)
{
	if (irq_rate_exceeds(&vcpu->trapped, cpu_counter(), cpu_us_to_ticks(TRAP_WINDOW_US), TRAPS_MAX) &&
		vcpu->vm->delivery == CONFIG_DELIVERY_AUTO)
		delivery_must_leave(vcpu, DELIVERY_TRAPS, 0);
}

bool direct_register(struct vcpu *vcpu, uint32_t id, unsigned rt, bool write)
{
	uint64_t value = write ? exit_register(vcpu, rt) : 0;

	if (id == ICC_DIR_EL1 && write)
		deactivate(vcpu, (uint32_t)(value & BITS(23, 0)));
	else if (id == ICC_RPR_EL1 && !write)
		exit_set_register(vcpu, rt, irq_direct_running(gic_running_priority()));
	else if (!interface_register(vcpu, id, rt, write))
		return false;
	if (id == ICC_PMR_EL1 && write)
		gic_set_mask(irq_direct_mask((uint8_t)FIELD_GET(ICH_VMCR_VPMR, gic_vif_vmcr())));
	if (id == ICC_CTLR_EL1 && write)
		follow_control(vcpu, value);
	count_trap(vcpu);
	return true;
}
