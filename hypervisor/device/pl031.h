/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PL031 that a guest sees (Arm DDI 0224): a clock that counts seconds, with an alarm. Pure; `now` is
 * CNTPCT_EL0. What a guest writes to RTCLR changes its own clock alone.
 *
 * Where QEMU's `virt` machine differs from the manual, so does this one, for the images that were made for
 * it: the clock always runs (RTCCR reads 1), RTCLR reads what was written last and 0 before, and the alarm
 * is set by a write of RTCMR or RTCLR: it is raised at once if the clock shows RTCMR then, otherwise the
 * next time that it does.
 *
 * The caller holds the device's lock (LOCK_DEVICE). After every write, and when the deadline has come, it
 * sets the interrupt line and its own timer by pl031_update().
 */
#ifndef DEVICE_PL031_H
#define DEVICE_PL031_H

#include "base/types.h"

#define PL031_NEVER UINT64_MAX

/* The time of the machine: so many seconds when the counter was `counter`. Made at boot. */
struct pl031_time {
	uint64_t counter, frequency;
	uint32_t seconds;
};

struct pl031 {
	const struct pl031_time *time;
	uint32_t ahead; /* how many seconds the guest's clock is ahead of the machine's */
	uint32_t load, match;
	bool armed;        /* the alarm is to come, at `deadline` */
	bool raised, open; /* RTCRIS, RTCIMSC */
	uint64_t deadline;
};

struct pl031_output {
	bool line;         /* the level of the interrupt line */
	uint64_t deadline; /* when it rises without a further write: a counter value, or PL031_NEVER */
};

/* A clock that shows the machine's time, without an alarm. */
void pl031_init(struct pl031 *rtc, const struct pl031_time *time);
/* As after power-on; but the time that the guest has set goes on, as on a board with a battery. */
void pl031_reset(struct pl031 *rtc);
/* `size_bytes` 1, 2, 4 or 8; registers act on the low bits. Unknown offsets read 0 and ignore writes. */
uint64_t pl031_read(struct pl031 *rtc, uint64_t now, uint64_t offset, unsigned size_bytes);
void pl031_write(struct pl031 *rtc, uint64_t now, uint64_t offset, unsigned size_bytes, uint64_t value);
/* Raises the alarm if its time has come; returns what follows for the interrupt line. */
struct pl031_output pl031_update(struct pl031 *rtc, uint64_t now);

#endif
