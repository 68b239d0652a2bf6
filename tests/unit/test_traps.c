/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything that EL2 hides also traps: the list of all fields of ID registers that guests are not shown (Arm
 * DDI 0487, "ID registers"), each with the trap, the permission withheld, or the reason why there is nothing
 * to trap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "machine/arm64/sysregs.h"
#include "machine/arm64/traps.h"
#include "vm/sysreg.h"

/* Permissions, which are bits that must be 0 (DDI 0487, HCR_EL2 and the registers named). */
#define HCR_FIEN BIT(47)
#define HCR_NV (BIT(42) | BIT(43) | BIT(45))
#define HCR_AMVOFFEN BIT(51)
#define HCR_ENSCXT BIT(53)
#define HCR_ATA BIT(56)
#define HCR_TME BIT(39)
#define MDCR_E2PB BITS(13, 12)
#define MDCR_ENSPM BIT(15)
#define MDCR_E2TB BITS(25, 24)
#define MDCR_EBWE BIT(43)
#define MDCR_ENSTEPOP BIT(50)
#define HCRX_LS64 BITS(2, 0)
#define HCRX_CMOW BIT(9)
#define HCRX_MOPS (BIT(10) | BIT(11))
#define HCRX_TCR2 BIT(14)
#define HCRX_SCTLR2 BIT(15)
#define HCRX_D128 BIT(17)
#define HCRX_ERRORS (BIT(18) | BIT(20))
#define HCRX_GCS BIT(22)
#define HCRX_FPM BIT(23)
#define HCRX_PACM BIT(24)
#define HCRX_SRMASK BIT(26)
#define HFGR_GCS BITS(53, 52)
#define HFGR_SME (BIT(54) | BIT(55))
#define HFGR_RCW BIT(56)
#define HFGR_PIE BITS(58, 57)
#define HFGR_POE BITS(61, 59)
#define HFGR_AIE BITS(63, 62)
#define HDFGR_BRBE BITS(61, 59)
#define ALL UINT64_MAX /* of FGT2: all of it are permissions, but two traps of instructions */

/* The coarsest words of a trap; NOTHING needs a reason. */
enum way { TRAPPED, WITHHELD, NOTHING };

