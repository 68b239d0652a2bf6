/* SPDX-License-Identifier: Apache-2.0 */
/* All that EL1 and EL0 can write: at reset, and of a vCPU that does not run. */
#include <string.h>

#include "machine/api/gic_registers.h"
#include "machine/api/guest.h"
#include "machine/arm64/arm64.h"
#include "machine/arm64/sysregs.h"

#define SCTLR_EL1_RESET UINT64_C(0x30d00800) /* its RES1 bits: MMU and caches off */
#define PSTATE_RESET (SPSR_DAIF | SPSR_M_EL1H)

/*
 * All that EL1 and EL0 can write without a trap, and its value at reset. The list has the registers that
 * guests have; the others trap (el2.c). guests/registers walks all encodings, and finds a register that is
 * missing here.
 */
#define FOR_EACH_REGISTER(X) \
	X(SPSR_EL2, PSTATE_RESET) \
	X(CPACR_EL1, 0) \
	X(TTBR0_EL1, 0) \
	X(TTBR1_EL1, 0) \
	X(MAIR_EL1, 0) \
	X(AMAIR_EL1, 0) \
	X(VBAR_EL1, 0) \
	X(CONTEXTIDR_EL1, 0) \
	X(ESR_EL1, 0) \
	X(FAR_EL1, 0) \
	X(AFSR0_EL1, 0) \
	X(AFSR1_EL1, 0) \
	X(PAR_EL1, 0) \
	X(ELR_EL1, 0) \
	X(SPSR_EL1, 0) \
	X(SP_EL0, 0) \
	X(SP_EL1, 0) \
	X(TPIDR_EL0, 0) \
	X(TPIDRRO_EL0, 0) \
	X(TPIDR_EL1, 0) \
	X(CNTKCTL_EL1, 0)

/* The same: what lets translation begin, which is written last, and in this order (guest_stop_walks()). */
#define FOR_EACH_OF_TRANSLATION(X) \
	X(SCTLR_EL1, SCTLR_EL1_RESET) \
	X(TCR_EL1, 0)

/* The virtual timer. */
#define FOR_EACH_OF_TIMER(X) \
	X(CNTV_CTL_EL0, 0) \
	X(CNTV_CVAL_EL0, 0)

/* Those of pointer authentication. */
#define FOR_EACH_KEY(X) \
	X(APIAKEYLO_EL1, 0) \
	X(APIAKEYHI_EL1, 0) \
	X(APIBKEYLO_EL1, 0) \
	X(APIBKEYHI_EL1, 0) \
	X(APDAKEYLO_EL1, 0) \
	X(APDAKEYHI_EL1, 0) \
	X(APDBKEYLO_EL1, 0) \
	X(APDBKEYHI_EL1, 0) \
	X(APGAKEYLO_EL1, 0) \
	X(APGAKEYHI_EL1, 0)

/* What DISR_EL1 is to a guest (HCR_EL2.AMO), and the syndrome of a virtual SError; nothing traps them. */
#define FOR_EACH_OF_RAS(X) \
	X(VDISR_EL2, 0) \
	X(VSESR_EL2, 0)

/* SME without FGT, which the architecture does not have and QEMU 7.2 does: hidden, and nothing traps them. */
#define FOR_EACH_OF_SME(X) \
	X(TPIDR2_EL0, 0) \
	X(SMPRI_EL1, 0)

#define RESET(reg, value) sysreg_write(reg, value);

static bool has_keys(void)
{
	return sysreg_read(HCR_EL2) & HCR_APK;
}

static bool has_ras(void)
{
	return ID_FIELD(ID_AA64PFR0_EL1, 28);
}

/* SME without FGT: FOR_EACH_OF_SME. */
static bool has_sme(void)
{
	return ID_FIELD(ID_AA64PFR1_EL1, 24) && !ID_FIELD(ID_AA64MMFR0_EL1, 56);
}

static unsigned breakpoint_count(void)
{
	return ID_FIELD(ID_AA64DFR0_EL1, 12) + 1;
}

static unsigned watchpoint_count(void)
{
	return ID_FIELD(ID_AA64DFR0_EL1, 20) + 1;
}

static void reset_debug(void)
{
	sysreg_write(OSDLR_EL1, 0);
	sysreg_write(OSLAR_EL1, 1); /* some of the bits below can be written only so */
	barrier_isb();
	sysreg_write(MDSCR_EL1, 0);
	sysreg_write(MDCCINT_EL1, 0);
	clear_debug_rest();
	clear_breakpoints(breakpoint_count());
	clear_watchpoints(watchpoint_count());
	sysreg_write(OSLAR_EL1, 0); /* a guest's own lock is not this one: see traps.c */
}

void guest_scrub_pcpu(void)
{
	sysreg_write(CNTV_CTL_EL0, 0); /* the timer of an earlier guest */
	clear_fp();
	reset_debug();
	barrier_isb();
}

void guest_reset(uint64_t pc, uint64_t vmpidr)
{
	guest_scrub_pcpu();
	FOR_EACH_OF_TRANSLATION(RESET)
	FOR_EACH_OF_TIMER(RESET)
	FOR_EACH_REGISTER(RESET)
	sysreg_write(ICC_SRE_EL1, ICC_SRE_EL1_GUEST); /* which guests cannot change */
	if (has_keys()) {
		FOR_EACH_KEY(RESET)
	}
	if (has_ras()) {
		FOR_EACH_OF_RAS(RESET)
	}
	if (has_sme()) {
		FOR_EACH_OF_SME(RESET)
	}
	sysreg_write(ELR_EL2, pc);
	sysreg_write(VMPIDR_EL2, vmpidr | BIT(31)); /* RES1 */
	sysreg_write(VPIDR_EL2, sysreg_read(MIDR_EL1));
}

