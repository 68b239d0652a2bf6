/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of machine/gic. */
#ifndef MACHINE_GIC_INTERNAL_H
#define MACHINE_GIC_INTERNAL_H

#include "machine/api/gic.h"

/* redistributor.c: finds and maps the redistributor of every pCPU; keeps their addresses. */
MUST_USE enum err redistributor_find_all(const struct gic_place *place);
/* Its RD_base, or 0. */
uint64_t redistributor_of(unsigned pcpu);
/* Wakes this pCPU's, disables and clears its SGIs and PPIs, sets priorities and groups. */
MUST_USE enum err redistributor_init_pcpu(void);

/* Waits until the bits read 0 at this address. */
MUST_USE enum err gic_wait_clear(uint64_t address, uint32_t bits);

/* gic.c: GICD_CTLR.DS = 0: EL2 has Group 1 only. */
bool gic_has_two_states(void);

/* interface.c: both CPU interfaces of this pCPU; what ICH_VTR_EL2 says. */
void interface_init_pcpu(void);
void interface_describe(struct gic_facts *facts);
/* direct.c: how many registers of active priorities Group 1 has. */
void direct_describe(unsigned count);
/* Computes the words that gic_kick() and gic_notify() write. */
void interface_plan_kicks(void);

#endif
