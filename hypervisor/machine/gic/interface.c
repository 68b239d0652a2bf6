/* SPDX-License-Identifier: Apache-2.0 */
/* The CPU interface and the virtual interface of this pCPU: system registers (IHI 0069, ICC_* and ICH_*). */
#include "base/bits.h"
#include "machine/api/cpu.h"
#include "machine/api/gic_registers.h"
#include "machine/arm64/arm64.h"
#include "machine/arm64/sysregs.h"
#include "machine/gic/internal.h"

/*
 * ICC_SGI0R_EL1 or ICC_SGI1R_EL1 for each pCPU, without the INTID. Written by the boot CPU before others run.
 */
static uint64_t kicks[PCPU_MAX];
static unsigned priority_register_count; /* ICH_AP0R<n>_EL2 and ICH_AP1R<n>_EL2 that exist */
static unsigned priority_shift;          /* of a group priority, in a priority of 8 bits */
static bool traps_with_others;           /* ICC_DIR_EL1, with all that TC traps */

void interface_plan_kicks(void)
{
	const struct cpu_place *place = cpu_place();

	for (unsigned i = 0; i < place->pcpu_count; i++) {
		uint64_t mpidr = place->mpidr[i], aff0 = FIELD_GET(MPIDR_AFF0, mpidr);

		kicks[i] = FIELD_PUT(ICC_SGIR_AFF3, FIELD_GET(MPIDR_AFF3, mpidr)) |
				   FIELD_PUT(ICC_SGIR_AFF2, FIELD_GET(MPIDR_AFF2, mpidr)) |
				   FIELD_PUT(ICC_SGIR_AFF1, FIELD_GET(MPIDR_AFF1, mpidr)) |
				   FIELD_PUT(ICC_SGIR_RS, aff0 / 16) | FIELD_PUT(ICC_SGIR_TARGET_LIST, BIT(aff0 % 16));
	}
}

/* Active-priority registers: one bit for each group priority, 32 a register. */
static unsigned registers_for(unsigned preemption_bits)
{
	return preemption_bits <= 5 ? 1 : preemption_bits == 6 ? 2 : 4;
}

/* There is no memory-mapped interface; a guest that asks for it in ICC_SRE_EL1 traps (vm/sysreg.c). */
static void enable_registers(void)
{
	sysreg_write(ICC_SRE_EL2, (sysreg_read(ICC_SRE_EL2) | ICC_SRE_EL1_GUEST) & ~ICC_SRE_ENABLE);
	barrier_isb();
}

void interface_describe(struct gic_facts *facts)
{
	uint64_t vtr;
	unsigned lr_count, preemption_bits;

	enable_registers(); /* without them ICH_VTR_EL2 is undefined */
	vtr = sysreg_read(ICH_VTR_EL2);
	lr_count = (unsigned)FIELD_GET(ICH_VTR_LIST_REGS, vtr) + 1;
	preemption_bits = (unsigned)FIELD_GET(ICH_VTR_PRE_BITS, vtr) + 1;
	gic_trap_dir_alone(vtr & ICH_VTR_TDS);
	facts->lr_count = lr_count < GIC_LR_MAX ? lr_count : GIC_LR_MAX;
	facts->priority_bits = (unsigned)FIELD_GET(ICH_VTR_PRI_BITS, vtr) + 1;
	facts->physical_priority_bits = (unsigned)FIELD_GET(ICC_CTLR_PRI_BITS, sysreg_read(ICC_CTLR_EL1)) + 1;
	priority_shift = 8 - preemption_bits;
	priority_register_count = registers_for(preemption_bits);
	direct_describe(registers_for(facts->physical_priority_bits));
}

static void clear_virtual_interface(void)
{
	unsigned lr_count = (unsigned)FIELD_GET(ICH_VTR_LIST_REGS, sysreg_read(ICH_VTR_EL2)) + 1;

	sysreg_write(ICH_HCR_EL2, 0);
	sysreg_write(ICH_VMCR_EL2, 0);
	for (unsigned n = 0; n < lr_count && n < GIC_LR_MAX; n++)
		gic_lr_write(n, 0);
	gic_vif_priorities_load(&(struct gic_vif_priorities){{0}, {0}});
}

void interface_init_pcpu(void)
{
	enable_registers();
	sysreg_write(ICC_SRE_EL1, ICC_SRE_EL1_GUEST);
	sysreg_write(ICC_IGRPEN0_EL1, 0);
	sysreg_write(ICC_BPR0_EL1, 0);
	sysreg_write(ICC_CTLR_EL1, sysreg_read(ICC_CTLR_EL1) & ~ICC_CTLR_CBPR);
	gic_direct_close();
	clear_virtual_interface();
	if (gic_has_two_states())
		sysreg_write(ICC_IGRPEN1_EL1, 1);
	else
		sysreg_write(ICC_IGRPEN0_EL1, 1);
	barrier_isb();
}

