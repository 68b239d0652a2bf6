/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest may do without EL2, register by register. */
#include "machine/api/cpu.h"
#include "machine/api/guest.h"
#include "machine/api/mmu.h"
#include "machine/arm64/arm64.h"
#include "machine/arm64/sysregs.h"
#include "machine/arm64/traps.h"

/* HPMN may not be 0: all counters, as after reset. */
static uint64_t counters(void)
{
	unsigned pmu = ID_FIELD(ID_AA64DFR0_EL1, 8);

	return pmu && pmu != 15 ? FIELD_PUT(MDCR_HPMN, FIELD_GET(PMCR_N, sysreg_read(PMCR_EL0))) : 0;
}

static uint64_t vtcr(void)
{
	unsigned range = ID_FIELD(ID_AA64MMFR0_EL1, 0);

	return VTCR_RES1 | FIELD_PUT(VTCR_T0SZ, 64 - mmu_stage2_ipa_bits()) |
		   FIELD_PUT(VTCR_SL0, 1) | /* starts at level 1, 4 KiB pages (TG0 = 0) */
		   FIELD_PUT(VTCR_IRGN0, 1) | FIELD_PUT(VTCR_ORGN0, 1) | FIELD_PUT(VTCR_SH0, 3) |
		   FIELD_PUT(VTCR_PS, range < 5 ? range : 5);
}

static void set_up_fine_traps(const struct traps *traps)
{
	sysreg_write(HFGRTR_EL2, traps->value[TRAPS_FGT]);
	sysreg_write(HFGWTR_EL2, traps->value[TRAPS_FGT]);
	sysreg_write(HFGITR_EL2, traps->value[TRAPS_FGT]);
	sysreg_write(HDFGWTR_EL2, traps->value[TRAPS_FGT]);
	sysreg_write(HDFGRTR_EL2, traps->value[TRAPS_HDFGRTR]);
	if (traps->there & BIT(TRAPS_HAFGRTR))
		sysreg_write(HAFGRTR_EL2, traps->value[TRAPS_HAFGRTR]);
	if (!(traps->there & BIT(TRAPS_FGT2)))
		return;
	sysreg_write(HFGRTR2_EL2, traps->value[TRAPS_FGT2]);
	sysreg_write(HFGWTR2_EL2, traps->value[TRAPS_FGT2]);
	sysreg_write(HFGITR2_EL2, traps->value[TRAPS_FGT2]);
	sysreg_write(HDFGRTR2_EL2, traps->value[TRAPS_FGT2]);
	sysreg_write(HDFGWTR2_EL2, traps->value[TRAPS_FGT2]);
}

/* All run in partition 0; guests do not see how many partitions there are. */
static void set_up_partitions(uint64_t mpam2)
{
	uint64_t about = sysreg_read(MPAMIDR_EL1);

	sysreg_write(MPAM2_EL2, about & MPAMIDR_HAS_TIDR ? mpam2 | MPAM2_TIDR : mpam2);
	sysreg_write(MPAM1_EL1, 0);
	sysreg_write(MPAM0_EL1, 0);
	if (about & MPAMIDR_HAS_HCR)
		sysreg_write(MPAMHCR_EL2, MPAMHCR_TRAP_MPAMIDR);
}

/* Their registers are unknown after reset, and may only be accessed where they exist. */
static void set_up_extensions(const struct traps *traps)
{
	if (traps->there & BIT(TRAPS_FGT))
		set_up_fine_traps(traps);
	if (traps->there & BIT(TRAPS_HCRX))
		sysreg_write(HCRX_EL2, traps->value[TRAPS_HCRX]);
	if (traps->there & BIT(TRAPS_MPAM2))
		set_up_partitions(traps->value[TRAPS_MPAM2]);
}

static void plan(struct traps *traps)
{
	uint64_t id[64] = {0};

	for (unsigned i = 8; i < ARRAY_COUNT(id); i++)
		id[i] = cpu_id_register(i / 8, i % 8);
	traps_plan(traps, id);
}

void guest_take_irqs(bool direct)
{
	uint64_t value = sysreg_read(HCR_EL2) & ~(HCR_IMO | HCR_TWI);

	sysreg_write(HCR_EL2, value | (direct ? HCR_TWI : HCR_IMO));
}

void guest_trap_waits(void)
{
	sysreg_write(HCR_EL2, sysreg_read(HCR_EL2) | HCR_TWI);
}

void guest_choose_vectors(bool may_close)
{
	sysreg_write(VBAR_EL2, (uint64_t)(may_close ? vectors_closed : vectors));
}

/*
 * An IRQ that EL1 takes is no wake-up event for EL2's WFI (DDI 0487, WFI wake-up events). With IMO it is
 * EL2's, and masked.
 */
void guest_wait_for_interrupt(void)
{
	uint64_t value = sysreg_read(HCR_EL2);

	sysreg_write(HCR_EL2, value | HCR_IMO);
	barrier_isb();
	cpu_wait_for_interrupt();
	sysreg_write(HCR_EL2, value);
}

bool guest_has_interrupt(void)
{
	uint64_t own = sysreg_read(HCR_EL2) & HCR_IMO ? ISR_A : ISR_A | ISR_I;

	return sysreg_read(ISR_EL1) & own;
}

void el2_set_up(void)
{
	struct traps traps;

	plan(&traps);
	sysreg_write(HCR_EL2, traps.value[TRAPS_HCR]);
	sysreg_write(CPTR_EL2, traps.value[TRAPS_CPTR]);
	sysreg_write(MDCR_EL2, traps.value[TRAPS_MDCR] | counters());
	sysreg_write(HACR_EL2, 0);                   /* unknown after reset */
	sysreg_write(HSTR_EL2, 0);                   /* AArch32 at EL1 does not exist here */
	sysreg_write(CNTHCTL_EL2, CNTHCTL_EL1PCTEN); /* the physical counter is free, the physical timer traps */
	sysreg_write(CNTVOFF_EL2, 0);                /* virtual time is physical time */
	sysreg_write(CNTHP_CTL_EL2, 0);              /* unknown after reset */
	sysreg_write(CNTV_CTL_EL0, 0);               /* likewise */
	sysreg_write(CNTP_CTL_EL0, 0);               /* likewise: never a guest's */
	sysreg_write(VTCR_EL2, vtcr());
	sysreg_write(VTTBR_EL2, 0);
	set_up_extensions(&traps);
	barrier_isb();
	tlb_invalidate(alle1); /* translations of others, under any VMID */
	barrier_dsb(nsh);
	barrier_isb();
}
