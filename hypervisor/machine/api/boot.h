/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions of flow/ that the machine room calls: the first C function, and those that the vectors call
 * when a guest comes back to EL2 (machine/arm64/vectors.S). Interrupts are masked in all of them. Those for
 * the vectors run on the EL2 stack of the vCPU, just below its frame.
 */
#ifndef MACHINE_API_BOOT_H
#define MACHINE_API_BOOT_H

#include "machine/api/frame.h"

/*
 * The boot CPU at EL2 on the boot stack, with the boot tables: the image and the device tree are memory,
 * everything else is Device and only good for a UART. `tree` is the value of x0 from the boot loader,
 * unchecked.
 */
_Noreturn void boot_main(pa_t tree);

/*
 * A synchronous exception from the guest. First the short ways, which use no other register than x0..x3, x8,
 * x9, x16, x17 and x30: for HVC #0 only these are in the frame, for the others all of x0..x30, with ESR_EL2.
 * If they have done nothing, exit_from_guest() follows with all of them in the frame. Its result 0 means:
 * back to the guest. Any other result: run_attend() is called before that.
 */
enum exit_short {
	EXIT_SHORT_DONE,     /* back to the guest */
	EXIT_SHORT_LOAD_ALL, /* the same, and a register was changed that the short way does not save */
	EXIT_SHORT_NOT,      /* nothing was done */
};
_Static_assert(EXIT_SHORT_DONE == 0 && EXIT_SHORT_LOAD_ALL == 1 && EXIT_SHORT_NOT > EXIT_SHORT_LOAD_ALL,
			   "vectors.S compares with 0 and 1");
enum exit_short exit_short_call(struct frame *frame);
enum exit_short exit_short_register(struct frame *frame, uint64_t esr);
enum exit_short exit_short_load(struct frame *frame, uint64_t esr);
enum exit_short exit_short_store(struct frame *frame, uint64_t esr);
/* The same for a vCPU that may close its interrupts; so are all that have this word in their names. */
enum exit_short exit_short_closed_register(struct frame *frame, uint64_t esr);
uint64_t exit_from_guest(struct frame *frame);

/*
 * An interrupt while the guest ran (FIQ: Group 0, IRQ: Group 1): only x0..x3, x8, x9, x16, x17 and x30 are in
 * the frame, and these functions use no other register. 0: back to the guest. Anything else is an INTID that
 * was acknowledged, plus 1, for the next two.
 */
uint64_t irq_short_group0(struct frame *frame);
uint64_t irq_short_group1(struct frame *frame);
uint64_t irq_short_closed_group0(struct frame *frame);
uint64_t irq_short_closed_group1(struct frame *frame);
/* The same when that INTID is gic_kick_notify() and has been acknowledged. */
uint64_t irq_short_news_group0(struct frame *frame);
uint64_t irq_short_news_group1(struct frame *frame);

/*
 * Takes that INTID and all that follow: x0..x18 and x30 are in the frame. Result 0: back to the guest. Any
 * other result: the frame is completed, and run_attend() called, before that.
 */
uint64_t irq_from_guest_group0(struct frame *frame, uint64_t intid);
uint64_t irq_from_guest_group1(struct frame *frame, uint64_t intid);
uint64_t irq_from_guest_closed_group0(struct frame *frame, uint64_t intid);
uint64_t irq_from_guest_closed_group1(struct frame *frame, uint64_t intid);
/* Does what waits for the vCPU at EL2. Returns the frame to enter; NULL: none, and run_idle() is next. */
struct frame *run_attend(struct frame *frame);

/*
 * An SError (HCR_EL2.AMO) while the guest ran. All of x0..x30 are in the frame. run_attend() is called after
 * that.
 */
void serror_from_guest(struct frame *frame);

/* The work of a pCPU while no guest runs on it, on a stack of its own. Returns the frame to enter. */
struct frame *run_idle(void);

#endif
