/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/exits/group0.h"

#include "flow/deliver/direct.h"
#include "flow/exits/handler.h"
#include "vm/sysreg.h"

#define ICC_IAR0_EL1 SYSREG(3, 0, 12, 8, 0)
#define ICC_EOIR0_EL1 SYSREG(3, 0, 12, 8, 1)
#define ICC_HPPIR0_EL1 SYSREG(3, 0, 12, 8, 2)
#define ICC_BPR0_EL1 SYSREG(3, 0, 12, 8, 3)
#define ICC_IGRPEN0_EL1 SYSREG(3, 0, 12, 12, 6)
#define ICC_AP0R_EL1(n) SYSREG(3, 0, 12, 8, 4 + (n))

static bool read_register(uint32_t id, uint64_t *value)
{
	switch (id) {
	case ICC_IAR0_EL1:
	case ICC_HPPIR0_EL1:
		*value = GIC_SPURIOUS;
		return true;
	case ICC_BPR0_EL1:
		*value = FIELD_GET(ICH_VMCR_VBPR0, gic_vif_vmcr());
		return true;
	case ICC_IGRPEN0_EL1:
		*value = (gic_vif_vmcr() & ICH_VMCR_VENG0) != 0;
		return true;
	default:
		return false;
	}
}

static bool write_register(struct vcpu *vcpu, uint32_t id, uint64_t value)
{
	switch (id) {
	case ICC_EOIR0_EL1:
		return true; /* nothing is active */
	case ICC_BPR0_EL1:
		direct_change_interface(vcpu, ICH_VMCR_VBPR0, FIELD_PUT(ICH_VMCR_VBPR0, value & BITS(2, 0)));
		return true;
	case ICC_IGRPEN0_EL1:
		gic_vif_set_vmcr((gic_vif_vmcr() & ~ICH_VMCR_VENG0) | (value & 1 ? ICH_VMCR_VENG0 : 0));
		return true;
	default:
		return false;
	}
}

/* Nothing is active: they read 0. There are as many as of Group 1. */
static bool priorities(struct vcpu *vcpu, unsigned n, unsigned rt, bool write)
{
	uint32_t of_group1;

	if (!gic_direct_priorities(n, &of_group1))
		return false;
	if (!write)
		operand_set(vcpu, rt, 0);
	return true;
}

bool group0_register(struct vcpu *vcpu, uint32_t id, unsigned rt, bool write)
{
	uint64_t value;

	for (unsigned n = 0; n < 4; n++)
		if (id == ICC_AP0R_EL1(n))
			return priorities(vcpu, n, rt, write);
	if (write)
		return write_register(vcpu, id, operand(vcpu, rt));
	if (!read_register(id, &value))
		return false;
	operand_set(vcpu, rt, value);
	return true;
}
