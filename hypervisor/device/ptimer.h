/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The EL1 physical timer that a guest sees (Arm DDI 0487, CNTP_CTL_EL0, CNTP_CVAL_EL0, CNTP_TVAL_EL0). It is
 * emulated because the interrupt of the real one does not belong to the guest. Pure; `now` is CNTPCT_EL0,
 * which the guest reads untrapped and unchanged. One timer belongs to one vCPU and is used on its pCPU alone:
 * no lock.
 *
 * After every write, and when the deadline has come, the caller sets the interrupt line to ptimer_line() and
 * its own timer to ptimer_deadline().
 */
#ifndef DEVICE_PTIMER_H
#define DEVICE_PTIMER_H

#include "base/types.h"

#define PTIMER_NEVER UINT64_MAX

enum ptimer_register { PTIMER_TVAL, PTIMER_CTL, PTIMER_CVAL };

struct ptimer {
	uint64_t cval;
	uint64_t ctl; /* ENABLE and IMASK; ISTATUS is computed */
};

/* As after reset: disabled. */
void ptimer_reset(struct ptimer *timer);
uint64_t ptimer_read(const struct ptimer *timer, enum ptimer_register reg, uint64_t now);
void ptimer_write(struct ptimer *timer, enum ptimer_register reg, uint64_t value, uint64_t now);
/* The level of the interrupt line. */
bool ptimer_line(const struct ptimer *timer, uint64_t now);
/*
 * When the line rises without a further write: a counter value, in the past if the line is up; or
 * PTIMER_NEVER.
 */
uint64_t ptimer_deadline(const struct ptimer *timer);

#endif
