/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers and instructions that trap from a guest: what each means. Pure; flow/ asks with the
 * syndrome (vm/exit.h) and performs the verdict. A register without a row is hidden: the guest gets an
 * Undefined Instruction exception, as on a processor without the feature. ID registers are a whitelist
 * (idreg.c).
 */
#ifndef VM_SYSREG_H
#define VM_SYSREG_H

#include "machine/api/gic_registers.h"
#include "vm/exit.h"

/* Written often: recognised by one compare, (esr & ~ESR_SYSREG_RT) == ESR_OF_WRITE(ICC_SGI1R_EL1). */
#define ICC_SGI1R_EL1 SYSREG(3, 0, 12, 11, 5)
#define ICC_ASGI1R_EL1 SYSREG(3, 0, 12, 11, 6)
#define ICC_SGI0R_EL1 SYSREG(3, 0, 12, 11, 7)
#define ICC_DIR_EL1 SYSREG(3, 0, 12, 11, 1)
#define CNTPCT_EL0 SYSREG(3, 3, 14, 0, 1)
#define CNTP_TVAL_EL0 SYSREG(3, 3, 14, 2, 0)
#define CNTP_CTL_EL0 SYSREG(3, 3, 14, 2, 1)
#define CNTP_CVAL_EL0 SYSREG(3, 3, 14, 2, 2)

/*
 * The ID registers as guests see them (op0 = 3, op1 = 0, CRn = 0; of CRm 0 REVIDR_EL1 alone traps), by
 * CRm * 8 + op2. Made once at boot.
 */
#define SYSREG_ID_COUNT 64
#define SYSREG_ID_REVISION 6 /* REVIDR_EL1: which errata are fixed */
struct sysreg_view {
	uint64_t id[SYSREG_ID_COUNT];
};

/* `host`: the processor's own, in the same order. `ipa_bits`: how many bits stage 2 translates. */
void sysreg_view_init(struct sysreg_view *view, const uint64_t host[SYSREG_ID_COUNT], unsigned ipa_bits);

enum sysreg_verdict {
	SYSREG_UNDEFINED, /* Undefined Instruction exception */
	SYSREG_VALUE,     /* a read: Rt = value */
	SYSREG_IGNORE,    /* a write without effect */
	SYSREG_TIMER,     /* read or write of the physical timer: value is an enum ptimer_register */
	SYSREG_COUNTER,   /* a read of the physical counter */
	SYSREG_SGI,       /* a write that sends an SGI: value is an enum sysreg_sgi */
	SYSREG_OS_LOCK,   /* a read or write of whether the OS lock is locked */
	SYSREG_CACHE,     /* read of a cache ID register, or write of CSSELR_EL1: value is an enum sysreg_cache */
};

enum sysreg_sgi { SYSREG_SGI_GROUP0, SYSREG_SGI_GROUP1 };
enum sysreg_cache { SYSREG_CACHE_TYPE, SYSREG_CACHE_LEVELS, SYSREG_CACHE_SELECTED, SYSREG_CACHE_SIZE };

struct sysreg_answer {
	uint64_t value;
	enum sysreg_verdict verdict;
};

/* `id` as exit_sysreg_id() returns it. */
struct sysreg_answer sysreg_decide(const struct sysreg_view *view, uint32_t id, bool write);

/*
 * Caches as a guest sees them: those of its processor, but with one set and one way each, since a loop over
 * all sets and ways is an exit for each, and has no use here. The levels stay: a CLIDR_EL1 without levels
 * would mean that nothing needs to be cleaned to the point of unification (DDI 0487, CTR_EL0.IDC), which
 * guests do by address, and must. `type` and `levels` are the processor's CTR_EL0
 * and CLIDR_EL1, `selected` the guest's CSSELR_EL1.
 */
uint64_t sysreg_cache(enum sysreg_cache what, uint64_t type, uint64_t levels, uint64_t selected);
#define CSSELR_BITS BITS(3, 0) /* Level, InD */

/* OSLAR_EL1, and OSLSR_EL1: OSLM says that the lock is there. */
#define OSLAR_OSLK BIT(0)
#define OSLSR_OSLK BIT(1)
#define OSLSR_OSLM BIT(3)

/* Is it, or might it be, a debug register that every processor has (MDCR_EL2.TDA traps these)? */
bool sysreg_is_debug(uint32_t id);
/* The feature that a hidden register belongs to, for the log: "performance monitors". Never NULL. */
const char *sysreg_family(uint32_t id);

static inline uint32_t sgi_vintid(uint64_t sgir)
{
	return (uint32_t)FIELD_GET(ICC_SGIR_INTID, sgir);
}
/*
 * The vCPUs that an SGI goes to, a bit each, when vCPU `self` of `vcpu_count` sends it: all others if it is a
 * broadcast; else those listed, which exist only as 0.0.0.0 to 0.0.0.15.
 */
static inline uint32_t sgi_targets(uint64_t sgir, unsigned self, unsigned vcpu_count)
{
	uint32_t all = (1u << vcpu_count) - 1;

	_Static_assert(VCPU_PER_VM_MAX <= 16, "Aff0 must fit one target list");
	if (sgir & ICC_SGIR_IRM)
		return all & ~(1u << self);
	return sgir & ICC_SGIR_CLUSTER ? 0 : (uint32_t)(sgir & ICC_SGIR_TARGET_LIST) & all;
}

#endif