static const struct hidden {
	uint8_t crm, op2, lsb;
	uint8_t way;
	uint8_t control; /* enum traps_control */
	uint64_t bits;   /* set when TRAPPED, 0 when WITHHELD */
	const char *what;
} hidden[] = {
	{4, 0, 0, NOTHING, 0, 0, "EL0: a reserved value"},
	{4, 0, 4, TRAPPED, TRAPS_HCR, HCR_RW, "EL1: no AArch32"},
	{4, 0, 8, NOTHING, 0, 0, "EL2: its registers are undefined at EL1"},
	{4, 0, 12, NOTHING, 0, 0, "EL3: likewise"},
	{4, 0, 16, NOTHING, 0, 0, "FP: a reserved value"},
	{4, 0, 20, NOTHING, 0, 0, "AdvSIMD: a reserved value"},
	{4, 0, 24, NOTHING, 0, 0, "GIC 4.1: the ITS's"},
	{4, 0, 28, TRAPPED, TRAPS_HCR, HCR_TERR, "RAS"},
	{4, 0, 32, TRAPPED, TRAPS_CPTR, CPTR_TZ, "SVE"},
	{4, 0, 36, NOTHING, 0, 0, "SEL2: EL2's"},
	{4, 0, 40, TRAPPED, TRAPS_MPAM2, MPAM2_TRAPS, "MPAM"},
	{4, 0, 44, TRAPPED, TRAPS_CPTR, CPTR_TAM, "AMU"},
	{4, 0, 44, WITHHELD, TRAPS_HCR, HCR_AMVOFFEN, "AMU"},
	{4, 0, 48, NOTHING, 0, 0, "DIT: a reserved value"},
	{4, 0, 52, NOTHING, 0, 0, "RME: EL3's"},
	{4, 0, 56, WITHHELD, TRAPS_HCR, HCR_ENSCXT, "CSV2: SCXTNUM_EL0, SCXTNUM_EL1"},
	{4, 0, 60, NOTHING, 0, 0, "CSV3: a reserved value"},
	{4, 1, 0, NOTHING, 0, 0, "BT: a reserved value"},
	{4, 1, 4, NOTHING, 0, 0, "SSBS: a reserved value"},
	{4, 1, 8, WITHHELD, TRAPS_HCR, HCR_ATA, "MTE"},
	{4, 1, 8, TRAPPED, TRAPS_HCR, HCR_TID5, "MTE: GMID_EL1"},
	{4, 1, 12, WITHHELD, TRAPS_HCR, HCR_FIEN, "RAS_frac: ERXPFG*_EL1"},
	{4, 1, 16, TRAPPED, TRAPS_MPAM2, MPAM2_TRAPS, "MPAM_frac"},
	{4, 1, 20, NOTHING, 0, 0, "reserved"},
	{4, 1, 24, TRAPPED, TRAPS_CPTR, CPTR_TSM, "SME"},
	{4, 1, 24, TRAPPED, TRAPS_HCR, HCR_TID1, "SME: SMIDR_EL1"},
	{4, 1, 24, WITHHELD, TRAPS_FGT, HFGR_SME, "SME: SMPRI_EL1, TPIDR2_EL0"},
	{4, 1, 28, NOTHING, 0, 0, "RNDR_trap: EL3's"},
	{4, 1, 32, WITHHELD, TRAPS_HCR, HCR_ENSCXT, "CSV2_frac"},
	{4, 1, 36, TRAPPED, TRAPS_HCRX, HCRX_TALLINT, "NMI"},
	{4, 1, 40, NOTHING, 0, 0, "MTE_frac: no registers"},
	{4, 1, 44, WITHHELD, TRAPS_FGT, HFGR_GCS, "GCS"},
	{4, 1, 44, WITHHELD, TRAPS_HCRX, HCRX_GCS, "GCS"},
	{4, 1, 48, WITHHELD, TRAPS_FGT, HFGR_RCW, "THE: RCWMASK_EL1"},
	{4, 1, 48, WITHHELD, TRAPS_FGT2, ALL, "THE: RCWSMASK_EL1"},
	{4, 1, 52, NOTHING, 0, 0, "MTEX: no registers"},
	{4, 1, 56, NOTHING, 0, 0, "DF2: EL3's"},
	{4, 1, 60, WITHHELD, TRAPS_FGT2, ALL, "PFAR"},
	{5, 0, 0, WITHHELD, TRAPS_FGT2, ALL, "DebugVer above 9"},
	{5, 0, 4, TRAPPED, TRAPS_CPTR, CPTR_TTA, "TraceVer"},
	{5, 0, 8, TRAPPED, TRAPS_MDCR, MDCR_TPM | MDCR_TPMCR, "PMUVer"},
	{5, 0, 16, WITHHELD, TRAPS_FGT2, ALL, "PMSS"},
	{5, 0, 24, TRAPPED, TRAPS_MDCR, MDCR_TPM, "SEBEP"},
	{5, 0, 32, TRAPPED, TRAPS_MDCR, MDCR_TPMS, "PMSVer"},
	{5, 0, 32, WITHHELD, TRAPS_MDCR, MDCR_E2PB, "PMSVer: its buffer"},
	{5, 0, 32, TRAPPED, TRAPS_HDFGRTR, HDFGR_PMBIDR, "PMSVer: PMBIDR_EL1"},
	{5, 0, 36, TRAPPED, TRAPS_MDCR, MDCR_TDOSA,
	 "DoubleLock, and the OS lock, which opens an external debugger's bits"},
	{5, 0, 40, TRAPPED, TRAPS_MDCR, MDCR_TTRF, "TraceFilt"},
	{5, 0, 44, WITHHELD, TRAPS_MDCR, MDCR_E2TB, "TraceBuffer"},
	{5, 0, 44, TRAPPED, TRAPS_HDFGRTR, HDFGR_TRBIDR, "TraceBuffer: TRBIDR_EL1"},
	{5, 0, 48, NOTHING, 0, 0, "MTPMU: no registers"},
	{5, 0, 52, WITHHELD, TRAPS_HDFGRTR, HDFGR_BRBE, "BRBE"},
	{5, 0, 56, NOTHING, 0, 0, "ExtTrcBuff: no registers"},
	{5, 0, 60, NOTHING, 0, 0, "HPMN0: EL2's"},
	{6, 0, 0, NOTHING, 0, 0, "reserved"},
	{6, 0, 24, WITHHELD, TRAPS_HCR, HCR_TME, "TME"},
	{6, 1, 56, NOTHING, 0, 0, "XS: instructions"},
	{6, 1, 60, WITHHELD, TRAPS_HCRX, HCRX_LS64, "LS64"},
	{6, 2, 0, NOTHING, 0, 0, "WFxT: instructions"},
	{6, 2, 16, WITHHELD, TRAPS_HCRX, HCRX_MOPS, "MOPS"},
	{6, 2, 32, WITHHELD, TRAPS_HCRX, HCRX_D128, "SYSREG_128"},
	{6, 2, 36, WITHHELD, TRAPS_HCRX, HCRX_D128, "SYSINSTR_128"},
	{6, 2, 40, NOTHING, 0, 0, "PRFMSLC: hints"},
	{6, 2, 44, NOTHING, 0, 0, "PCDPHINT: hints"},
	{6, 2, 56, NOTHING, 0, 0, "LUT: instructions"},
	{6, 2, 60, NOTHING, 0, 0, "ATS1A: instructions"},
	{7, 0, 12, NOTHING, 0, 0, "SNSMem: security states"},
	{7, 0, 32, NOTHING, 0, 0, "TGran16_2: stage 2"},
	{7, 0, 36, NOTHING, 0, 0, "TGran64_2: stage 2"},
	{7, 0, 40, NOTHING, 0, 0, "TGran4_2: stage 2"},
	{7, 0, 44, NOTHING, 0, 0, "ExS: bits of SCTLR_EL1"},
	{7, 0, 48, NOTHING, 0, 0, "reserved"},
	{7, 0, 52, NOTHING, 0, 0, "reserved"},
	{7, 0, 56, NOTHING, 0, 0, "FGT: EL2's"},
	{7, 1, 4, NOTHING, 0, 0, "VMIDBits: EL2's"},
	{7, 1, 8, NOTHING, 0, 0, "VH: EL2's"},
	{7, 1, 16, TRAPPED, TRAPS_HCR, HCR_TLOR, "LO"},
	{7, 1, 28, NOTHING, 0, 0, "XNX: stage 2"},
	{7, 1, 32, NOTHING, 0, 0, "TWED: EL2's, and bits of SCTLR_EL1"},
	{7, 1, 40, NOTHING, 0, 0, "HCX: EL2's"},
	{7, 1, 52, NOTHING, 0, 0, "TIDCP1: a bit of SCTLR_EL1"},
	{7, 1, 56, WITHHELD, TRAPS_HCRX, HCRX_CMOW, "CMOW"},
	{7, 2, 12, NOTHING, 0, 0, "IESB: a bit of SCTLR_EL1"},
	{7, 2, 24, WITHHELD, TRAPS_HCR, HCR_NV, "NV"},
	{7, 2, 36, NOTHING, 0, 0, "IDS: another syndrome"},
	{7, 2, 40, NOTHING, 0, 0, "FWB: stage 2"},
	{7, 2, 44, NOTHING, 0, 0, "reserved"},
	{7, 2, 52, NOTHING, 0, 0, "BBM: what TLBs do"},
	{7, 2, 56, NOTHING, 0, 0, "EVT: EL2's"},
	/* Registers of which guests are shown nothing, as wholes: what in them has registers. */
	{4, 2, 32, WITHHELD, TRAPS_HCRX, HCRX_FPM, "PFR2.FPMR"},
	{4, 4, 0, TRAPPED, TRAPS_CPTR, CPTR_TZ, "ZFR0: SVE's"},
	{4, 5, 0, TRAPPED, TRAPS_CPTR, CPTR_TSM, "SMFR0: SME's"},
	{4, 7, 0, WITHHELD, TRAPS_HCRX, HCRX_FPM, "FPFR0: FPMR's"},
	{5, 1, 32, WITHHELD, TRAPS_MDCR, MDCR_ENSPM, "DFR1.SPMU"},
	{5, 1, 36, TRAPPED, TRAPS_MDCR, MDCR_TPM, "DFR1.PMICNTR"},
	{5, 1, 40, WITHHELD, TRAPS_MDCR, MDCR_EBWE, "DFR1.ABLE"},
	{5, 1, 44, TRAPPED, TRAPS_MDCR, MDCR_TTRF, "DFR1.ITE"},
	{5, 2, 0, WITHHELD, TRAPS_MDCR, MDCR_ENSTEPOP, "DFR2.STEP"},
	{6, 3, 12, WITHHELD, TRAPS_HCRX, HCRX_PACM, "ISAR3.PACM"},
	{7, 3, 0, WITHHELD, TRAPS_HCRX, HCRX_TCR2, "MMFR3.TCRX"},
	{7, 3, 4, WITHHELD, TRAPS_HCRX, HCRX_SCTLR2, "MMFR3.SCTLRX"},
	{7, 3, 8, WITHHELD, TRAPS_FGT, HFGR_PIE, "MMFR3.S1PIE"},
	{7, 3, 16, WITHHELD, TRAPS_FGT, HFGR_POE, "MMFR3.S1POE"},
	{7, 3, 24, WITHHELD, TRAPS_FGT, HFGR_AIE, "MMFR3.AIE"},
	{7, 3, 32, WITHHELD, TRAPS_HCRX, HCRX_D128, "MMFR3.D128"},
	{7, 3, 40, WITHHELD, TRAPS_HCRX, HCRX_ERRORS, "MMFR3.SNERR"},
	{7, 4, 36, WITHHELD, TRAPS_HCRX, HCRX_SRMASK, "MMFR4.SRMASK"},
};

