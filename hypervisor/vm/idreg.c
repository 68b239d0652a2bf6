/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ID registers that a guest sees: a whitelist. A field without a row reads 0. A field with a row reads
 * what the processor has, but at most the last value that is known to need nothing of the hypervisor. So a
 * future feature, or a future version of one, stays hidden until it is added here. Names are the manual's
 * (Arm DDI 0487, "ID_AA64...").
 *
 * EL2 and EL3 are shown, though no guest runs there: EL1 is not the highest level, and what belongs to the
 * highest one, such as a write of CNTFRQ_EL0, is undefined at EL1.
 *
 * Hidden on purpose: SVE, SME and memory tagging (their registers are not switched); RAS records, activity
 * and performance monitors, profiling, tracing, MPAM (they belong to the machine); SCXTNUM (CSV2 above 1);
 * LORegions, VHE, nested virtualisation; features that HCRX_EL2 must enable first; WFxT, since a trapped WFI
 * has no deadline; 52-bit addresses; BBM, whose TLB conflict aborts come to EL2.
 */
#include "vm/sysreg.h"

#define DFR0_NO_DOUBLE_LOCK BITS(39, 36)
#define WHOLE 15 /* counts, and fields all of whose values are harmless */

#define ID_REG(crm, op2) ((crm)*8 + (op2))

enum id_register {
	AA64PFR0 = ID_REG(4, 0),
	AA64PFR1 = ID_REG(4, 1),
	AA64DFR0 = ID_REG(5, 0),
	AA64ISAR0 = ID_REG(6, 0),
	AA64ISAR1 = ID_REG(6, 1),
	AA64ISAR2 = ID_REG(6, 2),
	AA64MMFR0 = ID_REG(7, 0),
	AA64MMFR1 = ID_REG(7, 1),
	AA64MMFR2 = ID_REG(7, 2),
};

struct id_field {
	uint8_t reg; /* ID_REG() */
	uint8_t lsb;
	bool is_signed; /* 15 means absent, and is less than 0 */
	uint8_t max;
};

/* clang-format off */
#define KEEP(reg_, lsb_, max_) {.reg = (reg_), .lsb = (lsb_), .max = (max_)}
#define KEEP_SIGNED(reg_, lsb_, max_) {.reg = (reg_), .lsb = (lsb_), .is_signed = true, .max = (max_)}
/* clang-format on */

