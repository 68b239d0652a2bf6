/* SPDX-License-Identifier: Apache-2.0 */
/* Memory-mapped registers of the GICv3 (Arm IHI 0069): offsets and fields, one line each. */
#ifndef MACHINE_GIC_REGISTERS_H
#define MACHINE_GIC_REGISTERS_H

#include "base/bits.h"

/* Distributor. */
#define GICD_CTLR 0x0000
#define GICD_TYPER 0x0004
#define GICD_IIDR 0x0008
#define GICD_PIDR2 0xffe8
#define GICD_IROUTER(intid) (0x6000 + 8 * (intid))

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

/* Redistributor: RD_base, and SGI_base 64 KiB above. */
#define GICR_CTLR 0x0000
#define GICR_TYPER 0x0008
#define GICR_WAKER 0x0014
#define GICR_SGI_BASE 0x10000
#define GICR_FRAMES_BYTES 0x20000      /* RD_base and SGI_base */
#define GICR_FRAMES_BYTES_VLPI 0x40000 /* VLPI_base and a reserved frame as well: GICR_TYPER.VLPIS */

/* GICD_CTLR as seen with one security state, and from Non-secure state with two. */
#define GICD_CTLR_ENABLE_GRP0 BIT(0)
#define GICD_CTLR_ENABLE_GRP1 BIT(1) /* two security states: EnableGrp1A, with ARE_NS = 1 */
#define GICD_CTLR_ARE BIT(4)
#define GICD_CTLR_DS BIT(6)
#define GICD_CTLR_RWP BIT(31)
#define GICD_TYPER_IT_LINES_NUMBER BITS(4, 0)
#define GICD_PIDR2_ARCH_REV BITS(7, 4)

#define GICR_CTLR_RWP BIT(3)
#define GICR_TYPER_VLPIS BIT(1)
#define GICR_TYPER_LAST BIT(4)
#define GICR_TYPER_AFFINITY BITS(63, 32)
#define GICR_WAKER_PROCESSOR_SLEEP BIT(1)
#define GICR_WAKER_CHILDREN_ASLEEP BIT(2)

#define MPIDR_AFF3 BITS(39, 32)
#define MPIDR_AFF2 BITS(23, 16)
#define MPIDR_AFF1 BITS(15, 8)
#define MPIDR_AFF0 BITS(7, 0)

/* ICC_SGI0R_EL1 and ICC_SGI1R_EL1. */
#define ICC_SGIR_TARGET_LIST BITS(15, 0)
#define ICC_SGIR_AFF1 BITS(23, 16)
#define ICC_SGIR_INTID BITS(27, 24)
#define ICC_SGIR_AFF2 BITS(39, 32)
#define ICC_SGIR_RS BITS(47, 44)
#define ICC_SGIR_AFF3 BITS(55, 48)

#endif