/*
 * The effect of IAR is visible in the distributor only after a DSB (IHI 0069, observability of GIC register
 * accesses). One DSB is enough for all interrupts that were acknowledged, so it comes when nothing is left.
 * There are no LPIs.
 */
static inline uint32_t acknowledged(uint64_t iar)
{
	if (iar > UINT32_MAX)
		__builtin_unreachable(); /* RES0: saves extending it again where it is used */
	if (!gic_is_interrupt(iar))
		barrier_dsb(sy);
	return (uint32_t)iar;
}

uint32_t gic_acknowledge_group0(void)
{
	return acknowledged(sysreg_read(ICC_IAR0_EL1));
}

uint32_t gic_acknowledge_group1(void)
{
	return acknowledged(sysreg_read(ICC_IAR1_EL1));
}

void gic_drop_group0(uint32_t intid)
{
	sysreg_write(ICC_EOIR0_EL1, intid);
}

void gic_drop_group1(uint32_t intid)
{
	sysreg_write(ICC_EOIR1_EL1, intid);
}

void gic_deactivate(uint32_t intid)
{
	sysreg_write(ICC_DIR_EL1, intid);
}

/* For the barrier's partners see gic_kick(). An SGI of the wrong group would be dropped. */
void gic_send(uint64_t word)
{
	barrier_dsb(ishst);
	if (gic_has_two_states())
		sysreg_write(ICC_SGI1R_EL1, word);
	else
		sysreg_write(ICC_SGI0R_EL1, word);
	barrier_isb(); /* sent now, not when this pCPU next happens to synchronise */
}

void gic_kick(unsigned pcpu)
{
	gic_send(gic_kick_word(pcpu));
}

uint64_t gic_kick_word(unsigned pcpu)
{
	return kicks[pcpu] | FIELD_PUT(ICC_SGIR_INTID, gic_kick_attend(gic_has_two_states()));
}

uint64_t gic_notify_word(unsigned pcpu)
{
	return kicks[pcpu] | FIELD_PUT(ICC_SGIR_INTID, gic_kick_notify(gic_has_two_states()));
}

