/* SPDX-License-Identifier: Apache-2.0 */
#include "rtos/ticks.h"

#include "lib/timer.h"
#include "rtos/rtos.h"

#define TIMER_IMASK 2
#define MASK_OPEN 0xff

void enter_by_pstate(void)
{
	cpu_irq_close();
}

void leave_by_pstate(void)
{
	cpu_irq_open();
}

static void virtual_mask(bool mask)
{
	uint64_t control = sysreg_read(cntv_ctl_el0);

	sysreg_write(cntv_ctl_el0, mask ? control | TIMER_IMASK : control & ~(uint64_t)TIMER_IMASK);
}

/* Enabled once, then masked and unmasked around each new deadline. */
void oneshot_begin(uint64_t next)
{
	(void)next;
	virtual_mask(true);
}

void oneshot_end(uint64_t next)
{
	sysreg_write(cntv_cval_el0, next);
	virtual_mask(false);
}

void oneshot_start(uint64_t deadline)
{
	sysreg_write(cntv_ctl_el0, sysreg_read(cntv_ctl_el0) | TIMER_ENABLE);
	oneshot_end(deadline);
}

/* Switched off in the handler, and on again with an interval. */
void interval_begin(uint64_t next)
{
	(void)next;
	timer_disarm();
}

void interval_end(uint64_t next)
{
	sysreg_write(cntv_tval_el0, next - timer_now());
	sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
}

static void compare_begin(uint64_t next)
{
	sysreg_write(cntv_cval_el0, next);
}

void nothing(uint64_t next)
{
	(void)next;
}

void physical_begin(uint64_t next)
{
	counted_write(timer, cntp_tval_el0, next - timer_now());
}

void physical_start(uint64_t deadline)
{
	counted_write(timer, cntp_ctl_el0, 0);
	physical_begin(deadline);
	counted_write(timer, cntp_ctl_el0, TIMER_ENABLE);
}

void freertos_enter(void)
{
	cpu_irq_close();
	if (mask_read() != ceiling)
		mask_write(ceiling);
	cpu_irq_open();
}

void freertos_leave(void)
{
	cpu_irq_close();
	mask_write(MASK_OPEN);
	cpu_irq_open();
}

/* Nothing less urgent than the tick may be running; and what is more urgent than the ceiling comes in
 * between. */
void freertos_tick_begin(uint64_t next)
{
	surprise_unless(running_priority() == tick_priority);
	mask_write(ceiling);
	compare_begin(next);
	cpu_irq_open();
}

/* The task that is switched to has its own mask. */
void freertos_tick_end(uint64_t next)
{
	(void)next;
	freertos_leave();
	cpu_irq_close();
	mask_write(MASK_OPEN);
}

void unit_tests_begin(uint64_t next)
{
	(void)next;
	sysreg_write(cntv_ctl_el0, TIMER_ENABLE | TIMER_IMASK);
}

void unit_tests_end(uint64_t next)
{
	timer_arm(next);
}