static void test_what_is_hidden_traps(void **state)
{
	uint64_t id[64];
	struct traps all;

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(id); i++)
		id[i] = 0x7777777777777777;
	traps_plan(&all, id);
	for (unsigned i = 0; i < ARRAY_COUNT(hidden); i++) {
		const struct hidden *row = &hidden[i];
		uint64_t want = row->way == TRAPPED ? row->bits : 0;

		if (row->way == NOTHING)
			continue;
		if (!(all.there & BIT(row->control)) || (all.value[row->control] & row->bits) != want)
			fail_msg("%s: 0x%llx", row->what, (unsigned long long)all.value[row->control]);
	}
}

static bool is_listed(unsigned crm, unsigned op2, unsigned lsb)
{
	for (unsigned i = 0; i < ARRAY_COUNT(hidden); i++)
		if (hidden[i].crm == crm && hidden[i].op2 == op2 && hidden[i].lsb == lsb)
			return true;
	return false;
}

/* Whatever the processor has: 15 is "absent" of fields with a sign. */
static bool is_hidden(unsigned crm, unsigned op2, unsigned lsb)
{
	static const uint64_t hosts[] = {0x7777777777777777, UINT64_MAX};
	struct sysreg_view view;
	uint64_t id[64], shown = 0;

	for (unsigned host = 0; host < ARRAY_COUNT(hosts); host++) {
		for (unsigned i = 0; i < ARRAY_COUNT(id); i++)
			id[i] = hosts[host];
		sysreg_view_init(&view, id, 48);
		shown |= view.id[crm * 8 + op2] >> lsb & 15;
	}
	return shown == 0;
}

