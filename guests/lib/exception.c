/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/exception.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"

enum vector { VECTOR_SYNC = 4, VECTOR_IRQ = 5 }; /* from the current EL with SP_EL1 */

void (*exception_interrupt)(struct frame *frame) = gic_irq_taken;
void (*exception_supervisor_call)(struct frame *frame);
struct frame *(*exception_after_interrupt)(struct frame *frame);
bool (*exception_unexpected)(struct frame *frame, unsigned vector);
static bool expecting;
static struct fault caught;

void fault_expect(void)
{
	caught = (struct fault){0};
	expecting = true;
	cpu_barrier();
}

struct fault fault_caught(void)
{
	cpu_barrier();
	expecting = false;
	return caught;
}

static bool fault_skip(struct frame *frame)
{
	if (!expecting)
		return false;
	expecting = false;
	caught = (struct fault){true, sysreg_read(esr_el1), sysreg_read(far_el1), frame->elr};
	frame->elr = ESR_EC(caught.esr) == EC_FETCH_ABORT ? frame->x[30] : frame->elr + 4;
	return true;
}

/* Called by vectors.S with every exception. */
struct frame *exception_taken(struct frame *frame, unsigned vector);
struct frame *exception_taken(struct frame *frame, unsigned vector)
{
	if (vector == VECTOR_IRQ) {
		exception_interrupt(frame);
		return exception_after_interrupt ? exception_after_interrupt(frame) : frame;
	}
	if (vector == VECTOR_SYNC && ESR_EC(sysreg_read(esr_el1)) == EC_SVC && exception_supervisor_call) {
		exception_supervisor_call(frame);
		return frame;
	}
	if (vector == VECTOR_SYNC && fault_skip(frame))
		return frame;
	if (exception_unexpected && exception_unexpected(frame, vector))
		return frame;
	printf("guest: unexpected exception, vector %u: ESR 0x%" PRIx64 " ELR 0x%" PRIx64 " FAR 0x%" PRIx64
		   " x30 0x%" PRIx64 "\n",
		   vector, sysreg_read(esr_el1), frame->elr, sysreg_read(far_el1), frame->x[30]);
	psci_system_off();
}
