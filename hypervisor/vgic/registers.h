/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of the GIC as the model needs them (Arm IHI 0069, chapter 12). Masks as the manual prints them.
 */
#ifndef VGIC_REGISTERS_H
#define VGIC_REGISTERS_H

#include "base/bits.h"

/* ICH_LR<n>_EL2 */
#define LR_VINTID BITS(31, 0)
#define LR_PINTID BITS(44, 32)
#define LR_EOI BIT(41) /* HW = 0: maintenance interrupt at the guest's EOI */
#define LR_PRIORITY BITS(55, 48)
#define LR_GROUP BIT(60)
#define LR_HW BIT(61)
#define LR_PENDING BIT(62)
#define LR_ACTIVE BIT(63)

/* ICH_HCR_EL2 */
#define ICH_HCR_EN BIT(0)
#define ICH_HCR_UIE BIT(1)
#define ICH_HCR_LRENPIE BIT(2)
#define ICH_HCR_NPIE BIT(3)
#define ICH_HCR_VGRP0EIE BIT(4)
#define ICH_HCR_VGRP0DIE BIT(5)
#define ICH_HCR_VGRP1EIE BIT(6)
#define ICH_HCR_VGRP1DIE BIT(7)
#define ICH_HCR_TC BIT(10) /* ICC_PMR, RPR, CTLR, DIR and SGI registers trap */
#define ICH_HCR_TDIR BIT(14)
#define ICH_HCR_EOICOUNT BITS(31, 27)

/* ICH_VMCR_EL2 */
#define ICH_VMCR_VENG0 BIT(0)
#define ICH_VMCR_VENG1 BIT(1)
#define ICH_VMCR_VCBPR BIT(4)
#define ICH_VMCR_VEOIM BIT(9)
#define ICH_VMCR_VBPR1 BITS(20, 18)
#define ICH_VMCR_VPMR BITS(31, 24)

/* GICD_CTLR with one security state */
#define GICD_CTLR_ENABLE_GRP0 BIT(0)
#define GICD_CTLR_ENABLE_GRP1 BIT(1)
#define GICD_CTLR_ARE BIT(4)
#define GICD_CTLR_DS BIT(6)

/* GICD_TYPER */
#define GICD_TYPER_IT_LINES BITS(4, 0)
#define GICD_TYPER_ID_BITS BITS(23, 19)
#define GICD_TYPER_NO_1_OF_N BIT(25)

/* GICD_IROUTER<n> */
#define GICD_IROUTER_AFFINITY (BITS(39, 32) | BITS(23, 0))

/* GICR_TYPER */
#define GICR_TYPER_LAST BIT(4)
#define GICR_TYPER_NUMBER BITS(23, 8)
#define GICR_TYPER_AFFINITY BITS(63, 32)

/* GICR_WAKER */
#define GICR_WAKER_PROCESSOR_SLEEP BIT(1)
#define GICR_WAKER_CHILDREN_ASLEEP BIT(2)

/* Byte offsets in the distributor and in a redistributor's SGI frame. */
enum gic_offset {
	GICD_CTLR = 0x0000,
	GICD_TYPER = 0x0004,
	GICD_IIDR = 0x0008,
	GIC_IGROUPR = 0x0080,
	GIC_ISENABLER = 0x0100,
	GIC_ICENABLER = 0x0180,
	GIC_ISPENDR = 0x0200,
	GIC_ICPENDR = 0x0280,
	GIC_ISACTIVER = 0x0300,
	GIC_ICACTIVER = 0x0380,
	GIC_IPRIORITYR = 0x0400,
	GIC_ICFGR = 0x0c00,
	GICD_IROUTER = 0x6000,
	GIC_ID_REGISTERS = 0xffd0,
	GICR_CTLR = 0x0000,
	GICR_IIDR = 0x0004,
	GICR_TYPER = 0x0008,
	GICR_WAKER = 0x0014,
	GICR_SGI_FRAME = 0x10000,
};

#endif
