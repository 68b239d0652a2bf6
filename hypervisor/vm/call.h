/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to a guest's call (HVC or SMC): what smccc_decide() and psci_decide() decide and flow/
 * performs. Two registers.
 */
#ifndef VM_CALL_H
#define VM_CALL_H

#include "base/types.h"

enum call_action {
	CALL_RETURN,       /* x0 = value */
	CALL_RETURN_WORDS, /* x0..x3 = the words of smccc_words(value) */
	CALL_CPU_ON,       /* start vCPU `value` at psci_entry() with psci_context() in its x0; x0 = 0 here */
	CALL_CPU_OFF,      /* this vCPU stops and never returns from the call */
	CALL_SUSPEND,      /* wait as WFI does; then x0 = value */
	CALL_SYSTEM_OFF,
	CALL_SYSTEM_RESET,
	CALL_MOVE,    /* move interrupt x1, with its device if `value` says so, to VM x2; x0 = the result */
	CALL_DELIVER, /* deliver the interrupts of VM x1 as x2 says; x0 = the result */
	CALL_RING,    /* ring the doorbell of shared memory x1; x0 = the result */
	CALL_PAGES,   /* x0 = the address of byte `value` of the pages of this vCPU (vm/vcpu_pages.h) */
	CALL_OPENED,  /* what was withheld comes now; x0 = 0 */
};

struct call_answer {
	uint64_t value;
	uint64_t action; /* enum call_action */
};

#define SMCCC_VERSION UINT32_C(0x80000000) /* known to PSCI_FEATURES too */

/* SMCCC_NOT_SUPPORTED, PSCI's NOT_SUPPORTED and ours are the same number. */
#define CALL_NOT_SUPPORTED ((uint64_t)-1)

#endif
