/* SPDX-License-Identifier: Apache-2.0 */
/* Timers and sleep. */
#include <inttypes.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "probe/probe.h"
#include "probe/taken.h"

#define DELAY_US 5000
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
	while (fired == 0 && timer_now() - start < timer_ticks(TIMER_PATIENCE_US))
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

/* An emulator may stop between two reads. */
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
	while (fired == 0 && sysreg_read(cntpct_el0) - start < timer_ticks(TIMER_PATIENCE_US))
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
	while (fired < REPEATS && timer_now() - start < timer_ticks(TIMER_PATIENCE_US))
		;
	cpu_irq_close();
	check(fired == REPEATS, "fires by CNTP_TVAL_EL0 too");
	gic_disable(TIMER_PHYSICAL_INTID);
}

/* Interrupts are closed. A line that has fallen by the time they are opened brings nothing. */
static void masked_lines(void)
{
	bool up[2], down[2];

	for (unsigned i = 0; i < 2; i++)
		gic_enable(i ? TIMER_PHYSICAL_INTID : TIMER_VIRTUAL_INTID);
	sysreg_write(cntv_cval_el0, 0);
	sysreg_write(cntp_cval_el0, 0);
	sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
	sysreg_write(cntp_ctl_el0, TIMER_ENABLE);
	cpu_barrier();
	up[0] = gic_is_pending(TIMER_VIRTUAL_INTID);
	up[1] = gic_is_pending(TIMER_PHYSICAL_INTID);
	sysreg_write(cntv_ctl_el0, TIMER_ENABLE | CTL_IMASK);
	sysreg_write(cntp_ctl_el0, TIMER_ENABLE | CTL_IMASK);
	cpu_barrier();
	down[0] = !gic_is_pending(TIMER_VIRTUAL_INTID);
	down[1] = !gic_is_pending(TIMER_PHYSICAL_INTID);
	check(up[0] && up[1] && down[0] && down[1], "timers due: pending %d %d; masked: not pending %d %d", up[0],
		  up[1], down[0], down[1]);
	taken_start();
	taken_wait(0);
	check(taken_count == 0, "nor taken: %u", taken_count);
	sysreg_write(cntv_ctl_el0, 0);
	sysreg_write(cntp_ctl_el0, 0);
	for (unsigned i = 0; i < 2; i++)
		gic_disable(i ? TIMER_PHYSICAL_INTID : TIMER_VIRTUAL_INTID);
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
		while (fired == REPEATS - 1 && timer_now() - start < timer_ticks(TIMER_PATIENCE_US))
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

static const uint32_t lines[] = {TIMER_VIRTUAL_INTID, TIMER_PHYSICAL_INTID};
static volatile bool up_before[2], up_after[2], looked;

/* The first time it turns itself off with the lines of both timers up; then it does not touch the timers. */
static void leave_lines_up(void)
{
	for (unsigned i = 0; i < 2; i++)
		gic_enable(lines[i]);
	timer_arm(timer_now());
	sysreg_write(cntp_cval_el0, sysreg_read(cntpct_el0));
	sysreg_write(cntp_ctl_el0, TIMER_ENABLE);
	for (unsigned i = 0; i < 2; i++)
		up_before[i] = gic_is_pending(lines[i]);
}

static void look_at_lines(void)
{
	for (unsigned i = 0; i < 2; i++)
		up_after[i] = gic_is_pending(lines[i]);
	looked = true;
}

static bool wait_until_off(uint64_t mpidr)
{
	uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US);

	while (psci_call(PSCI_AFFINITY_INFO, mpidr, 0, 0) != 1)
		if (timer_now() > end)
			return false;
	return true;
}

/* The timers of a processor that is turned off are off, too, and a line that nothing drives is down. */
static void lines_of_a_cpu(void)
{
	uint64_t mpidr[CPU_MAX], end;

	if (tree_cpus(mpidr) < 2) {
		note("one CPU only");
		return;
	}
	check(boot_cpu(1, leave_lines_up) == 0 && wait_until_off(mpidr[1]), "the second CPU turns itself off");
	check(up_before[0] && up_before[1], "with timers due: virtual %d, physical %d", up_before[0],
		  up_before[1]);
	check(boot_cpu(1, look_at_lines) == 0, "and is turned on");
	for (end = timer_now() + timer_ticks(TIMER_PATIENCE_US); !looked && timer_now() < end;)
		;
	/* QEMU's own processors forget their timers, and leave the lines as they are. */
	check(looked && (!(up_after[0] || up_after[1]) || !probe_is_signalbox()),
		  "their lines are down: virtual %d, physical %d", up_after[0], up_after[1]);
	wait_until_off(mpidr[1]);
}

const struct probe_case time_cases[] = {
	{"virtual-timer", virtual_timer, false}, {"physical-timer", physical_timer, false}, {"wfi", wfi, false},
	{"masked-lines", masked_lines, false},   {"timer-lines", lines_of_a_cpu, false},    {0},
};
