/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processor state of a guest: what an exit left in the syndrome registers, and the EL1/EL0 system
 * registers that belong to a vCPU. flow/ calls these, on the pCPU where the vCPU runs; no locks.
 */
#ifndef MACHINE_API_GUEST_H
#define MACHINE_API_GUEST_H

#include "machine/api/frame.h"

/*
 * Sets all that a guest can write, on this pCPU, to its value at reset (Arm DDI 0487, "PE state on reset to
 * AArch64 state"), at EL1h, masked; the guest will run from `pc`, with `vmpidr` as its VMPIDR_EL2.
 */
void guest_reset(uint64_t pc, uint64_t vmpidr);
/* After guest_reset(): the guest's data is big-endian (SCTLR_EL1.EE). */
void guest_set_big_endian(void);

/*
 * Sets FP/SIMD and debug registers of this pCPU to their reset values and turns the virtual timer off: the
 * next guest finds no secret of an earlier one, and gets no interrupt of it.
 */
void guest_scrub_pcpu(void);

/*
 * With `direct`, IRQs, which are Group 1, go to the guest's own vectors (HCR_EL2.IMO = 0) from its next entry
 * on. Its WFI traps then (HCR_EL2.TWI): with its interface blocked, no interrupt would end a WFI.
 */
void guest_take_irqs(bool direct);
/* WFI traps, of the vCPU that is entered next. */
void guest_trap_waits(void);
/* The way into EL2 from the guest on this pCPU: of one that may close its interrupts, or of all others. */
void guest_choose_vectors(bool may_close);
/* Waits at EL2 for any interrupt, the guest's own too, as its WFI would. */
void guest_wait_for_interrupt(void);
/*
 * Is there an interrupt that comes only when the guest is entered (ISR_EL1): an IRQ, while they go to its
 * vectors, or a system error?
 */
bool guest_has_interrupt(void);

/*
 * Leaves this stack for the pCPU's own: calls run_idle(), and enters the guest that it returns. Guests come
 * back through the vectors.
 */
_Noreturn void guest_idle(void);

/*
 * All that a guest can write, of a vCPU that does not run: its registers of EL1 and EL0 but those in its
 * frame, FP/SIMD, debug, its virtual timer.
 */
#define GUEST_CONTEXT_WORDS 192
struct guest_context {
	uint64_t word[GUEST_CONTEXT_WORDS];
	bool debug; /* it has used debug registers since it was turned on: they are saved and loaded, too */
} __attribute__((aligned(16)));
/* The virtual timer is off after that. */
void guest_save(struct guest_context *out);
/* Before stage 2 changes to another VM's: the registers of the last guest are saved. */
void guest_stop_walks(void);
/* Stage 2 must be that of the vCPU already. */
void guest_load(const struct guest_context *in);
/*
 * Few guests use debug registers, which are many. So those of a vCPU that shares its pCPU trap from its reset
 * until it uses one; then it has them, at their reset values. It is the vCPU that runs.
 */
void guest_withhold_debug(struct guest_context *context);
void guest_give_debug(struct guest_context *context);
/*
 * The deadline of the virtual timer of a vCPU that does not run; UINT64_MAX: it is off, or its interrupt is
 * masked.
 */
uint64_t guest_timer_deadline(const struct guest_context *context);

/* The last synchronous exit on this pCPU. */
struct guest_syndrome {
	uint64_t esr;   /* ESR_EL2 */
	uint64_t far;   /* FAR_EL2: a guest virtual address */
	uint64_t hpfar; /* HPFAR_EL2 */
};
struct guest_syndrome guest_syndrome_read(void);
uint64_t guest_esr(void);
uint64_t guest_far(void);
uint64_t guest_hpfar(void);

uint64_t guest_pc(void);     /* ELR_EL2 */
uint64_t guest_pstate(void); /* SPSR_EL2 */
bool guest_is_aarch32(void);
/* The stack pointer that the guest's instructions name. AArch64 only. */
uint64_t guest_stack_pointer(void);
void guest_set_stack_pointer(uint64_t value);

/* Are the guest's loads and stores of data big-endian (SCTLR_EL1.EE and E0E, PSTATE.E)? */
bool guest_is_big_endian(void);

/* How the guest translates addresses: SCTLR_EL1, TCR_EL1, TTBR0_EL1 and TTBR1_EL1. */
struct guest_translation {
	uint64_t sctlr, tcr, ttbr[2];
};
struct guest_translation guest_translation_read(void);

/* The exception that the guest took last, and its target: ELR_EL1, ESR_EL1 and VBAR_EL1. */
struct guest_exception {
	uint64_t elr, esr, vbar;
};
struct guest_exception guest_exception_read(void);

/*
 * Moves the PC past the instruction that made the last synchronous exit: 4 bytes, or 2 (T32 at EL0) by
 * ESR_EL2.IL.
 */
void guest_skip_instruction(void);
/*
 * Is the guest in AArch64, all its data little-endian, and does skipping an instruction mean no more than to
 * move the PC by 4? Then guest_skip_plainly() does that.
 */
bool guest_is_plain(void);
void guest_skip_plainly(void);

/*
 * Makes the guest take an exception to its own EL1 vectors when it is entered: ELR_EL1, SPSR_EL1,
 * ESR_EL1, FAR_EL1 and the new PC and PSTATE as hardware would have them (DDI 0487,
 * AArch64.TakeException).
 */
void guest_inject_exception(uint64_t esr, uint64_t far, bool far_valid);

#endif
