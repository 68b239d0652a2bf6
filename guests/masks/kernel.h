/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small real-time kernel for one CPU that masks by priority, never by PSTATE.I: a critical section raises
 * ICC_PMR_EL1 (Arm IHI 0069) to a ceiling. All interrupts that use the kernel are below it. Those above it
 * are never masked, and may not call anything here.
 *
 * The tasks: higher numbers go first, equal priorities take turns at each tick. Task 0 is the caller of
 * kernel_start(), never blocks, and has the lowest priority.
 */
#ifndef MASKS_KERNEL_H
#define MASKS_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#define KERNEL_TASKS 4

enum kernel_priority { /* of interrupts; the lower, the more urgent */
					   KERNEL_PRIORITY_FAST = 0x40,
					   KERNEL_CEILING = 0xa0, /* from here on they are masked in a critical section */
					   KERNEL_PRIORITY_DEVICE = 0xb0,
					   KERNEL_PRIORITY_TICK = 0xc0,
					   KERNEL_PRIORITY_YIELD = 0xe0,
};

enum kernel_sgi { KERNEL_SGI_YIELD = 1, KERNEL_SGI_DEVICE, KERNEL_SGI_FAST };

/* The functions that the kernel calls; both with interrupts of higher priority open. */
struct kernel_handlers {
	void (*tick)(void);
	void (*interrupt)(uint32_t intid); /* any but the tick and the yield */
};

struct kernel_counts {
	uint64_t ticks, missed; /* missed: whole periods that passed without a tick */
	uint64_t switches;
	uint64_t intruders; /* interrupts below the ceiling that were handled in a critical section */
};
/* NULL, or where it says what it masks (signalbox/closed.h). */
extern struct signalbox_closed *kernel_pages;
/* Another ceiling is a mistake, for a test that the mistake is noticed. */
extern uint64_t kernel_ceiling;
extern volatile struct kernel_counts kernel_counts;

/* Before kernel_start(). `run` never returns. */
void kernel_add_task(unsigned number, unsigned priority, void (*run)(void));
void kernel_start(uint64_t period_ticks, const struct kernel_handlers *handlers);
void kernel_stop(void);

/* Critical sections of tasks; they nest. */
void kernel_enter(void);
void kernel_leave(void);
/* For handlers below the ceiling: the result of `kernel_mask` goes to `kernel_unmask`. */
uint64_t kernel_mask(void);
void kernel_unmask(uint64_t before);

/* From a task: lets equals run. From a task in a critical section: it stops when it has left that. */
void kernel_yield(void);
void kernel_block(void);
/* From a task in a critical section, or from a handler below the ceiling. */
void kernel_wake(unsigned number);

#endif