#define SAVE(reg, value) *to++ = sysreg_read(reg);
#define LOAD(reg, value) sysreg_write(reg, *from++);
#define LOAD_NEXT(reg, value) \
	LOAD(reg, value) \
	barrier_isb();
#define COUNT(reg, value) +1
#define FP_WORDS 66
#define DEBUG_PAIRS_MAX 32

/* Beside what a reset sets: what it sets by its arguments. */
#define FOR_EACH_OTHER(X) \
	X(ELR_EL2, 0) \
	X(VMPIDR_EL2, 0)

/* Of debug, beside the rows. With 0 in both, no row has an effect. */
#define FOR_EACH_OF_DEBUG(X) \
	X(MDSCR_EL1, 0) \
	X(MDCCINT_EL1, 0)
#define DEBUG_WORDS (0 FOR_EACH_OF_DEBUG(COUNT) + 2 * DEBUG_PAIRS_MAX)

/* Where words of a context are. */
enum {
	WORD_FP = 0,
	WORD_TIMER_CONTROL = FP_WORDS,
	WORD_TIMER_DEADLINE,
	WORD_DEBUG,
	WORD_REST = WORD_DEBUG + DEBUG_WORDS
};
_Static_assert(WORD_REST + 0 FOR_EACH_OF_TRANSLATION(COUNT) FOR_EACH_REGISTER(COUNT) FOR_EACH_KEY(COUNT)
							   FOR_EACH_OF_RAS(COUNT) FOR_EACH_OF_SME(COUNT) FOR_EACH_OTHER(COUNT) <=
				   GUEST_CONTEXT_WORDS,
			   "all words have room");

static void save_debug(uint64_t *to)
{
	FOR_EACH_OF_DEBUG(SAVE)
	to = breakpoints_save(to, breakpoint_count());
	watchpoints_save(to, watchpoint_count());
	FOR_EACH_OF_DEBUG(RESET)
}

static void load_debug(const uint64_t *from)
{
	FOR_EACH_OF_DEBUG(LOAD)
	from = breakpoints_load(from, breakpoint_count());
	watchpoints_load(from, watchpoint_count());
}

static void trap_debug(bool trap)
{
	uint64_t before = sysreg_read(MDCR_EL2), mdcr = trap ? before | MDCR_TDA : before & ~MDCR_TDA;

	if (mdcr != before)
		sysreg_write(MDCR_EL2, mdcr);
}

void guest_withhold_debug(struct guest_context *context)
{
	context->debug = false;
	trap_debug(true);
}

void guest_give_debug(struct guest_context *context)
{
	guest_save(context);
	memset(&context->word[WORD_DEBUG], 0, DEBUG_WORDS * sizeof(context->word[0]));
	context->debug = true;
	guest_load(context);
}

void guest_save(struct guest_context *out)
{
	uint64_t *to = &out->word[WORD_REST];

	fp_save(&out->word[WORD_FP]);
	out->word[WORD_TIMER_CONTROL] = sysreg_read(CNTV_CTL_EL0);
	out->word[WORD_TIMER_DEADLINE] = sysreg_read(CNTV_CVAL_EL0);
	sysreg_write(CNTV_CTL_EL0, 0);
	FOR_EACH_OF_TRANSLATION(SAVE)
	FOR_EACH_REGISTER(SAVE)
	FOR_EACH_OTHER(SAVE)
	if (has_keys()) {
		FOR_EACH_KEY(SAVE)
	}
	if (has_ras()) {
		FOR_EACH_OF_RAS(SAVE)
	}
	if (has_sme()) {
		FOR_EACH_OF_SME(SAVE)
	}
	if (out->debug)
		save_debug(&out->word[WORD_DEBUG]);
}

/*
 * Between the registers of one guest and the tables of another, no address may be translated. Cortex-A57 and
 * A72 do so speculatively unless both halves are off (errata 1319537, 1319367).
 */
void guest_stop_walks(void)
{
	sysreg_write(TCR_EL1, sysreg_read(TCR_EL1) | TCR_EL1_EPD0 | TCR_EL1_EPD1);
	barrier_isb();
	sysreg_write(SCTLR_EL1, sysreg_read(SCTLR_EL1) | SCTLR_EL1_M);
	barrier_isb();
}

void guest_load(const struct guest_context *in)
{
	const uint64_t *from = &in->word[WORD_REST], *translation = from;

	from += 0 FOR_EACH_OF_TRANSLATION(COUNT);
	fp_load(&in->word[WORD_FP]);
	FOR_EACH_REGISTER(LOAD)
	FOR_EACH_OTHER(LOAD)
	if (has_keys()) {
		FOR_EACH_KEY(LOAD)
	}
	if (has_ras()) {
		FOR_EACH_OF_RAS(LOAD)
	}
	if (has_sme()) {
		FOR_EACH_OF_SME(LOAD)
	}
	if (in->debug)
		load_debug(&in->word[WORD_DEBUG]);
	trap_debug(!in->debug);
	sysreg_write(CNTV_CVAL_EL0, in->word[WORD_TIMER_DEADLINE]);
	sysreg_write(CNTV_CTL_EL0, in->word[WORD_TIMER_CONTROL]);
	barrier_isb();
	from = translation;
	FOR_EACH_OF_TRANSLATION(LOAD_NEXT)
}

uint64_t guest_timer_deadline(const struct guest_context *context)
{
	/* ENABLE, and not IMASK */
	return (context->word[WORD_TIMER_CONTROL] & 3) == 1 ? context->word[WORD_TIMER_DEADLINE] : UINT64_MAX;
}
