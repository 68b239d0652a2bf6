/* SPDX-License-Identifier: Apache-2.0 */
/* The counts of rt between two reports, and how they are printed. */
#ifndef RT_REPORT_H
#define RT_REPORT_H

#include <stdint.h>

#define REPORT_BUCKETS 32 /* bucket n: lateness below 2^n ticks, and not in a lower one */

struct report {
	uint64_t releases, missed;   /* missed: whole periods that passed without a release */
	uint64_t late_min, late_max; /* ticks */
	uint64_t late[REPORT_BUCKETS];
	uint64_t interrupts, spurious, strangers; /* strangers: interrupts that were not enabled */
	uint64_t lost;                            /* words of FP registers or stack that changed by themselves */
};

void report_add(struct report *report, uint64_t late_ticks);
/* In words, or in one line of JSON with the argument `json`; exact ticks with `exact`. */
void report_print(const struct report *report, uint64_t number);

#endif
