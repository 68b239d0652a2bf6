/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers of the processor (Arm DDI 0487, IHI 0069): access by name, fields as the manual prints
 * them, one line each. Assembly includes it too. Used by machine/arm64 and machine/gic only.
 */
#ifndef MACHINE_ARM64_SYSREGS_H
#define MACHINE_ARM64_SYSREGS_H

/* Names that older assemblers, or an older -march, do not know. */
#define APIAKEYLO_EL1 S3_0_C2_C1_0
#define APIAKEYHI_EL1 S3_0_C2_C1_1
#define APIBKEYLO_EL1 S3_0_C2_C1_2
#define APIBKEYHI_EL1 S3_0_C2_C1_3
#define APDAKEYLO_EL1 S3_0_C2_C2_0
#define APDAKEYHI_EL1 S3_0_C2_C2_1
#define APDBKEYLO_EL1 S3_0_C2_C2_2
#define APDBKEYHI_EL1 S3_0_C2_C2_3
#define APGAKEYLO_EL1 S3_0_C2_C3_0
#define APGAKEYHI_EL1 S3_0_C2_C3_1
#define TPIDR2_EL0 S3_3_C13_C0_5
#define SMPRI_EL1 S3_0_C1_C2_4
#define VDISR_EL2 S3_4_C12_C1_1
#define VSESR_EL2 S3_4_C5_C2_3
#define HFGRTR_EL2 S3_4_C1_C1_4
#define HFGWTR_EL2 S3_4_C1_C1_5
#define HFGITR_EL2 S3_4_C1_C1_6
#define HDFGRTR_EL2 S3_4_C3_C1_4
#define HDFGWTR_EL2 S3_4_C3_C1_5
#define HAFGRTR_EL2 S3_4_C3_C1_6
#define HDFGRTR2_EL2 S3_4_C3_C1_0
#define HDFGWTR2_EL2 S3_4_C3_C1_1
#define HFGRTR2_EL2 S3_4_C3_C1_2
#define HFGWTR2_EL2 S3_4_C3_C1_3
#define HFGITR2_EL2 S3_4_C3_C1_7
#define HCRX_EL2 S3_4_C1_C2_2
#define MPAM2_EL2 S3_4_C10_C5_0
#define MPAMHCR_EL2 S3_4_C10_C4_0
#define MPAMIDR_EL1 S3_0_C10_C4_4
#define MPAM1_EL1 S3_0_C10_C5_0
#define MPAM0_EL1 S3_0_C10_C5_1

#ifdef __ASSEMBLER__
#define SYSREG_BIT(n) (1 << (n))
#else
#include "base/bits.h"
#define SYSREG_BIT(n) BIT(n)

#define SYSREG_TEXT(name) #name
#define SYSREG_NAME(name) SYSREG_TEXT(name)

