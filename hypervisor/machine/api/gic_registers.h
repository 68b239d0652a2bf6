/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The GICv3 as its manual describes it (Arm IHI 0069): limits, offsets of registers and their fields, one
 * line each, for the physical GIC and for those that guests see. What guests see has one security state.
 */
#ifndef MACHINE_API_GIC_REGISTERS_H
#define MACHINE_API_GIC_REGISTERS_H

#include "base/bits.h"

/* INTIDs: 16 SGIs and 16 PPIs, of which each processor has its own, then SPIs. 1020 to 1023 are special. */
#define GIC_SGI_COUNT 16
#define GIC_PRIVATE_COUNT 32 /* SGIs and PPIs */
#define GIC_INTID_MAX 1020   /* SGIs, PPIs and SPIs */
#define GIC_SPURIOUS 1023
#define GIC_LR_MAX 16 /* list registers of a processor */

/* An interrupt, and not a special INTID. There are no LPIs (8192 and above): nothing sets them up. */
static inline bool gic_is_interrupt(uint64_t intid)
{
	return intid < GIC_INTID_MAX;
}

/* Distributor. */
#define GICD_CTLR 0x0000
#define GICD_TYPER 0x0004
#define GICD_IIDR 0x0008
#define GICD_IROUTER 0x6000 /* 8 bytes for each INTID */
#define GICD_PIDR2 0xffe8
#define GICD_BYTES 0x10000

/* Distributor, and SGI_base of a redistributor for INTIDs 0..31: a bit, two bits or a byte for each INTID. */
#define GIC_IGROUPR 0x0080
#define GIC_ISENABLER 0x0100
#define GIC_ICENABLER 0x0180
#define GIC_ISPENDR 0x0200
#define GIC_ICPENDR 0x0280
#define GIC_ISACTIVER 0x0300
#define GIC_ICACTIVER 0x0380
#define GIC_IPRIORITYR 0x0400
#define GIC_ICFGR 0x0c00

/* Distributor and redistributors: the identification registers, to the end of the frame. */
#define GIC_ID_REGISTERS 0xffd0

/* Redistributor: RD_base, and SGI_base 64 KiB above. */
#define GICR_CTLR 0x0000
#define GICR_IIDR 0x0004
#define GICR_TYPER 0x0008
#define GICR_WAKER 0x0014
#define GICR_SGI_BASE 0x10000
#define GICR_FRAMES_BYTES 0x20000u      /* RD_base and SGI_base */
#define GICR_FRAMES_BYTES_VLPI 0x40000u /* VLPI_base and a reserved frame as well: GICR_TYPER.VLPIS */

/* GICD_CTLR as seen with one security state, and from Non-secure state with two. */
#define GICD_CTLR_ENABLE_GRP0 BIT(0)
#define GICD_CTLR_ENABLE_GRP1 BIT(1) /* two security states: EnableGrp1A, with ARE_NS = 1 */
#define GICD_CTLR_ARE BIT(4)
#define GICD_CTLR_DS BIT(6)
#define GICD_CTLR_RWP BIT(31)

#define GICD_TYPER_IT_LINES_NUMBER BITS(4, 0)
#define GICD_TYPER_ID_BITS BITS(23, 19)
#define GICD_TYPER_NO_1_OF_N BIT(25)

#define GICD_IROUTER_AFFINITY (BITS(39, 32) | BITS(23, 0)) /* where MPIDR_EL1 has it */
#define GICD_PIDR2_ARCH_REV BITS(7, 4)

#define GICR_CTLR_RWP BIT(3)

#define GICR_TYPER_VLPIS BIT(1)
#define GICR_TYPER_LAST BIT(4)
#define GICR_TYPER_PROCESSOR_NUMBER BITS(23, 8)
#define GICR_TYPER_AFFINITY BITS(63, 32)

#define GICR_WAKER_PROCESSOR_SLEEP BIT(1)
#define GICR_WAKER_CHILDREN_ASLEEP BIT(2)

