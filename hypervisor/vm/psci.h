/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Power State Coordination Interface that a guest sees: version 1.1 (Arm DEN 0022), as decisions. Pure;
 * called by smccc_decide(), without a lock. flow/ performs a CPU_ON under LOCK_VM and asks again there, so
 * that two callers cannot both turn one vCPU on.
 *
 * vCPU n has affinity 0.0.0.n. There is one power level. A vCPU is never powered down by CPU_SUSPEND: a
 * power-down state is answered as a standby that woke at once or later with SUCCESS, as the specification
 * permits, so nothing of the vCPU is lost.
 */
#ifndef VM_PSCI_H
#define VM_PSCI_H

#include "vm/call.h"

#define PSCI_FUNCTION_BASE UINT32_C(0x84000000) /* SMCCC owner 4, fast, 32-bit */
#define PSCI_FUNCTION_COUNT 0x20
#define PSCI_FUNCTION_64 UINT32_C(0x40000000) /* the 64-bit variant of a function */

/* Return codes (DEN 0022, "Return codes"). */
enum psci_code {
	PSCI_SUCCESS = 0,
	PSCI_NOT_SUPPORTED = -1,
	PSCI_INVALID_PARAMETERS = -2,
	PSCI_DENIED = -3,
	PSCI_ALREADY_ON = -4,
	PSCI_ON_PENDING = -5,
	PSCI_INTERNAL_FAILURE = -6,
	PSCI_INVALID_ADDRESS = -9,
};

/*
 * What PSCI, and the other calls, know of the calling VM. `on` and `pending` are written under LOCK_VM and
 * read without it here: CPU_ON stores `pending` before it stores `on` with release, which pairs with the
 * acquire in power_of().
 */
struct psci_view {
	uint64_t ram_ipa, ram_size; /* where an entry point may be ... */
	uint64_t firmware_size;     /* ... or in firmware, at the start of flash */
	uint32_t vcpu_count;
	uint32_t on;      /* a bit a vCPU: running, or CPU_ON was accepted ... */
	uint32_t pending; /* ... but it has not started yet; a subset of `on` */
	bool has_closed_flag, has_stolen_time;
};

typedef struct call_answer psci_call(const struct psci_view *view, const uint64_t x[]);

enum psci_kind {
	PSCI_ABSENT,
	PSCI_DECIDED,  /* by `decide` */
	PSCI_CONSTANT, /* `answer` */
	PSCI_FEATURES, /* whether another function is absent */
};

/* One row serves the call and PSCI_FEATURES, whose flags are 0 for all. */
struct psci_row {
	uint8_t kind; /* enum psci_kind */
	uint32_t answer;
	psci_call *decide;
};
extern const struct psci_row psci_rows[PSCI_FUNCTION_COUNT][2]; /* [1]: the 64-bit variant */

static inline bool psci_owns(uint32_t function)
{
	return (function & ~(PSCI_FUNCTION_64 | (PSCI_FUNCTION_COUNT - 1))) == PSCI_FUNCTION_BASE;
}

/* Of a function that belongs to PSCI. */
static inline const struct psci_row *psci_row_of(uint32_t function)
{
	return &psci_rows[function % PSCI_FUNCTION_COUNT][function & PSCI_FUNCTION_64 ? 1 : 0];
}

/* x[0..3] as the guest passed them; the function is in w0 and belongs to PSCI (psci_owns()). */
struct call_answer psci_decide(const struct psci_view *view, const uint64_t x[]);

/* The answer of a PSCI call that needs only words that never change. False: decide it. */
static inline bool psci_answer_at_once(const uint64_t x[], uint64_t *answer)
{
	const struct psci_row *row = psci_row_of((uint32_t)x[0]);

	if (row->kind == PSCI_CONSTANT) {
		*answer = row->answer;
		return true;
	}
	if (row->kind != PSCI_FEATURES || !psci_owns((uint32_t)x[1]))
		return false;
	*answer = psci_row_of((uint32_t)x[1])->kind == PSCI_ABSENT ? (uint64_t)PSCI_NOT_SUPPORTED : PSCI_SUCCESS;
	return true;
}

/* An argument as the calling convention has it: 32-bit calls pass w registers. */
static inline uint64_t psci_argument(const uint64_t x[], unsigned n)
{
	return x[0] & PSCI_FUNCTION_64 ? x[n] : (uint32_t)x[n];
}
/* Of a CPU_ON that was accepted: the first PC, and the value of x0. */
static inline uint64_t psci_entry(const uint64_t x[])
{
	return psci_argument(x, 2);
}
static inline uint64_t psci_context(const uint64_t x[])
{
	return psci_argument(x, 3);
}

#endif
