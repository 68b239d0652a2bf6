/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cases that a guest tries on the machine it was given, and what it expects, which is what hardware
 * (natively, QEMU's virt machine) does. Each prints what it observed; the last line is
 * "probe: NAME: ok" or "probe: NAME: n FAILED".
 */
#ifndef PROBE_PROBE_H
#define PROBE_PROBE_H

#include <stdbool.h>
#include <stdint.h>

struct probe_case {
	const char *name;
	void (*run)(void);
	bool ends_otherwise; /* not by returning, or needs a partner: left out of case=all */
};

extern const struct probe_case fault_cases[], el0_cases[], call_cases[], register_cases[], psci_cases[],
	gic_cases[], delivery_cases[], many_cases[], cross_cases[], time_cases[], device_cases[], console_cases[],
	shared_cases[], move_cases[], direct_cases[], hostile_cases[], soak_cases[], soak_lines_cases[],
	suspend_cases[], virt_cases[], virt_device_cases[];

/* Prints the observation, and counts it as a failure when it is not as expected. */
__attribute__((format(printf, 2, 3))) void check(bool good, const char *format, ...);
/* An observation without a verdict. */
__attribute__((format(printf, 1, 2))) void note(const char *format, ...);

/* Runs under Signalbox, by its UID. */
bool probe_is_signalbox(void);
/* The first shared memory of the tree, mapped; size 0 when there is none. */
struct share {
	uint64_t base, size;
	uint32_t index, doorbell;
};
struct share probe_share(void);

#endif
