/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 by system registers (Arm IHI 0069), one security state or the non-secure one, Group 1. */
#ifndef LIB_GIC_H
#define LIB_GIC_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/exception.h"

#define GICD_CTLR 0x0000
#define GICD_TYPER 0x0004
#define GICD_IIDR 0x0008
#define GICD_STATUSR 0x0010
#define GICD_IGROUPR 0x0080
#define GICD_ISENABLER 0x0100
#define GICD_ICENABLER 0x0180
#define GICD_ISPENDR 0x0200
#define GICD_ICPENDR 0x0280
#define GICD_ISACTIVER 0x0300
#define GICD_ICACTIVER 0x0380
#define GICD_IPRIORITYR 0x0400
#define GICD_ICFGR 0x0c00
#define GICD_SGIR 0x0f00
#define GICD_IROUTER 0x6000
#define GICD_PIDR2 0xffe8
#define GICR_TYPER 0x0008
#define GICR_WAKER 0x0014
#define GICR_SGI_BASE 0x10000 /* second frame: GICD_IGROUPR ... GICD_ICFGR stand there too */

#define GIC_SPURIOUS 1023
#define GIC_SPI_FIRST 32

extern uint64_t gic_distributor;
/* This CPU's redistributor, found by its affinity. */
uint64_t gic_redistributor(void);

/* Called by boot: everything in Group 1, disabled, priority 0xa0, PMR open. */
void gic_init(void);
void gic_cpu_init(void);

/* The handler of an interrupt, called with its frame, between acknowledge and EOI. On all CPUs. */
typedef void gic_handler(uint32_t intid, struct frame *frame);
void gic_handle(gic_handler *handler);
void gic_irq_taken(struct frame *frame);
/* Interrupts taken by this CPU, spurious ones included. */
extern uint64_t gic_taken[];
extern uint64_t gic_spurious[];

/* 1: EOI drops the priority before the handler runs, ICC_DIR deactivates after it. */
void gic_eoi_mode(unsigned mode);

/* One interrupt: SGIs and PPIs are this CPU's. */
void gic_enable(uint32_t intid);
void gic_disable(uint32_t intid);
void gic_priority(uint32_t intid, uint8_t priority);
void gic_pend(uint32_t intid);
void gic_unpend(uint32_t intid);
void gic_activate(uint32_t intid);
void gic_deactivate(uint32_t intid);
bool gic_is_pending(uint32_t intid);
bool gic_is_active(uint32_t intid);
void gic_edge(uint32_t intid, bool edge);
void gic_route(uint32_t spi, uint64_t mpidr);

/* An SGI to the CPUs of `targets` (bits of Aff0) of this cluster, or to all others. */
void gic_send_sgi(uint32_t sgi, uint16_t targets);
void gic_send_sgi_others(uint32_t sgi);

#endif
