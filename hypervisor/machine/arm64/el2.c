/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest may do without EL2, register by register. */
#include "machine/api/cpu.h"
#include "machine/api/guest.h"
#include "machine/api/mmu.h"
#include "machine/arm64/arm64.h"
#include "machine/arm64/sysregs.h"

/*
 * HCR_EL2 while guests run in virtual delivery; guest_take_irqs() changes IMO for direct delivery. WFI and
 * WFE do not trap; neither do cache maintenance by address and TLB maintenance. HCR_TLOR, HCR_TERR, HCR_APK
 * and HCR_API join where the processor has them.
 */
#define HCR_GUEST \
	(HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TID3 | HCR_TSC | HCR_TIDCP | HCR_TACR | HCR_TSW | \
	 HCR_RW)

static uint64_t hcr(void)
{
	uint64_t value = HCR_GUEST;

	if (ID_FIELD(ID_AA64MMFR1_EL1, 16)) /* LO */
		value |= HCR_TLOR;
	if (ID_FIELD(ID_AA64PFR0_EL1, 28)) /* RAS */
		value |= HCR_TERR;
	/* APA and API, GPA and GPI; APA3 and GPA3: pointer authentication is the guest's own. */
	if ((sysreg_read(ID_AA64ISAR1_EL1) & (BITS(11, 4) | BITS(31, 24))) ||
		(cpu_id_register(6, 2) & BITS(15, 8)))
		value |= HCR_APK | HCR_API;
	return value;
}

static uint64_t cptr(void)
{
	/* SVE and SME trap; FP and SIMD do not. */
	uint64_t value = CPTR_RES1 | CPTR_TZ | CPTR_TSM;

	if (ID_FIELD(ID_AA64DFR0_EL1, 4)) /* TraceVer */
		value |= CPTR_TTA;
	if (ID_FIELD(ID_AA64PFR0_EL1, 44)) /* AMU */
		value |= CPTR_TAM;
	return value;
}

static uint64_t mdcr(void)
{
	unsigned pmu = ID_FIELD(ID_AA64DFR0_EL1, 8);
	uint64_t value = MDCR_TPM | MDCR_TPMCR;

	if (pmu && pmu != 15) /* HPMN may not be 0: all counters, as after reset */
		value |= FIELD_PUT(MDCR_HPMN, FIELD_GET(PMCR_N, sysreg_read(PMCR_EL0)));
	if (ID_FIELD(ID_AA64DFR0_EL1, 32)) /* PMSVer: and its buffer, E2PB = 0 */
		value |= MDCR_TPMS;
	if (ID_FIELD(ID_AA64DFR0_EL1, 40)) /* TraceFilt */
		value |= MDCR_TTRF;
	return value;
}

static uint64_t vtcr(void)
{
	unsigned range = ID_FIELD(ID_AA64MMFR0_EL1, 0);

	return VTCR_RES1 | FIELD_PUT(VTCR_T0SZ, 64 - mmu_stage2_ipa_bits()) |
		   FIELD_PUT(VTCR_SL0, 1) | /* starts at level 1, 4 KiB pages (TG0 = 0) */
		   FIELD_PUT(VTCR_IRGN0, 1) | FIELD_PUT(VTCR_ORGN0, 1) | FIELD_PUT(VTCR_SH0, 3) |
		   FIELD_PUT(VTCR_PS, range < 5 ? range : 5);
}

/* Later extensions: what they add stays hidden. Their registers are unknown after reset. */
static void set_up_extensions(void)
{
	if (ID_FIELD(ID_AA64MMFR0_EL1, 56)) { /* FGT: no trap beyond the coarse ones */
		sysreg_write(HFGRTR_EL2, 0);
		sysreg_write(HFGWTR_EL2, 0);
		sysreg_write(HFGITR_EL2, 0);
		sysreg_write(HDFGRTR_EL2, 0);
		sysreg_write(HDFGWTR_EL2, 0);
	}
	if (ID_FIELD(ID_AA64MMFR1_EL1, 40)) /* HCX: all its permissions withheld */
		sysreg_write(HCRX_EL2, 0);
}

void guest_take_irqs(bool direct)
{
	uint64_t value = sysreg_read(HCR_EL2) & ~(HCR_IMO | HCR_TWI);

	sysreg_write(HCR_EL2, value | (direct ? HCR_TWI : HCR_IMO));
}

/*
 * An IRQ that is EL1's to take is no wake-up event for EL2's WFI (DDI 0487, WFI wake-up events): with IMO it
 * is EL2's, and masked.
 */
void guest_wait_for_interrupt(void)
{
	uint64_t value = sysreg_read(HCR_EL2);

	sysreg_write(HCR_EL2, value | HCR_IMO);
	barrier_isb();
	cpu_wait_for_interrupt();
	sysreg_write(HCR_EL2, value);
}

void el2_set_up(void)
{
	sysreg_write(HCR_EL2, hcr());
	sysreg_write(CPTR_EL2, cptr());
	sysreg_write(MDCR_EL2, mdcr());
	sysreg_write(HSTR_EL2, 0);                   /* AArch32 at EL1 does not exist here */
	sysreg_write(CNTHCTL_EL2, CNTHCTL_EL1PCTEN); /* the physical counter is free, the physical timer traps */
	sysreg_write(CNTVOFF_EL2, 0);                /* virtual time is physical time */
	sysreg_write(CNTHP_CTL_EL2, 0);              /* unknown after reset */
	sysreg_write(CNTV_CTL_EL0, 0);               /* likewise */
	sysreg_write(CNTP_CTL_EL0, 0);               /* likewise: never a guest's */
	sysreg_write(VTCR_EL2, vtcr());
	sysreg_write(VTTBR_EL2, 0);
	set_up_extensions();
	barrier_isb();
	tlb_invalidate(alle1); /* what was translated for others, under any VMID */
	barrier_dsb(nsh);
	barrier_isb();
}
