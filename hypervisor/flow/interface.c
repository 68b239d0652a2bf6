/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/interface.h"

#include "flow/exit.h"
#include "vgic/registers.h"

static void write_mask(uint64_t value)
{
	/* The bits that the virtual interface has. */
	uint8_t mask = (uint8_t)(value & (0xff00u >> box.gic.priority_bits));

	gic_vif_set_vmcr((gic_vif_vmcr() & ~ICH_VMCR_VPMR) | FIELD_PUT(ICH_VMCR_VPMR, mask));
}

static uint64_t read_control(void)
{
	uint64_t vmcr = gic_vif_vmcr();

	return gic_vif_features() | (vmcr & ICH_VMCR_VCBPR ? ICC_CTLR_CBPR : 0) |
		   (vmcr & ICH_VMCR_VEOIM ? ICC_CTLR_EOIMODE : 0);
}

static void write_control(uint64_t value)
{
	uint64_t vmcr = gic_vif_vmcr() & ~(ICH_VMCR_VCBPR | ICH_VMCR_VEOIM);

	vmcr |= value & ICC_CTLR_EOIMODE ? ICH_VMCR_VEOIM : 0;
	vmcr |= value & ICC_CTLR_CBPR ? ICH_VMCR_VCBPR : 0;
	gic_vif_set_vmcr(vmcr);
}

bool interface_register(struct vcpu *vcpu, uint32_t id, unsigned rt, bool write)
{
	if (id == ICC_PMR_EL1 && write)
		write_mask(exit_register(vcpu, rt));
	else if (id == ICC_PMR_EL1)
		exit_set_register(vcpu, rt, FIELD_GET(ICH_VMCR_VPMR, gic_vif_vmcr()));
	else if (id == ICC_CTLR_EL1 && write)
		write_control(exit_register(vcpu, rt));
	else if (id == ICC_CTLR_EL1)
		exit_set_register(vcpu, rt, read_control());
	else if (id == ICC_RPR_EL1 && !write)
		exit_set_register(vcpu, rt, gic_vif_running_priority());
	else
		return false;
	return true;
}
