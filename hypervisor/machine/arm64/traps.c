/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/arm64/traps.h"

#include "machine/arm64/sysregs.h"

/* ID registers: CRm * 8 + op2. */
enum {
	PFR0 = 4 * 8,
	PFR1 = 4 * 8 + 1,
	DFR0 = 5 * 8,
	ISAR1 = 6 * 8 + 1,
	ISAR2 = 6 * 8 + 2,
	MMFR0 = 7 * 8,
	MMFR1 = 7 * 8 + 1,
	MMFR2 = 7 * 8 + 2,
};

/* For all processors. WFI and WFE do not trap; neither do cache maintenance by address and TLB maintenance.
 */
#define HCR_GUEST \
	(HCR_VM | HCR_SWIO | HCR_FMO | HCR_IMO | HCR_AMO | HCR_TID1 | HCR_TID3 | HCR_TSC | HCR_TIDCP | \
	 HCR_TACR | HCR_TSW | HCR_RW)
#define CPTR_GUEST (CPTR_RES1 | CPTR_TZ | CPTR_TSM) /* SVE and SME trap; FP and SIMD do not */
/*
 * The OS lock is emulated, and never locked: while it is, MDSCR_EL1.HDE and OSECCR_EL1 are an external
 * debugger's EDSCR.HDE and EDECCR, by which HLT, a breakpoint or an exception to EL2 halts the processor for
 * ever.
 */
#define MDCR_GUEST (MDCR_TDRA | MDCR_TDOSA | MDCR_TPM | MDCR_TPMCR)

/*
 * The controls that a processor has beside HCR_EL2, CPTR_EL2 and MDCR_EL2: where an ID field is at least
 * `least`.
 */
struct rule {
	uint8_t id, lsb, least;
	uint8_t control; /* enum traps_control */
	uint64_t bits;
};

static const struct rule present[] = {
	{PFR0, 40, 1, TRAPS_MPAM2, 0},   /* MPAM */
	{PFR0, 44, 1, TRAPS_HAFGRTR, 0}, /* AMU, with FGT */
	{PFR1, 16, 1, TRAPS_MPAM2, 0},   /* MPAM_frac: version 0.1 */
	{MMFR0, 56, 1, TRAPS_FGT, 0},    /* FGT */
	{MMFR0, 56, 1, TRAPS_HDFGRTR, 0}, {MMFR0, 56, 2, TRAPS_FGT2, 0}, {MMFR1, 40, 1, TRAPS_HCRX, 0}, /* HCX */
};

/*
 * What traps, or is permitted, beyond the bits for all processors. In HCRX_EL2 and the registers of FGT and
 * FGT2 most of the newer bits are permissions: 0 withholds it.
 */
static const struct rule rules[] = {
	{PFR0, 28, 1, TRAPS_HCR, HCR_TERR},         /* RAS */
	{PFR0, 40, 1, TRAPS_MPAM2, MPAM2_TRAPS},    /* MPAM */
	{PFR0, 44, 1, TRAPS_CPTR, CPTR_TAM},        /* AMU */
	{PFR1, 8, 2, TRAPS_HCR, HCR_TID5},          /* MTE: GMID_EL1, what HCR_EL2.ATA = 0 leaves out */
	{PFR1, 16, 1, TRAPS_MPAM2, MPAM2_TRAPS},    /* MPAM_frac */
	{PFR1, 36, 1, TRAPS_HCRX, HCRX_TALLINT},    /* NMI */
	{DFR0, 4, 1, TRAPS_CPTR, CPTR_TTA},         /* TraceVer */
	{DFR0, 32, 1, TRAPS_MDCR, MDCR_TPMS},       /* PMSVer */
	{DFR0, 32, 1, TRAPS_HDFGRTR, HDFGR_PMBIDR}, /* what MDCR_EL2.E2PB = 0 leaves out */
	{DFR0, 40, 1, TRAPS_MDCR, MDCR_TTRF},       /* TraceFilt */
	{DFR0, 44, 1, TRAPS_HDFGRTR, HDFGR_TRBIDR}, /* TraceBuffer: what MDCR_EL2.E2TB = 0 leaves out */
	{ISAR1, 4, 1, TRAPS_HCR, HCR_APK_API},      /* APA: pointer authentication is the guest's own */
	{ISAR1, 8, 1, TRAPS_HCR, HCR_APK_API},      /* API */
	{ISAR1, 24, 1, TRAPS_HCR, HCR_APK_API},     /* GPA */
	{ISAR1, 28, 1, TRAPS_HCR, HCR_APK_API},     /* GPI */
	{ISAR2, 8, 1, TRAPS_HCR, HCR_APK_API},      /* GPA3 */
	{ISAR2, 12, 1, TRAPS_HCR, HCR_APK_API},     /* APA3 */
	{MMFR1, 16, 1, TRAPS_HCR, HCR_TLOR},        /* LO */
};

/* Caches look smaller to guests (vm/sysreg.h). EVT does not trap CTR_EL0, which EL0 reads too. */
static uint64_t cache_traps(const uint64_t id[64])
{
	return id[MMFR2] & BITS(59, 56) ? HCR_TID4 : HCR_TID2;
}

static bool applies(const struct rule *rule, const uint64_t id[64])
{
	return (id[rule->id] >> rule->lsb & 15) >= rule->least;
}

void traps_plan(struct traps *traps, const uint64_t id[64])
{
	*traps = (struct traps){
		.value =
			{[TRAPS_HCR] = HCR_GUEST | cache_traps(id), [TRAPS_CPTR] = CPTR_GUEST, [TRAPS_MDCR] = MDCR_GUEST},
		.there = BIT(TRAPS_HCR) | BIT(TRAPS_CPTR) | BIT(TRAPS_MDCR),
	};
	for (unsigned i = 0; i < ARRAY_COUNT(present); i++)
		if (applies(&present[i], id))
			traps->there |= BIT(present[i].control);
	if (!(traps->there & BIT(TRAPS_FGT)))
		traps->there &= ~BIT(TRAPS_HAFGRTR);
	for (unsigned i = 0; i < ARRAY_COUNT(rules); i++)
		if (applies(&rules[i], id))
			traps->value[rules[i].control] |= rules[i].bits;
}