#define FOR_EACH_LR(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define READ_LR(n) \
	case n: \
		return sysreg_read(ICH_LR##n##_EL2);
#define WRITE_LR(n) \
	case n: \
		sysreg_write(ICH_LR##n##_EL2, value); \
		return;

uint64_t gic_lr_read(unsigned n)
{
	switch (n) {
		FOR_EACH_LR(READ_LR)
	default:
		return 0;
	}
}

/* Most of the time a guest has one interrupt: the first list register goes before the table. */
void gic_lr_write(unsigned n, uint64_t value)
{
	if (__builtin_expect(n == 0, 1)) {
		sysreg_write(ICH_LR0_EL2, value);
		return;
	}
	switch (n) {
		FOR_EACH_LR(WRITE_LR)
	default:
		return;
	}
}

uint32_t gic_lr_empty(void)
{
	barrier_isb(); /* writes to list registers since the exit show in it only then */
	return (uint32_t)sysreg_read(ICH_ELRSR_EL2);
}

uint64_t gic_vif_control(void)
{
	return sysreg_read(ICH_HCR_EL2);
}

void gic_trap_dir_alone(bool alone)
{
	traps_with_others = !alone;
}

bool gic_traps_dir_alone(void)
{
	return !traps_with_others;
}

void gic_vif_set_control(uint64_t hcr)
{
	if ((hcr & ICH_HCR_TDIR) && traps_with_others)
		hcr |= ICH_HCR_TC;
	sysreg_write(ICH_HCR_EL2, hcr);
}

uint32_t gic_vif_status(void)
{
	return (uint32_t)sysreg_read(ICH_MISR_EL2);
}

uint64_t gic_vif_vmcr(void)
{
	return sysreg_read(ICH_VMCR_EL2);
}

void gic_vif_set_vmcr(uint64_t vmcr)
{
	sysreg_write(ICH_VMCR_EL2, vmcr);
}

void gic_set_mask(uint8_t mask)
{
	sysreg_write(ICC_PMR_EL1, mask);
}

void gic_set_split_eoi(bool split)
{
	uint64_t value = sysreg_read(ICC_CTLR_EL1);

	sysreg_write(ICC_CTLR_EL1, split ? value | ICC_CTLR_EOIMODE : value & ~ICC_CTLR_EOIMODE);
	barrier_isb(); /* before an ICC_EOIR that has one or the other meaning */
}

uint8_t gic_running_priority(void)
{
	return (uint8_t)sysreg_read(ICC_RPR_EL1);
}

static uint32_t active_priorities(unsigned n)
{
	switch (n) {
	case 0:
		return (uint32_t)(sysreg_read(ICH_AP0R0_EL2) | sysreg_read(ICH_AP1R0_EL2));
	case 1:
		return (uint32_t)(sysreg_read(ICH_AP0R1_EL2) | sysreg_read(ICH_AP1R1_EL2));
	case 2:
		return (uint32_t)(sysreg_read(ICH_AP0R2_EL2) | sysreg_read(ICH_AP1R2_EL2));
	default:
		return (uint32_t)(sysreg_read(ICH_AP0R3_EL2) | sysreg_read(ICH_AP1R3_EL2));
	}
}

uint8_t gic_vif_running_priority(void)
{
	for (unsigned n = 0; n < priority_register_count; n++) {
		uint32_t active = active_priorities(n);

		if (active)
			return (uint8_t)((n * 32 + bits_lowest(active)) << priority_shift);
	}
	return 0xff; /* idle */
}

uint32_t gic_vif_features(void)
{
	uint64_t vtr = sysreg_read(ICH_VTR_EL2), physical = sysreg_read(ICC_CTLR_EL1);

	return (uint32_t)(FIELD_PUT(ICC_CTLR_PRI_BITS, FIELD_GET(ICH_VTR_PRI_BITS, vtr)) |
					  FIELD_PUT(ICC_CTLR_ID_BITS, FIELD_GET(ICH_VTR_ID_BITS, vtr)) |
					  FIELD_PUT(ICC_CTLR_SEIS, FIELD_GET(ICH_VTR_SEIS, vtr)) |
					  FIELD_PUT(ICC_CTLR_A3V, FIELD_GET(ICH_VTR_A3V, vtr)) |
					  (physical & (ICC_CTLR_RSS | ICC_CTLR_EXT_RANGE))); /* one for both interfaces */
}

/* IHI 0069, observability of the effects of accesses to the GIC registers. */
void gic_settle(void)
{
	barrier_dsb(sy);
}

/* Registers beyond the number of preemption bits are undefined: not accessed. */
bool gic_vif_is_busy(void)
{
	uint64_t active = sysreg_read(ICH_AP0R0_EL2) | sysreg_read(ICH_AP1R0_EL2);

	if (priority_register_count > 1)
		active |= sysreg_read(ICH_AP0R1_EL2) | sysreg_read(ICH_AP1R1_EL2);
	if (priority_register_count > 2)
		active |= sysreg_read(ICH_AP0R2_EL2) | sysreg_read(ICH_AP0R3_EL2) | sysreg_read(ICH_AP1R2_EL2) |
				  sysreg_read(ICH_AP1R3_EL2);
	return active != 0;
}

void gic_vif_priorities_save(struct gic_vif_priorities *out)
{
	out->ap0r[0] = (uint32_t)sysreg_read(ICH_AP0R0_EL2);
	out->ap1r[0] = (uint32_t)sysreg_read(ICH_AP1R0_EL2);
	if (priority_register_count > 1) {
		out->ap0r[1] = (uint32_t)sysreg_read(ICH_AP0R1_EL2);
		out->ap1r[1] = (uint32_t)sysreg_read(ICH_AP1R1_EL2);
	}
	if (priority_register_count > 2) {
		out->ap0r[2] = (uint32_t)sysreg_read(ICH_AP0R2_EL2);
		out->ap0r[3] = (uint32_t)sysreg_read(ICH_AP0R3_EL2);
		out->ap1r[2] = (uint32_t)sysreg_read(ICH_AP1R2_EL2);
		out->ap1r[3] = (uint32_t)sysreg_read(ICH_AP1R3_EL2);
	}
}

void gic_vif_priorities_load(const struct gic_vif_priorities *in)
{
	sysreg_write(ICH_AP0R0_EL2, in->ap0r[0]);
	sysreg_write(ICH_AP1R0_EL2, in->ap1r[0]);
	if (priority_register_count > 1) {
		sysreg_write(ICH_AP0R1_EL2, in->ap0r[1]);
		sysreg_write(ICH_AP1R1_EL2, in->ap1r[1]);
	}
	if (priority_register_count > 2) {
		sysreg_write(ICH_AP0R2_EL2, in->ap0r[2]);
		sysreg_write(ICH_AP0R3_EL2, in->ap0r[3]);
		sysreg_write(ICH_AP1R2_EL2, in->ap1r[2]);
		sysreg_write(ICH_AP1R3_EL2, in->ap1r[3]);
	}
}

void gic_vif_priorities_add(struct gic_vif_priorities *priorities, uint8_t priority)
{
	unsigned level = priority >> priority_shift;

	priorities->ap1r[level / 32] |= (uint32_t)BIT(level % 32);
}
