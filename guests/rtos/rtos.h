/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What drivers of real-time kernels do to the GIC and the timer, in a table, a row for each kernel; and what
 * they cost where a hypervisor emulates it, counted by the guest itself.
 */
#ifndef RTOS_RTOS_H
#define RTOS_RTOS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cpu.h"

#define NO_SGI 16

/* How often the guest has done what may trap. */
struct counts {
	uint64_t mask, running, control, deactivate; /* ICC_PMR_EL1, ICC_RPR_EL1, ICC_CTLR_EL1, ICC_DIR_EL1 */
	uint64_t timer;                              /* accesses to the physical timer */
	uint64_t uart;                               /* accesses to registers of the console */
};
extern struct counts counts;

/* Each is one access, and one instruction. */
#define counted_read(count, name) (counts.count++, sysreg_read(name))
#define counted_write(count, name, value) \
	do { \
		counts.count++; \
		sysreg_write(name, value); \
	} while (0)
#define mask_read() counted_read(mask, s3_0_c4_c6_0)
#define mask_write(value) counted_write(mask, s3_0_c4_c6_0, value)
#define running_priority() counted_read(running, s3_0_c12_c11_3)
#define control_read() counted_read(control, s3_0_c12_c12_4)
#define control_write(value) counted_write(control, s3_0_c12_c12_4, value)
#define deactivate(intid) counted_write(deactivate, s3_0_c12_c11_1, intid)

struct manner {
	const char *name;
	/* Distributor, redistributor and interface, as they are after a reset. Interrupts are masked. */
	void (*start)(void);
	/* Sets one interrupt up, and enables it. */
	void (*connect)(uint32_t intid, uint8_t priority);
	/* A critical section: the tick and the console wait until its end. `enter` may read what it then writes.
	 */
	void (*enter)(void);
	void (*leave)(void);
	/* The tick: the timer is started; in its handler, before and after the kernel's work. */
	void (*timer_start)(uint64_t deadline);
	void (*tick_begin)(uint64_t next);
	void (*tick_end)(uint64_t next);
	uint32_t timer_intid;
	uint8_t tick_priority, console_priority;
	uint8_t sgi;        /* that it sends to itself at start, or NO_SGI */
	bool nests;         /* handlers run with interrupts open */
	bool ends_spurious; /* what is no interrupt (1023) is written to ICC_EOIR1_EL1, too */
	bool polls;         /* the timer's pending bit, with its interrupt disabled */
};

extern const struct manner manners[]; /* the last has no name */
extern uint8_t tick_priority;         /* the manner's, or an argument's */
extern uint8_t ceiling;               /* of critical sections that mask by priority */

/* steps.c */
/* The manner's checks that failed: what the hardware showed was not what the kernel relies on. */
extern volatile uint64_t surprises;
void surprise_unless(bool expected);

#endif
