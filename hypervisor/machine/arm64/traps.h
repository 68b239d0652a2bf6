/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest may do without EL2, from the ID registers of the processor alone. Pure; el2.c calls it, and
 * writes the registers. What guests do not have (vm/idreg.c) traps, if there is a trap for it:
 * tests/unit/test_traps.c checks the list.
 */
#ifndef MACHINE_ARM64_TRAPS_H
#define MACHINE_ARM64_TRAPS_H

#include <stdint.h>

/* Registers that hold traps and permissions. */
enum traps_control {
	TRAPS_HCR,     /* HCR_EL2, in virtual delivery; guest_take_irqs() changes IMO for direct delivery */
	TRAPS_CPTR,    /* CPTR_EL2 */
	TRAPS_MDCR,    /* MDCR_EL2 but HPMN */
	TRAPS_HCRX,    /* HCRX_EL2, with FEAT_HCX */
	TRAPS_FGT,     /* HFGRTR_EL2, HFGWTR_EL2, HFGITR_EL2 and HDFGWTR_EL2, with FEAT_FGT */
	TRAPS_HDFGRTR, /* HDFGRTR_EL2, with the same */
	TRAPS_HAFGRTR, /* HAFGRTR_EL2, with the same and activity monitors */
	TRAPS_FGT2,    /* HFGRTR2_EL2 and its four companions, with FEAT_FGT2 */
	TRAPS_MPAM2,   /* MPAM2_EL2, with FEAT_MPAM */
	TRAPS_COUNT
};

struct traps {
	uint64_t value[TRAPS_COUNT];
	uint64_t there; /* a bit for each enum traps_control: only these may be accessed */
};

/* By CRm * 8 + op2, as in struct sysreg_view. */
void traps_plan(struct traps *traps, const uint64_t id[64]);

#endif