/* ICC_SGI0R_EL1, ICC_SGI1R_EL1 and ICC_ASGI1R_EL1. */
#define ICC_SGIR_TARGET_LIST BITS(15, 0)
#define ICC_SGIR_AFF1 BITS(23, 16)
#define ICC_SGIR_INTID BITS(27, 24)
#define ICC_SGIR_AFF2 BITS(39, 32)
#define ICC_SGIR_IRM BIT(40)
#define ICC_SGIR_RS BITS(47, 44)
#define ICC_SGIR_AFF3 BITS(55, 48)
#define ICC_SGIR_CLUSTER (ICC_SGIR_AFF3 | ICC_SGIR_RS | ICC_SGIR_AFF2 | ICC_SGIR_AFF1)

/* ICC_CTLR_EL1 */
#define ICC_CTLR_CBPR BIT(0)
#define ICC_CTLR_EOIMODE BIT(1)
#define ICC_CTLR_PRI_BITS BITS(10, 8)
#define ICC_CTLR_ID_BITS BITS(13, 11)
#define ICC_CTLR_SEIS BIT(14)
#define ICC_CTLR_A3V BIT(15)
#define ICC_CTLR_RSS BIT(18)
#define ICC_CTLR_EXT_RANGE BIT(19)

/* ICC_SRE_EL1 and ICC_SRE_EL2 */
#define ICC_SRE_ENABLE BIT(3)        /* EL1 has ICC_SRE_EL1, untrapped */
#define ICC_SRE_EL1_GUEST BITS(2, 0) /* DIB, DFB, SRE: there is no other interface */

/* ICH_LR<n>_EL2 */
#define LR_VINTID BITS(31, 0)
#define LR_PINTID BITS(44, 32)
#define LR_EOI BIT(41) /* HW = 0: maintenance interrupt at the guest's EOI */
#define LR_PRIORITY BITS(55, 48)
#define LR_GROUP BIT(60)
#define LR_HW BIT(61)
#define LR_PENDING BIT(62)
#define LR_ACTIVE BIT(63)
#define LR_STATE (LR_PENDING | LR_ACTIVE)

/* ICH_HCR_EL2 */
#define ICH_HCR_EN BIT(0)
#define ICH_HCR_UIE BIT(1)
#define ICH_HCR_LRENPIE BIT(2)
#define ICH_HCR_NPIE BIT(3)
#define ICH_HCR_VGRP0EIE BIT(4)
#define ICH_HCR_VGRP0DIE BIT(5)
#define ICH_HCR_VGRP1EIE BIT(6)
#define ICH_HCR_VGRP1DIE BIT(7)
#define ICH_HCR_TC BIT(10)    /* ICC_PMR, RPR, CTLR, DIR and SGI registers trap */
#define ICH_HCR_TALL0 BIT(11) /* ICC registers of Group 0 trap */
#define ICH_HCR_TALL1 BIT(12) /* and of Group 1 */
#define ICH_HCR_TDIR BIT(14)
#define ICH_HCR_EOICOUNT BITS(31, 27)

/* ICH_VMCR_EL2 */
#define ICH_VMCR_VENG0 BIT(0)
#define ICH_VMCR_VENG1 BIT(1)
#define ICH_VMCR_VCBPR BIT(4)
#define ICH_VMCR_VEOIM BIT(9)
#define ICH_VMCR_VBPR1 BITS(20, 18)
#define ICH_VMCR_VBPR0 BITS(23, 21)
#define ICH_VMCR_VPMR BITS(31, 24)

/* ICH_VTR_EL2 */
#define ICH_VTR_LIST_REGS BITS(4, 0)
#define ICH_VTR_TDS BIT(19) /* ICH_HCR_EL2.TDIR is there */
#define ICH_VTR_A3V BIT(21) /* in ICC_CTLR_EL1 they stand the other way round */
#define ICH_VTR_SEIS BIT(22)
#define ICH_VTR_ID_BITS BITS(25, 23)
#define ICH_VTR_PRE_BITS BITS(28, 26)
#define ICH_VTR_PRI_BITS BITS(31, 29)

#endif
