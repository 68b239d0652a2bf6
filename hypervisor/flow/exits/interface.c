/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/exits/interface.h"

#include "flow/deliver/direct.h"
#include "flow/exits/group0.h"
#include "flow/exits/group1.h"
#include "flow/exits/handler.h"
#include "flow/own/obstacle.h"
#include "machine/api/cpu.h"
#include "machine/api/gic_registers.h"

/*
 * `auto`: EL2 cannot count direct interrupts. An access costs as much as four or five interrupts that come
 * through EL2 (bench: pmr_write, pmr_read, timer_entry). So with more accesses than these, a thousand a
 * second, virtual delivery is cheaper up to some 5000 interrupts a second, which few guests have.
 */
#define TRAP_WINDOW_US 100000
#define TRAPS_MAX 100

static uint8_t write_mask(uint64_t value)
{
	/* The bits that the virtual interface has. */
	uint8_t mask = (uint8_t)(value & (0xff00u >> box.gic.priority_bits));

	gic_vif_set_vmcr((gic_vif_vmcr() & ~ICH_VMCR_VPMR) | FIELD_PUT(ICH_VMCR_VPMR, mask));
	return mask;
}

static uint64_t read_control(void)
{
	uint64_t vmcr = gic_vif_vmcr();

	return gic_vif_features() | (vmcr & ICH_VMCR_VCBPR ? ICC_CTLR_CBPR : 0) |
		   (vmcr & ICH_VMCR_VEOIM ? ICC_CTLR_EOIMODE : 0);
}

#define CONTROL_BITS (ICH_VMCR_VCBPR | ICH_VMCR_VEOIM)

static uint64_t control_bits(uint64_t value)
{
	return (value & ICC_CTLR_EOIMODE ? ICH_VMCR_VEOIM : 0) | (value & ICC_CTLR_CBPR ? ICH_VMCR_VCBPR : 0);
}

bool interface_register(struct vcpu *vcpu, uint32_t id, unsigned rt, bool write)
{
	if (id == ICC_PMR_EL1 && write)
		write_mask(operand(vcpu, rt));
	else if (id == ICC_PMR_EL1)
		operand_set(vcpu, rt, FIELD_GET(ICH_VMCR_VPMR, gic_vif_vmcr()));
	else if (id == ICC_CTLR_EL1 && write)
		gic_vif_set_vmcr((gic_vif_vmcr() & ~CONTROL_BITS) | control_bits(operand(vcpu, rt)));
	else if (id == ICC_CTLR_EL1)
		operand_set(vcpu, rt, read_control());
	else if (id == ICC_RPR_EL1 && !write)
		operand_set(vcpu, rt, gic_vif_running_priority());
	else
		return false;
	return true;
}

/* Only for the guest's own interrupts. */
static void deactivate(struct vcpu *vcpu, uint32_t vintid)
{
	struct vgic *gic = &vcpu->vm->vgic;

	if (!(gic_vif_vmcr() & ICH_VMCR_VEOIM) || vintid >= gic->bank_count * 32 || !gic_is_interrupt(vintid))
		return;
	lock_acquire(&gic->lock); /* then it cannot move */
	if (vgic_bank(gic, &vcpu->vgic, vintid / 32)->linked >> (vintid % 32) & 1)
		gic_deactivate(vgic_bank(gic, &vcpu->vgic, vintid / 32)->intid[vintid % 32]);
	lock_release(&gic->lock);
	vcpu_handler_ends(vcpu);
}

/*
 * Not counted are registers that trap while an emulated device's interrupt is outstanding, and ICC_DIR_EL1
 * where virtual delivery traps it, too.
 */
static void count_trap(struct vcpu *vcpu, uint32_t id)
{
	if (id == ICC_DIR_EL1 && vcpu->vm->vcpu_count > 1)
		return;
	if (irq_rate_count(&vcpu->trapped, cpu_counter(), cpu_us_to_ticks(TRAP_WINDOW_US), TRAPS_MAX) &&
		vcpu->vm->delivery == CONFIG_DELIVERY_AUTO && obstacle_is_sought(vcpu))
		obstacle_met(vcpu, id == ICC_DIR_EL1 ? OBSTACLE_TWO_ENDS : OBSTACLE_TRAPS, 0);
}

/* The guest has written ICC_PMR_EL1. */
static void mask_directly(struct vcpu *vcpu, uint64_t value)
{
	uint8_t mask = write_mask(value);

	gic_set_mask(irq_direct_mask(mask));
	vcpu->divides = irq_direct_divides(mask);
	if (!vcpu->divides || !obstacle_is_sought(vcpu))
		return;
	lock_acquire(&vcpu->vm->vgic.lock);
	obstacle_check(vcpu);
	lock_release(&vcpu->vm->vgic.lock);
}

bool interface_direct_register(struct vcpu *vcpu, uint32_t id, unsigned rt, bool write)
{
	uint64_t value = write ? operand(vcpu, rt) : 0;

	if (id == ICC_PMR_EL1 && write)
		mask_directly(vcpu, value);
	else if (id == ICC_DIR_EL1 && write)
		deactivate(vcpu, (uint32_t)(value & BITS(23, 0)));
	else if (id == ICC_RPR_EL1 && !write)
		operand_set(vcpu, rt, direct_running_priority(vcpu));
	else if (id == ICC_CTLR_EL1 && write)
		direct_change_interface(vcpu, CONTROL_BITS, control_bits(value));
	else if (!interface_register(vcpu, id, rt, write) && !group0_register(vcpu, id, rt, write))
		return group1_register(vcpu, id, rt, write);
	count_trap(vcpu, id);
	return true;
}