/* A field that vm/idreg.c hides must have an entry for its trap here. */
static void test_all_that_is_hidden_is_on_the_list(void **state)
{
	static const uint8_t registers[][2] = {{4, 0}, {4, 1}, {5, 0}, {6, 0}, {6, 1},
										   {6, 2}, {7, 0}, {7, 1}, {7, 2}};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(registers); i++)
		for (unsigned lsb = 0; lsb < 64; lsb += 4) {
			unsigned crm = registers[i][0], op2 = registers[i][1];

			if (is_hidden(crm, op2, lsb) && !is_listed(crm, op2, lsb))
				fail_msg("CRm %u, op2 %u, bit %u is hidden, and not on the list", crm, op2, lsb);
		}
}

static void test_only_what_is_there_is_touched(void **state)
{
	static const struct {
		uint8_t reg;
		uint64_t id, there, hcr, cptr, mdcr;
	} rows[] = {
		{.reg = 4 * 8, .id = 0x2222, .hcr = 0, .there = 0},
		{.reg = 4 * 8, .id = BIT(28), .hcr = HCR_TERR},
		{.reg = 4 * 8, .id = BIT(44), .cptr = CPTR_TAM}, /* activity monitors, and no FGT */
		{.reg = 4 * 8, .id = BIT(40), .there = BIT(TRAPS_MPAM2)},
		{.reg = 4 * 8 + 1, .id = BIT(8)}, /* tagging's instructions alone */
		{.reg = 4 * 8 + 1, .id = BIT(9), .hcr = HCR_TID5},
		{.reg = 4 * 8 + 1, .id = BIT(16), .there = BIT(TRAPS_MPAM2)},
		{.reg = 5 * 8, .id = BIT(4), .cptr = CPTR_TTA},
		{.reg = 5 * 8, .id = BIT(32), .mdcr = MDCR_TPMS},
		{.reg = 5 * 8, .id = BIT(40), .mdcr = MDCR_TTRF},
		{.reg = 6 * 8 + 1, .id = BIT(8), .hcr = HCR_APK_API},
		{.reg = 6 * 8 + 2, .id = BIT(8), .hcr = HCR_APK_API},
		{.reg = 6 * 8 + 2, .id = BIT(12), .hcr = HCR_APK_API},
		{.reg = 7 * 8, .id = BIT(56), .there = BIT(TRAPS_FGT) | BIT(TRAPS_HDFGRTR)},
		{.reg = 7 * 8, .id = BIT(57), .there = BIT(TRAPS_FGT) | BIT(TRAPS_HDFGRTR) | BIT(TRAPS_FGT2)},
		{.reg = 7 * 8 + 1, .id = BIT(16), .hcr = HCR_TLOR},
		{.reg = 7 * 8 + 1, .id = BIT(40), .there = BIT(TRAPS_HCRX)},
	};
	struct traps plain, traps;

	(void)state;
	traps_plan(&plain, (uint64_t[64]){0});
	assert_int_equal(plain.there, BIT(TRAPS_HCR) | BIT(TRAPS_CPTR) | BIT(TRAPS_MDCR));
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		uint64_t id[64] = {0};

		id[rows[i].reg] = rows[i].id;
		traps_plan(&traps, id);
		assert_int_equal(traps.there, plain.there | rows[i].there);
		assert_int_equal(traps.value[TRAPS_HCR], plain.value[TRAPS_HCR] | rows[i].hcr);
		assert_int_equal(traps.value[TRAPS_CPTR], plain.value[TRAPS_CPTR] | rows[i].cptr);
		assert_int_equal(traps.value[TRAPS_MDCR], plain.value[TRAPS_MDCR] | rows[i].mdcr);
	}
}

static void test_caches_are_hidden_with_what_there_is(void **state)
{
	uint64_t id[64] = {0};
	struct traps traps;

	(void)state;
	traps_plan(&traps, id);
	assert_int_equal(traps.value[TRAPS_HCR] & (HCR_TID2 | HCR_TID4), HCR_TID2);
	id[7 * 8 + 2] = BIT(56); /* EVT */
	traps_plan(&traps, id);
	assert_int_equal(traps.value[TRAPS_HCR] & (HCR_TID2 | HCR_TID4), HCR_TID4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_hidden_traps),
		cmocka_unit_test(test_all_that_is_hidden_is_on_the_list),
		cmocka_unit_test(test_only_what_is_there_is_touched),
		cmocka_unit_test(test_caches_are_hidden_with_what_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