#define sysreg_read(reg) \
	({ \
		uint64_t value_of_##reg; \
		__asm__ volatile("mrs %0, " SYSREG_NAME(reg) : "=r"(value_of_##reg)); \
		value_of_##reg; \
	})
#define sysreg_write(reg, value) __asm__ volatile("msr " SYSREG_NAME(reg) ", %x0" : : "rZ"((uint64_t)(value)))

/* Barriers and TLB maintenance, named by the instruction: the reason is given where they are used. */
#define barrier_isb() __asm__ volatile("isb" : : : "memory")
#define barrier_dsb(domain) __asm__ volatile("dsb " #domain : : : "memory")
#define tlb_invalidate(what) __asm__ volatile("tlbi " #what : : : "memory")

#define MPIDR_AFF3 BITS(39, 32)
#define MPIDR_AFF2 BITS(23, 16)
#define MPIDR_AFF1 BITS(15, 8)
#define MPIDR_AFF0 BITS(7, 0)
#define MPIDR_AFFINITY (MPIDR_AFF3 | MPIDR_AFF2 | MPIDR_AFF1 | MPIDR_AFF0)

#define DCZID_BS BITS(3, 0) /* words that DC ZVA zeroes, as a power of two */
#define DCZID_DZP BIT(4)    /* it may not be used */

#define HCR_VM BIT(0)     /* stage 2 on */
#define HCR_SWIO BIT(1)   /* invalidate by set/way cleans too */
#define HCR_FMO BIT(3)    /* FIQ to EL2; the guest sees virtual ones */
#define HCR_IMO BIT(4)    /* IRQ likewise */
#define HCR_AMO BIT(5)    /* SError likewise */
#define HCR_TWI BIT(13)   /* WFI traps */
#define HCR_TID1 BIT(16)  /* REVIDR_EL1, AIDR_EL1 and SMIDR_EL1 trap */
#define HCR_TID2 BIT(17)  /* CTR_EL0 and what HCR_TID4 names trap */
#define HCR_TID3 BIT(18)  /* ID registers trap */
#define HCR_TSC BIT(19)   /* SMC traps */
#define HCR_TIDCP BIT(20) /* implementation defined registers trap */
#define HCR_TACR BIT(21)  /* ACTLR_EL1 traps */
#define HCR_TSW BIT(22)   /* cache maintenance by set/way traps */
#define HCR_TLOR BIT(35)  /* limited-ordering regions trap */
#define HCR_TERR BIT(36)  /* error record registers trap */
#define HCR_APK BIT(40)   /* pointer authentication keys do not trap */
#define HCR_API BIT(41)   /* pointer authentication instructions do not trap */
#define HCR_APK_API (HCR_APK | HCR_API)
#define HCR_TID4 BIT(49) /* CCSIDR_EL1, CCSIDR2_EL1, CLIDR_EL1 and CSSELR_EL1 trap */
#define HCR_TID5 BIT(58) /* GMID_EL1 traps */

#define ISR_I BIT(7) /* IRQ pending */
#define ISR_A BIT(8) /* SError pending */

#define CPTR_RES1 (BIT(13) | BIT(9) | BITS(7, 0))
#define CPTR_TZ BIT(8)   /* SVE traps; RES1 without it */
#define CPTR_TSM BIT(12) /* SME traps; RES1 without it */
#define CPTR_TTA BIT(20) /* trace registers trap */
#define CPTR_TAM BIT(30) /* activity monitors trap */

#define HCRX_TALLINT BIT(6) /* setting ALLINT traps */

#define HDFGR_TRBIDR BIT(51) /* reading TRBIDR_EL1 traps */
#define HDFGR_PMBIDR BIT(63) /* reading PMBIDR_EL1 traps */

#define MPAM2_TRAPS BITS(49, 48)     /* MPAM0_EL1 and MPAM1_EL1 trap */
#define MPAM2_TIDR BIT(58)           /* MPAMIDR_EL1 traps */
#define MPAMHCR_TRAP_MPAMIDR BIT(31) /* likewise, where that is how */
#define MPAMIDR_HAS_HCR BIT(17)
#define MPAMIDR_HAS_TIDR BIT(58)

#define MDCR_HPMN BITS(4, 0)
#define MDCR_TPMCR BIT(5)  /* PMCR_EL0 traps */
#define MDCR_TPM BIT(6)    /* performance monitors trap */
#define MDCR_TDA BIT(9)    /* other debug registers trap */
#define MDCR_TDOSA BIT(10) /* OSLAR_EL1, OSLSR_EL1, OSDLR_EL1 and DBGPRCR_EL1 trap */
#define MDCR_TDRA BIT(11)  /* the address of the debug ROM traps */
#define MDCR_TPMS BIT(14)  /* statistical profiling traps */
#define MDCR_TTRF BIT(19)  /* trace filter control traps */
#define PMCR_N BITS(15, 11)

#define CNTHCTL_EL1PCTEN BIT(0) /* the physical counter does not trap */
#define CNT_CTL_ENABLE BIT(0)

#define VTCR_T0SZ BITS(5, 0)
#define VTCR_SL0 BITS(7, 6)
#define VTCR_IRGN0 BITS(9, 8)
#define VTCR_ORGN0 BITS(11, 10)
#define VTCR_SH0 BITS(13, 12)
#define VTCR_PS BITS(18, 16)
#define VTCR_RES1 BIT(31)
#define VTTBR_VMID BITS(63, 48)

#define ESR_EC BITS(31, 26)
#define ESR_IL BIT(25)
#define ESR_DFSC BITS(5, 0)

#define TCR_EL1_EPD0 BIT(7)  /* no walks from TTBR0_EL1 */
#define TCR_EL1_EPD1 BIT(23) /* nor from TTBR1_EL1 */
#define SCTLR_EL1_M BIT(0)
#define SCTLR_EL1_SPAN BIT(23)
#define SCTLR_EL1_E0E BIT(24) /* data of EL0 is big-endian */
#define SCTLR_EL1_EE BIT(25)  /* of EL1 */
#define SCTLR_EL1_DSSBS BIT(44)
#define SCTLR_EL1_SPINTMASK BIT(62)

#define SPSR_M BITS(3, 0)
#define SPSR_M_EL1T 4
#define SPSR_M_EL1H 5
#define SPSR_AARCH32 BIT(4)
#define SPSR_DAIF BITS(9, 6)
#define SPSR_E BIT(9) /* AArch32: big-endian */
#define SPSR_BTYPE BITS(11, 10)
#define SPSR_SSBS BIT(12)
#define SPSR_IT_HIGH BITS(15, 10) /* AArch32: IT[7:2] */
#define SPSR_ALLINT BIT(13)
#define SPSR_SS BIT(21)
#define SPSR_PAN BIT(22)
#define SPSR_DIT BIT(24)
#define SPSR_TCO BIT(25)
#define SPSR_IT_LOW BITS(26, 25) /* AArch32: IT[1:0] */
#define SPSR_NZCV BITS(31, 28)

/* A field of an ID register; 0 means absent for all that are used here, and 15 too for some. */
#define ID_FIELD(reg, lo) ((unsigned)(sysreg_read(reg) >> (lo)) & 15)

#endif

#define HCR_RW SYSREG_BIT(31) /* EL1 is AArch64 */
#define MAIR_VALUE 0x04ff     /* enum table_mair: index 0 is 0xff, write-back; 1 is 0x04, Device-nGnRE */

/* SCTLR_EL2, E2H = 0. Off: as the boot protocol requires it. */
#define SCTLR_RES1 0x30c50830
#define SCTLR_M SYSREG_BIT(0)    /* translation */
#define SCTLR_C SYSREG_BIT(2)    /* data caches */
#define SCTLR_SA SYSREG_BIT(3)   /* SP aligned */
#define SCTLR_I SYSREG_BIT(12)   /* instruction caches */
#define SCTLR_WXN SYSREG_BIT(19) /* writable is never executable */
#define SCTLR_BOOT (SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I)
#define SCTLR_FINAL (SCTLR_BOOT | SCTLR_WXN)
/* SCTLR_EL1, when the boot loader entered at EL1. */
#define SCTLR_EL1_OFF 0x30d00800
#define SCTLR_EL1_BOOT (SCTLR_EL1_OFF | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I)

#endif
