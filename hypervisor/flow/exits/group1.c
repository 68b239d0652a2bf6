/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/exits/group1.h"

#include "flow/deliver/translate.h"
#include "flow/exits/handler.h"

#define ICC_HPPIR1_EL1 SYSREG(3, 0, 12, 12, 2)
#define ICC_BPR1_EL1 SYSREG(3, 0, 12, 12, 3)
#define ICC_IGRPEN1_EL1 SYSREG(3, 0, 12, 12, 7)
#define ICC_AP1R_EL1(n) SYSREG(3, 0, 12, 9, n)
#define INTID BITS(23, 0)
#define BINARY_POINT BITS(2, 0)

/* With ICC_CTLR_EL1.CBPR, that of Group 0 and one more, and writes are ignored (IHI 0069). */
static uint8_t binary_point(void)
{
	uint64_t vmcr = gic_vif_vmcr(), common = FIELD_GET(ICH_VMCR_VBPR0, vmcr);
	struct gic_direct interface;

	gic_direct_save(&interface);
	if (!(vmcr & ICH_VMCR_VCBPR))
		return interface.binary_point;
	return (uint8_t)(common < BINARY_POINT ? common + 1 : BINARY_POINT);
}

static bool read_register(struct vcpu *vcpu, uint32_t id, uint64_t *value)
{
	struct gic_direct interface;

	switch (id) {
	case ICC_IAR1_EL1:
		*value = translate_acknowledge(vcpu);
		return true;
	case ICC_HPPIR1_EL1:
		*value = translate_to_guest(vcpu, gic_direct_highest());
		return true;
	case ICC_BPR1_EL1:
		*value = binary_point();
		return true;
	case ICC_IGRPEN1_EL1:
		gic_direct_save(&interface);
		*value = interface.enabled;
		return true;
	default:
		return false;
	}
}

static bool write_register(struct vcpu *vcpu, uint32_t id, uint64_t value)
{
	struct gic_direct interface;

	if (id == ICC_EOIR1_EL1) {
		translate_end(vcpu, (uint32_t)(value & INTID));
		return true;
	}
	gic_direct_save(&interface);
	if (id == ICC_BPR1_EL1 && gic_vif_vmcr() & ICH_VMCR_VCBPR)
		return true;
	if (id == ICC_BPR1_EL1)
		interface.binary_point = (uint8_t)(value & BINARY_POINT);
	else if (id == ICC_IGRPEN1_EL1)
		interface.enabled = value & 1;
	else
		return false;
	gic_direct_load(&interface);
	return true;
}

/* A register that the machine does not have is undefined, as without the trap. */
static bool priorities(struct vcpu *vcpu, unsigned n, unsigned rt, bool write)
{
	uint32_t active;

	if (write) {
		if (!gic_direct_set_priorities(n, (uint32_t)operand(vcpu, rt)))
			return false;
		translate_follow_priorities(vcpu);
		return true;
	}
	if (!gic_direct_priorities(n, &active))
		return false;
	operand_set(vcpu, rt, active);
	return true;
}

bool group1_register(struct vcpu *vcpu, uint32_t id, unsigned rt, bool write)
{
	uint64_t value;

	for (unsigned n = 0; n < 4; n++)
		if (id == ICC_AP1R_EL1(n))
			return priorities(vcpu, n, rt, write);
	if (write)
		return write_register(vcpu, id, operand(vcpu, rt));
	if (!read_register(vcpu, id, &value))
		return false;
	operand_set(vcpu, rt, value);
	return true;
}
