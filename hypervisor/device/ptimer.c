/* SPDX-License-Identifier: Apache-2.0 */
#include "device/ptimer.h"

#include "base/bits.h"

#define CNTP_CTL_ENABLE BIT(0)
#define CNTP_CTL_IMASK BIT(1)
#define CNTP_CTL_ISTATUS BIT(2)

static bool condition_is_met(const struct ptimer *timer, uint64_t now)
{
	return timer->ctl & CNTP_CTL_ENABLE && now >= timer->cval;
}

static bool is_open(const struct ptimer *timer)
{
	return (timer->ctl & (CNTP_CTL_ENABLE | CNTP_CTL_IMASK)) == CNTP_CTL_ENABLE;
}

void ptimer_reset(struct ptimer *timer)
{
	*timer = (struct ptimer){0};
}

uint64_t ptimer_read(const struct ptimer *timer, enum ptimer_register reg, uint64_t now)
{
	if (reg == PTIMER_TVAL)
		return (uint32_t)(timer->cval - now);
	if (reg == PTIMER_CVAL)
		return timer->cval;
	return timer->ctl | (condition_is_met(timer, now) ? CNTP_CTL_ISTATUS : 0);
}

void ptimer_write(struct ptimer *timer, enum ptimer_register reg, uint64_t value, uint64_t now)
{
	if (reg == PTIMER_TVAL)
		timer->cval = now + (uint64_t)(int64_t)(int32_t)value; /* a signed 32-bit count of ticks */
	else if (reg == PTIMER_CVAL)
		timer->cval = value;
	else
		timer->ctl = value & (CNTP_CTL_ENABLE | CNTP_CTL_IMASK);
}

bool ptimer_line(const struct ptimer *timer, uint64_t now)
{
	return is_open(timer) && now >= timer->cval;
}

uint64_t ptimer_deadline(const struct ptimer *timer)
{
	return is_open(timer) ? timer->cval : PTIMER_NEVER;
}