static const struct id_field fields[] = {
	KEEP(AA64PFR0, 0, 2),          /* EL0: AArch32 too, where the processor has it */
	KEEP(AA64PFR0, 4, 1),          /* EL1: AArch64 alone, HCR_EL2.RW */
	KEEP(AA64PFR0, 8, 1),          /* EL2: the same, since no level can have more than those below it */
	KEEP(AA64PFR0, 12, 1),         /* EL3 */
	KEEP_SIGNED(AA64PFR0, 16, 1),  /* FP */
	KEEP_SIGNED(AA64PFR0, 20, 1),  /* AdvSIMD */
	KEEP(AA64PFR0, 24, 1),         /* GIC: system registers of GICv3 */
	KEEP(AA64PFR0, 48, 1),         /* DIT */
	KEEP(AA64PFR0, 56, 1),         /* CSV2 */
	KEEP(AA64PFR0, 60, 1),         /* CSV3 */
	KEEP(AA64PFR1, 0, 1),          /* BT */
	KEEP(AA64PFR1, 4, 2),          /* SSBS */
	KEEP(AA64DFR0, 0, 9),          /* DebugVer: up to FEAT_Debugv8p4 */
	KEEP(AA64DFR0, 12, WHOLE),     /* BRPs */
	KEEP(AA64DFR0, 20, WHOLE),     /* WRPs */
	KEEP(AA64DFR0, 28, WHOLE),     /* CTX_CMPs */
	KEEP(AA64ISAR0, 4, 2),         /* AES, PMULL */
	KEEP(AA64ISAR0, 8, 1),         /* SHA1 */
	KEEP(AA64ISAR0, 12, 2),        /* SHA2 */
	KEEP(AA64ISAR0, 16, 1),        /* CRC32 */
	KEEP(AA64ISAR0, 20, 2),        /* Atomic */
	KEEP(AA64ISAR0, 28, 1),        /* RDM */
	KEEP(AA64ISAR0, 32, 1),        /* SHA3 */
	KEEP(AA64ISAR0, 36, 1),        /* SM3 */
	KEEP(AA64ISAR0, 40, 1),        /* SM4 */
	KEEP(AA64ISAR0, 44, 1),        /* DP */
	KEEP(AA64ISAR0, 48, 1),        /* FHM */
	KEEP(AA64ISAR0, 52, 2),        /* TS */
	KEEP(AA64ISAR0, 56, 2),        /* TLB: TLBI OS, range */
	KEEP(AA64ISAR0, 60, 1),        /* RNDR */
	KEEP(AA64ISAR1, 0, 2),         /* DPB */
	KEEP(AA64ISAR1, 4, 5),         /* APA */
	KEEP(AA64ISAR1, 8, 5),         /* API */
	KEEP(AA64ISAR1, 12, 1),        /* JSCVT */
	KEEP(AA64ISAR1, 16, 1),        /* FCMA */
	KEEP(AA64ISAR1, 20, 3),        /* LRCPC */
	KEEP(AA64ISAR1, 24, 1),        /* GPA */
	KEEP(AA64ISAR1, 28, 1),        /* GPI */
	KEEP(AA64ISAR1, 32, 1),        /* FRINTTS */
	KEEP(AA64ISAR1, 36, 1),        /* SB */
	KEEP(AA64ISAR1, 40, 2),        /* SPECRES */
	KEEP(AA64ISAR1, 44, 1),        /* BF16; EBF16 needs FPCR.EBF, a later value */
	KEEP(AA64ISAR1, 48, 1),        /* DGH */
	KEEP(AA64ISAR1, 52, 1),        /* I8MM */
	KEEP(AA64ISAR2, 4, 1),         /* RPRES */
	KEEP(AA64ISAR2, 8, 1),         /* GPA3 */
	KEEP(AA64ISAR2, 12, 5),        /* APA3 */
	KEEP(AA64ISAR2, 20, 1),        /* BC */
	KEEP(AA64ISAR2, 24, 1),        /* PAC_frac */
	KEEP(AA64ISAR2, 28, 1),        /* CLRBHB */
	KEEP(AA64ISAR2, 48, 1),        /* RPRFM */
	KEEP(AA64ISAR2, 52, 1),        /* CSSC */
	KEEP(AA64MMFR0, 0, WHOLE),     /* PARange: cut to stage 2 below */
	KEEP(AA64MMFR0, 4, 2),         /* ASIDBits */
	KEEP(AA64MMFR0, 8, 1),         /* BigEnd */
	KEEP(AA64MMFR0, 16, 1),        /* BigEndEL0 */
	KEEP(AA64MMFR0, 20, 1),        /* TGran16 */
	KEEP_SIGNED(AA64MMFR0, 24, 0), /* TGran64 */
	KEEP_SIGNED(AA64MMFR0, 28, 0), /* TGran4 */
	KEEP(AA64MMFR0, 60, 1),        /* ECV: counters that need no ISB; CNTPOFF_EL2, a later value, is EL2's */
	KEEP(AA64MMFR1, 0, 2),         /* HAFDBS */
	KEEP(AA64MMFR1, 12, 2),        /* HPDS */
	KEEP(AA64MMFR1, 20, 3),        /* PAN */
	KEEP(AA64MMFR1, 24, 1),        /* SpecSEI */
	KEEP(AA64MMFR1, 36, 2),        /* ETS */
	KEEP(AA64MMFR1, 44, 1),        /* AFP */
	KEEP(AA64MMFR1, 48, 1),        /* nTLBPA */
	KEEP(AA64MMFR1, 60, 1),        /* ECBHB */
	KEEP(AA64MMFR2, 0, 1),         /* CnP */
	KEEP(AA64MMFR2, 4, 1),         /* UAO */
	KEEP(AA64MMFR2, 8, 1),         /* LSM */
	KEEP(AA64MMFR2, 16, 1),        /* VARange */
	KEEP(AA64MMFR2, 20, 1),        /* CCIDX */
	KEEP(AA64MMFR2, 28, 1),        /* ST */
	KEEP(AA64MMFR2, 32, 1),        /* AT */
	KEEP(AA64MMFR2, 48, 1),        /* TTL */
	KEEP(AA64MMFR2, 60, 1),        /* E0PD */
};

