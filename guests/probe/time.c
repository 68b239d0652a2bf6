/* SPDX-License-Identifier: Apache-2.0 */
/* Timers and sleep. */
#include <inttypes.h>

#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/timer.h"
#include "probe/probe.h"
#include "probe/taken.h"

#define DELAY_US 5000
#define DEADLINE_US 10000000
#define CTL_IMASK 2
#define CTL_ISTATUS 4
#define REPEATS 5

static volatile unsigned fired;

/* The line stays up for REPEATS interrupts, then the timer is stopped. */
static void timer_handler(uint32_t intid, struct frame *frame)
{
	(void)frame;
	if (++fired < REPEATS)
		return;
	if (intid == TIMER_VIRTUAL_INTID)
		sysreg_write(cntv_ctl_el0, 0);
	else
		sysreg_write(cntp_ctl_el0, 0);
}

static void virtual_timer(void)
{
	uint64_t start = timer_now();

	fired = 0;
	gic_handle(timer_handler);
	gic_enable(TIMER_VIRTUAL_INTID);
	timer_arm(start + timer_ticks(DELAY_US));
	cpu_irq_open();
	while (fired == 0 && timer_now() - start < timer_ticks(DEADLINE_US))
		;
	check(fired > 0 && timer_now() - start >= timer_ticks(DELAY_US), "fired after %" PRIu64 " ticks",
		  timer_now() - start);
	timer_spin(1000);
	cpu_irq_close();
	check(fired == REPEATS, "level: %u times until stopped", fired);
	sysreg_write(cntv_ctl_el0, TIMER_ENABLE | CTL_IMASK);
	check(sysreg_read(cntv_ctl_el0) & CTL_ISTATUS, "masked: status only");
	taken_start();
	taken_wait(0);
	check(taken_count == 0, "and no interrupt");
	timer_disarm();
	gic_disable(TIMER_VIRTUAL_INTID);
}

/* An emulator may stand still between two reads. */
static bool physical_due(void)
{
	return sysreg_read(cntpct_el0) >= sysreg_read(cntp_cval_el0);
}

static void physical_timer(void)
{
	uint64_t start = sysreg_read(cntpct_el0);

	fired = 0;
	gic_handle(timer_handler);
	gic_enable(TIMER_PHYSICAL_INTID);
	sysreg_write(cntp_cval_el0, start + timer_ticks(DELAY_US));
	sysreg_write(cntp_ctl_el0, TIMER_ENABLE);
	check(sysreg_read(cntp_cval_el0) == start + timer_ticks(DELAY_US), "CNTP_CVAL_EL0 keeps its value");
	check(!(sysreg_read(cntp_ctl_el0) & CTL_ISTATUS) || physical_due(), "not due yet");
	cpu_irq_open();
	while (fired == 0 && sysreg_read(cntpct_el0) - start < timer_ticks(DEADLINE_US))
		;
	check(fired > 0 && sysreg_read(cntpct_el0) - start >= timer_ticks(DELAY_US),
		  "fired after %" PRIu64 " ticks", sysreg_read(cntpct_el0) - start);
	timer_spin(1000);
	cpu_irq_close();
	check(fired == REPEATS, "level: %u times until stopped", fired);
	fired = REPEATS - 1;
	sysreg_write(cntp_tval_el0, timer_ticks(DELAY_US));
	check((int32_t)sysreg_read(cntp_tval_el0) > 0 || physical_due(), "CNTP_TVAL_EL0 counts down");
	sysreg_write(cntp_ctl_el0, TIMER_ENABLE);
	start = timer_now();
	cpu_irq_open();
	while (fired < REPEATS && timer_now() - start < timer_ticks(DEADLINE_US))
		;
	cpu_irq_close();
	check(fired == REPEATS, "fires by CNTP_TVAL_EL0 too");
	gic_disable(TIMER_PHYSICAL_INTID);
}

/*
 * WFI ends at an interrupt, masked or not. Each one is then taken: one that ends untaken, by its timer being
 * stopped, may still be presented by a hypervisor's list register.
 */
static void wfi(void)
{
	bool slept = true, quiet = true;

	gic_handle(timer_handler);
	gic_enable(TIMER_VIRTUAL_INTID);
	for (unsigned round = 0; round < 20; round++) {
		uint64_t start = timer_now();

		fired = REPEATS - 1;
		timer_arm(start + timer_ticks(1000));
		cpu_wfi();
		slept &= timer_now() - start >= timer_ticks(1000);
		quiet &= fired == REPEATS - 1;
		cpu_irq_open();
		while (fired == REPEATS - 1 && timer_now() - start < timer_ticks(DEADLINE_US))
			;
		cpu_irq_close();
		slept &= fired == REPEATS;
	}
	check(slept, "20 times WFI, woken by the masked timer");
	check(quiet, "which is not taken before interrupts are open");
	gic_disable(TIMER_VIRTUAL_INTID);
	taken_start();
	gic_enable(1);
	gic_send_sgi(1, 1);
	cpu_wfi();
	taken_wait(1);
	check(taken_count == 1, "WFI with an SGI pending does not sleep");
}

const struct probe_case time_cases[] = {
	{"virtual-timer", virtual_timer, false},
	{"physical-timer", physical_timer, false},
	{"wfi", wfi, false},
	{0},
};
