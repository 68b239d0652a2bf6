/* SPDX-License-Identifier: Apache-2.0 */
/* Group 1 of this pCPU's physical interface, while it is a guest's (IHI 0069, ICC_*). */
#include "base/bits.h"
#include "machine/api/gic_registers.h"
#include "machine/arm64/arm64.h"
#include "machine/arm64/sysregs.h"
#include "machine/gic/internal.h"

static unsigned register_count; /* ICC_AP1R<n>_EL1 that exist */

void direct_describe(unsigned count)
{
	register_count = count;
}

void gic_direct_load(const struct gic_direct *in)
{
	sysreg_write(ICC_BPR1_EL1, in->binary_point);
	gic_set_mask(in->mask);
	gic_set_split_eoi(in->split_eoi);
	sysreg_write(ICC_IGRPEN1_EL1, in->enabled);
}

void gic_direct_save(struct gic_direct *out)
{
	uint64_t control = sysreg_read(ICC_CTLR_EL1);

	*out = (struct gic_direct){
		.enabled = sysreg_read(ICC_IGRPEN1_EL1) & 1,
		.split_eoi = control & ICC_CTLR_EOIMODE,
		.binary_point = (uint8_t)(sysreg_read(ICC_BPR1_EL1) & 7),
		.mask = (uint8_t)sysreg_read(ICC_PMR_EL1),
	};
}

uint32_t gic_direct_acknowledge(void)
{
	return (uint32_t)sysreg_read(ICC_IAR1_EL1);
}

uint32_t gic_direct_highest(void)
{
	return (uint32_t)sysreg_read(ICC_HPPIR1_EL1);
}

void gic_direct_end(uint32_t intid)
{
	sysreg_write(ICC_EOIR1_EL1, intid);
}

bool gic_direct_priorities(unsigned n, uint32_t *active)
{
	if (n >= register_count)
		return false;
	switch (n) {
	case 0:
		*active = (uint32_t)sysreg_read(ICC_AP1R0_EL1);
		break;
	case 1:
		*active = (uint32_t)sysreg_read(ICC_AP1R1_EL1);
		break;
	case 2:
		*active = (uint32_t)sysreg_read(ICC_AP1R2_EL1);
		break;
	default:
		*active = (uint32_t)sysreg_read(ICC_AP1R3_EL1);
	}
	return true;
}

bool gic_direct_set_priorities(unsigned n, uint32_t active)
{
	if (n >= register_count)
		return false;
	switch (n) {
	case 0:
		sysreg_write(ICC_AP1R0_EL1, active);
		break;
	case 1:
		sysreg_write(ICC_AP1R1_EL1, active);
		break;
	case 2:
		sysreg_write(ICC_AP1R2_EL1, active);
		break;
	default:
		sysreg_write(ICC_AP1R3_EL1, active);
	}
	return true;
}

bool gic_direct_is_busy(void)
{
	uint32_t active, found = 0;

	for (unsigned n = 0; gic_direct_priorities(n, &active); n++)
		found |= active;
	return found;
}

/*
 * Writing 0 to an active-priority register that is not 0 is what resets do (IHI 0069 ICC_AP1R<n>_EL1 calls it
 * unpredictable while interrupts are active; the caller ends those at the distributor).
 */
void gic_direct_close(void)
{
	sysreg_write(ICC_IGRPEN1_EL1, 0);
	for (unsigned n = 0; gic_direct_set_priorities(n, 0); n++)
		;
	sysreg_write(ICC_BPR1_EL1, 0);
	gic_set_mask(0xff);
	/* EOIR only drops the priority: a guest's interrupt is deactivated by the guest's own EOI. */
	gic_set_split_eoi(true);
}
