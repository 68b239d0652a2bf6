/* SPDX-License-Identifier: Apache-2.0 */
/* What vectors.S gives to C, and faults that a guest provokes on purpose. */
#ifndef LIB_EXCEPTION_H
#define LIB_EXCEPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/layout.h"

struct frame {
	uint64_t x[31], elr, spsr;
	uint64_t stamp; /* CNTVCT_EL0 on entry */
};
_Static_assert(sizeof(struct frame) == FRAME_SIZE, "frame as vectors.S lays it out");

/* The last fault caught: ESR_EL1 and the registers that belong to it. */
struct fault {
	bool taken;
	uint64_t esr, far, elr;
};

#define ESR_EC(esr) (((esr) >> 26) & 0x3f)
#define ESR_FSC(esr) ((esr)&0x3f)
#define EC_UNKNOWN 0x00
#define EC_SVC 0x15
#define EC_FETCH_ABORT 0x21
#define EC_DATA_ABORT 0x25
#define FSC_EXTERNAL 0x10

/*
 * Between fault_expect() and fault_caught() a synchronous exception is recorded and the instruction
 * skipped (a failed fetch returns to x30). Any other ends the guest with a report.
 */
void fault_expect(void);
struct fault fault_caught(void);

/* Called with each supervisor call (SVC) of the guest itself; NULL: unexpected. */
extern void (*exception_supervisor_call)(struct frame *frame);
/* Called with each interrupt: acknowledges, handles and ends it. At first it is lib/gic.h's. */
extern void (*exception_interrupt)(struct frame *frame);
/* Called after each interrupt has ended; returns the frame to continue with. NULL: the same. */
extern struct frame *(*exception_after_interrupt)(struct frame *frame);
/*
 * Called with each exception that nothing else here handles. It returns true to continue with the frame.
 * NULL: the guest ends.
 */
extern bool (*exception_unexpected)(struct frame *frame, unsigned vector);

#endif
