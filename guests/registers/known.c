/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers that a guest has at EL1 (Arm DDI 0487, IHI 0069). What a processor has beyond these belongs
 * to something that guests do not get, and is undefined to them.
 */
#include <stddef.h>

#include "registers/registers.h"

/* clang-format off */
#define ONE(op0, op1, crn, crm, op2, kind_) {ENCODING(op0, op1, crn, crm, op2), ENCODING(op0, op1, crn, crm, op2), kind_, {0}}
#define ROW(op0, op1, crn, crm, last, op2, kind_) {ENCODING(op0, op1, crn, crm, op2), ENCODING(op0, op1, crn, last, op2), kind_, {0}}
#define IF(by_, op0, op1, crn, crm, op2, kind_) \
	{ENCODING(op0, op1, crn, crm, op2), ENCODING(op0, op1, crn, crm, op2), kind_, by_}

/* Fields that announce registers: CRm and op2 of the ID register, lowest bit, least value. */
#define CCIDX {7, 2, 20, 1}
#define DIT {4, 0, 48, 1}
#define ECV {7, 0, 60, 1}
#define PAN {7, 1, 20, 1}
#define RNDR {6, 0, 60, 1}
#define UAO {7, 2, 4, 1}
/* clang-format on */

static const struct known rows[] = {
	ONE(2, 0, 0, 0, 2, STATE),     /* OSDTRRX_EL1 */
	ONE(2, 0, 0, 2, 0, STATE),     /* MDCCINT_EL1 */
	ONE(2, 0, 0, 2, 2, STATE),     /* MDSCR_EL1 */
	ONE(2, 0, 0, 3, 2, STATE),     /* OSDTRTX_EL1 */
	ONE(2, 0, 0, 6, 2, STATE),     /* OSECCR_EL1 */
	ROW(2, 0, 0, 0, 15, 4, STATE), /* DBGBVR<n>_EL1 */
	ROW(2, 0, 0, 0, 15, 5, STATE), /* DBGBCR<n>_EL1 */
	ROW(2, 0, 0, 0, 15, 6, STATE), /* DBGWVR<n>_EL1 */
	ROW(2, 0, 0, 0, 15, 7, STATE), /* DBGWCR<n>_EL1 */
	ONE(2, 0, 1, 0, 0, STATE),     /* MDRAR_EL1 */
	ONE(2, 0, 1, 0, 4, WRITTEN),   /* OSLAR_EL1 */
	ONE(2, 0, 1, 1, 4, STATE),     /* OSLSR_EL1 */
	ONE(2, 0, 1, 3, 4, STATE),     /* OSDLR_EL1 */
	ONE(2, 0, 1, 4, 4, STATE),     /* DBGPRCR_EL1 */
	ONE(2, 0, 7, 8, 6, STATE),     /* DBGCLAIMSET_EL1 */
	ONE(2, 0, 7, 9, 6, STATE),     /* DBGCLAIMCLR_EL1 */
	ONE(2, 0, 7, 14, 6, STATE),    /* DBGAUTHSTATUS_EL1 */
	ONE(2, 3, 0, 1, 0, STATE),     /* MDCCSR_EL0 */
	ONE(2, 3, 0, 4, 0, MOVES),     /* DBGDTR_EL0 */
	ONE(2, 3, 0, 5, 0, MOVES),     /* DBGDTRRX_EL0 when read, DBGDTRTX_EL0 when written */
	ONE(3, 0, 0, 0, 0, STATE),     /* MIDR_EL1 */
	ONE(3, 0, 0, 0, 5, STATE),     /* MPIDR_EL1 */
	ONE(3, 0, 0, 0, 6, STATE),     /* REVIDR_EL1 */
	ROW(3, 0, 0, 1, 7, 0, STATE),  /* ID registers, here and below */
	ROW(3, 0, 0, 1, 7, 1, STATE),    ROW(3, 0, 0, 1, 7, 2, STATE),  ROW(3, 0, 0, 1, 7, 3, STATE),
	ROW(3, 0, 0, 1, 7, 4, STATE),    ROW(3, 0, 0, 1, 7, 5, STATE),  ROW(3, 0, 0, 1, 7, 6, STATE),
	ROW(3, 0, 0, 1, 7, 7, STATE),    ONE(3, 0, 1, 0, 0, START), /* SCTLR_EL1 */
	ONE(3, 0, 1, 0, 1, STATE),                                  /* ACTLR_EL1 */
	ONE(3, 0, 1, 0, 2, START),                                  /* CPACR_EL1 */
	ONE(3, 0, 2, 0, 0, START),                                  /* TTBR0_EL1 */
	ONE(3, 0, 2, 0, 1, START),                                  /* TTBR1_EL1 */
	ONE(3, 0, 2, 0, 2, START),                                  /* TCR_EL1 */
	ONE(3, 0, 2, 1, 0, STATE),                                  /* APIAKeyLo_EL1 */
	ONE(3, 0, 2, 1, 1, STATE),                                  /* APIAKeyHi_EL1 */
	ONE(3, 0, 2, 1, 2, STATE),                                  /* APIBKeyLo_EL1 */
	ONE(3, 0, 2, 1, 3, STATE),                                  /* APIBKeyHi_EL1 */
	ONE(3, 0, 2, 2, 0, STATE),                                  /* APDAKeyLo_EL1 */
	ONE(3, 0, 2, 2, 1, STATE),                                  /* APDAKeyHi_EL1 */
	ONE(3, 0, 2, 2, 2, STATE),                                  /* APDBKeyLo_EL1 */
	ONE(3, 0, 2, 2, 3, STATE),                                  /* APDBKeyHi_EL1 */
	ONE(3, 0, 2, 3, 0, STATE),                                  /* APGAKeyLo_EL1 */
	ONE(3, 0, 2, 3, 1, STATE),                                  /* APGAKeyHi_EL1 */
	ONE(3, 0, 4, 0, 0, START),                                  /* SPSR_EL1 */
	ONE(3, 0, 4, 0, 1, START),                                  /* ELR_EL1 */
	ONE(3, 0, 4, 1, 0, START),                                  /* SP_EL0 */
	ONE(3, 0, 4, 2, 0, START),                                  /* SPSel */
	ONE(3, 0, 4, 2, 2, STATE),                                  /* CurrentEL */
	IF(PAN, 3, 0, 4, 2, 3, STATE),                              /* PAN */
	IF(UAO, 3, 0, 4, 2, 4, STATE),                              /* UAO */
	ONE(3, 0, 4, 3, 0, REMAINS), /* ALLINT of FEAT_NMI: a bit of PSTATE; HCRX_EL2.TALLINT traps its setting */
	ONE(3, 0, 4, 6, 0, STATE),   /* ICC_PMR_EL1 */
	ONE(3, 0, 5, 1, 0, STATE),   /* AFSR0_EL1 */
	ONE(3, 0, 5, 1, 1, STATE),   /* AFSR1_EL1 */
	ONE(3, 0, 5, 2, 0, START),   /* ESR_EL1 */
	ONE(3, 0, 6, 0, 0, START),   /* FAR_EL1 */
	ONE(3, 0, 7, 4, 0, STATE),   /* PAR_EL1 */
	ONE(3, 0, 10, 2, 0, START),  /* MAIR_EL1 */
	ONE(3, 0, 10, 3, 0, STATE),  /* AMAIR_EL1 */
	ONE(3, 0, 12, 0, 0, START),  /* VBAR_EL1 */
	ONE(3, 0, 12, 1, 0, MOVES),  /* ISR_EL1 */
	ONE(3, 0, 12, 1, 1, REMAINS),  /* DISR_EL1 of FEAT_RAS: with HCR_EL2.AMO it is VDISR_EL2 */
	ONE(3, 0, 12, 8, 0, STATE),    /* ICC_IAR0_EL1 */
	ONE(3, 0, 12, 8, 1, WRITTEN),  /* ICC_EOIR0_EL1 */
	ONE(3, 0, 12, 8, 2, STATE),    /* ICC_HPPIR0_EL1 */
	ONE(3, 0, 12, 8, 3, STATE),    /* ICC_BPR0_EL1 */
	ROW(3, 0, 12, 8, 8, 4, STATE), /* ICC_AP0R<n>_EL1 */
	ROW(3, 0, 12, 8, 8, 5, STATE),   ROW(3, 0, 12, 8, 8, 6, STATE), ROW(3, 0, 12, 8, 8, 7, STATE),
	ROW(3, 0, 12, 9, 9, 0, STATE), /* ICC_AP1R<n>_EL1 */
	ROW(3, 0, 12, 9, 9, 1, STATE),   ROW(3, 0, 12, 9, 9, 2, STATE), ROW(3, 0, 12, 9, 9, 3, STATE),
	ONE(3, 0, 12, 9, 5, REMAINS),    /* ICC_NMIAR1_EL1 of FEAT_GICv3_NMI: there are no such interrupts */
	ONE(3, 0, 12, 11, 1, WRITTEN),   /* ICC_DIR_EL1 */
	ONE(3, 0, 12, 11, 3, STATE),     /* ICC_RPR_EL1 */
	ONE(3, 0, 12, 11, 5, WRITTEN),   /* ICC_SGI1R_EL1 */
	ONE(3, 0, 12, 11, 6, WRITTEN),   /* ICC_ASGI1R_EL1 */
	ONE(3, 0, 12, 11, 7, WRITTEN),   /* ICC_SGI0R_EL1 */
	ONE(3, 0, 12, 12, 0, STATE),     /* ICC_IAR1_EL1 */
	ONE(3, 0, 12, 12, 1, WRITTEN),   /* ICC_EOIR1_EL1 */
	ONE(3, 0, 12, 12, 2, STATE),     /* ICC_HPPIR1_EL1 */
	ONE(3, 0, 12, 12, 3, STATE),     /* ICC_BPR1_EL1 */
	ONE(3, 0, 12, 12, 4, STATE),     /* ICC_CTLR_EL1 */
	ONE(3, 0, 12, 12, 5, STATE),     /* ICC_SRE_EL1 */
	ONE(3, 0, 12, 12, 6, STATE),     /* ICC_IGRPEN0_EL1 */
	ONE(3, 0, 12, 12, 7, STATE),     /* ICC_IGRPEN1_EL1 */
	ONE(3, 0, 13, 0, 1, STATE),      /* CONTEXTIDR_EL1 */
	ONE(3, 0, 13, 0, 4, START),      /* TPIDR_EL1 */
	ONE(3, 0, 14, 1, 0, STATE),      /* CNTKCTL_EL1 */
	ONE(3, 1, 0, 0, 0, STATE),       /* CCSIDR_EL1 */
	ONE(3, 1, 0, 0, 1, STATE),       /* CLIDR_EL1 */
	IF(CCIDX, 3, 1, 0, 0, 2, STATE), /* CCSIDR2_EL1 */
	ONE(3, 1, 0, 0, 7, STATE),       /* AIDR_EL1 */
	ONE(3, 2, 0, 0, 0, STATE),       /* CSSELR_EL1 */
	ONE(3, 3, 0, 0, 1, STATE),       /* CTR_EL0 */
	ONE(3, 3, 0, 0, 7, STATE),       /* DCZID_EL0 */
	IF(RNDR, 3, 3, 2, 4, 0, MOVES),  /* RNDR */
	IF(RNDR, 3, 3, 2, 4, 1, MOVES),  /* RNDRRS */
	ONE(3, 3, 4, 2, 0, MOVES),       /* NZCV: the compiler's */
	ONE(3, 3, 4, 2, 1, START),       /* DAIF */
	IF(DIT, 3, 3, 4, 2, 5, STATE),   /* DIT */
	ONE(3, 3, 4, 2, 6, STATE),       /* SSBS: with FEAT_SSBS2 */
	ONE(3, 3, 4, 2, 7, REMAINS),     /* TCO of FEAT_MTE: a bit of PSTATE, and nothing is checked */
	ONE(3, 3, 4, 4, 0, STATE),       /* FPCR */
	ONE(3, 3, 4, 4, 1, STATE),       /* FPSR */
	ONE(3, 3, 13, 0, 2, START),      /* TPIDR_EL0 */
	ONE(3, 3, 13, 0, 3, STATE),      /* TPIDRRO_EL0 */
	ONE(3, 3, 14, 0, 0, STATE),      /* CNTFRQ_EL0 */
	ONE(3, 3, 14, 0, 1, MOVES),      /* CNTPCT_EL0 */
	ONE(3, 3, 14, 0, 2, MOVES),      /* CNTVCT_EL0 */
	IF(ECV, 3, 3, 14, 0, 5, MOVES),  /* CNTPCTSS_EL0 */
	IF(ECV, 3, 3, 14, 0, 6, MOVES),  /* CNTVCTSS_EL0 */
	ONE(3, 3, 14, 2, 0, MOVES),      /* CNTP_TVAL_EL0 */
	ONE(3, 3, 14, 2, 1, STATE),      /* CNTP_CTL_EL0 */
	ONE(3, 3, 14, 2, 2, STATE),      /* CNTP_CVAL_EL0 */
	ONE(3, 3, 14, 3, 0, MOVES),      /* CNTV_TVAL_EL0 */
	ONE(3, 3, 14, 3, 1, STATE),      /* CNTV_CTL_EL0 */
	ONE(3, 3, 14, 3, 2, STATE),      /* CNTV_CVAL_EL0 */
};

const struct known *known_find(unsigned encoding)
{
	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].first <= encoding && encoding <= rows[i].last && (encoding - rows[i].first) % 8 == 0)
			return &rows[i];
	return NULL;
}

bool known_is_announced(const struct known *known)
{
	uint64_t id = 0;
	bool read = register_read(ENCODING(3, 0, 0, known->by.crm, known->by.op2), &id);

	return read && (id >> known->by.shift & 15) >= known->by.least;
}