/* The AArch32 view, which matters to EL0 alone: whole fields, of instructions and of memory's behaviour. */
static const struct {
	uint8_t reg; /* ID_REG() */
	uint64_t keep;
} aarch32[] = {
	{.reg = ID_REG(1, 0), .keep = BITS(27, 24) | BITS(19, 0)}, /* PFR0 but RAS, AMU */
	{.reg = ID_REG(1, 1), .keep = BITS(19, 16)},               /* PFR1: GenTimer; not what EL1 alone has */
	{.reg = ID_REG(1, 2), .keep = BITS(3, 0)},                 /* DFR0: CopDbg */
	{.reg = ID_REG(1, 4), .keep = BITS(31, 0)},                /* MMFR0 */
	{.reg = ID_REG(1, 5), .keep = BITS(31, 0)},                /* MMFR1 */
	{.reg = ID_REG(1, 6), .keep = BITS(31, 0)},                /* MMFR2 */
	{.reg = ID_REG(1, 7), .keep = BITS(31, 0)},                /* MMFR3 */
	{.reg = ID_REG(2, 0), .keep = BITS(31, 0)},                /* ISAR0 */
	{.reg = ID_REG(2, 1), .keep = BITS(31, 0)},                /* ISAR1 */
	{.reg = ID_REG(2, 2), .keep = BITS(31, 0)},                /* ISAR2 */
	{.reg = ID_REG(2, 3), .keep = BITS(31, 0)},                /* ISAR3 */
	{.reg = ID_REG(2, 4), .keep = BITS(31, 16) | BITS(11, 0)}, /* ISAR4 but SMC */
	{.reg = ID_REG(2, 5), .keep = BITS(31, 24) | BITS(19, 0)}, /* ISAR5 */
	{.reg = ID_REG(2, 6), .keep = BITS(27, 12)},               /* MMFR4: CCIDX, LSM, HPDS, CnP */
	{.reg = ID_REG(2, 7), .keep = BITS(31, 0)},                /* ISAR6 */
	{.reg = ID_REG(3, 0), .keep = BITS(31, 0)},                /* MVFR0 */
	{.reg = ID_REG(3, 1), .keep = BITS(31, 0)},                /* MVFR1 */
	{.reg = ID_REG(3, 2), .keep = BITS(7, 0)},                 /* MVFR2 */
	{.reg = ID_REG(3, 4), .keep = BITS(7, 0)},                 /* PFR2: SSBS, CSV3 */
	{.reg = ID_REG(3, 6), .keep = BITS(7, 0)},                 /* MMFR5: nTLBPA, ETS */
};

/* ID_AA64MMFR0_EL1.PARange by its value. */
static const uint8_t pa_range_bits[] = {32, 36, 40, 42, 44, 48};

/* The largest PARange that stage 2 can translate. */
static uint64_t pa_range_max(unsigned ipa_bits)
{
	uint64_t range = 0;

	while (range + 1 < ARRAY_COUNT(pa_range_bits) && pa_range_bits[range + 1] <= ipa_bits)
		range++;
	return range;
}

static uint64_t field_value(const struct id_field *field, uint64_t host)
{
	int value = (int)(host >> field->lsb & 15);

	if (field->is_signed && value > 7)
		value -= 16;
	if (value > field->max)
		value = field->max;
	return (uint64_t)(value & 15) << field->lsb;
}

void sysreg_view_init(struct sysreg_view *view, const uint64_t host[SYSREG_ID_COUNT], unsigned ipa_bits)
{
	uint64_t *mmfr0 = &view->id[AA64MMFR0];

	*view = (struct sysreg_view){
		.id = {[SYSREG_ID_REVISION] = host[SYSREG_ID_REVISION], [AA64DFR0] = DFR0_NO_DOUBLE_LOCK},
	};
	for (unsigned i = 0; i < ARRAY_COUNT(aarch32); i++)
		view->id[aarch32[i].reg] = host[aarch32[i].reg] & aarch32[i].keep;
	for (unsigned i = 0; i < ARRAY_COUNT(fields); i++)
		view->id[fields[i].reg] |= field_value(&fields[i], host[fields[i].reg]);
	if ((*mmfr0 & BITS(3, 0)) > pa_range_max(ipa_bits))
		*mmfr0 = (*mmfr0 & ~BITS(3, 0)) | pa_range_max(ipa_bits);
}
