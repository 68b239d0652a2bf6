/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small real-time program: periodic work released by the virtual timer at absolute deadlines, and a
 * report once a second (each REPORT_RELEASES releases). Lateness is the counter on entry to the vector less
 * the deadline. The work and the idle loop fill FP registers and a deep stack with known values, so that
 * state lost anywhere on the way shows.
 *
 * Where its tree has a clock (PL031), it takes the alarm too: the clock may be another VM's at first.
 *
 * Its critical sections are closed by signalbox/closed.h, where its VM has the pages (section.h).
 *
 * Arguments: period_us=1000 warmup=0 (releases discarded) reports=0 (power off after so many; 0: never)
 * idle=spin (default: WFI; sections: critical sections of section_us=50 each, without a pause; torn: the
 * same, but they keep no interrupt out, which is noticed) exact (lateness in ticks) json (one line a report)
 * metronome (a second CPU wakes at 20 kHz, which keeps an emulator's clock moving) busy=0 (so many further
 * CPUs spin).
 */
#include <stdio.h>
#include <string.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/fp.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "rt/report.h"
#include "rt/section.h"

#define METRONOME_US 50
#define RECURSION_DEPTH 64
#define WORK_ROUNDS 8
#define RTC_ICR 0x1c /* PL031 (Arm DDI 0224) */

enum idle { IDLE_WFI, IDLE_SPIN, IDLE_SECTIONS, IDLE_TORN };

static uint64_t period_ticks, deadline;
static uint64_t warmup_left, report_releases;
static uint64_t taken_before;
static struct report reports[2]; /* one filled by the interrupt, one printed */
static unsigned filling;
static volatile uint64_t first_deadline; /* 0 until it is known */
static const struct report *volatile finished;
static uint64_t clock_base;
static uint32_t clock_intid; /* 0: none */
static volatile unsigned alarms;

/* Each level keeps words on the stack that must be there when the deeper ones return. */
__attribute__((noinline)) static unsigned dig(unsigned depth, uint64_t seed)
{
	volatile uint64_t canary[4] = {seed, ~seed, seed ^ depth, depth};
	unsigned lost = depth > 0 ? dig(depth - 1, seed * 3 + 1) : 0;

	return lost +
		   (canary[0] != seed || canary[1] != ~seed || canary[2] != (seed ^ depth) || canary[3] != depth);
}

static unsigned work(uint64_t seed)
{
	static struct fp_state interrupted;
	unsigned lost;

	fp_save(&interrupted);
	lost = fp_work(seed, WORK_ROUNDS) != fp_work_expected(seed, WORK_ROUNDS);
	lost += dig(RECURSION_DEPTH, seed);
	fp_restore(&interrupted);
	return lost;
}

static void report_finish(struct report *report)
{
	report->interrupts = gic_taken[0] - taken_before;
	report->spurious = gic_spurious[0];
	taken_before = gic_taken[0];
	finished = report;
	filling ^= 1;
	memset(&reports[filling], 0, sizeof(reports[filling]));
}

/* Any interrupt but the timer's. */
static void take_other(uint32_t intid)
{
	if (clock_intid == 0 || intid != clock_intid) {
		reports[filling].strangers++;
		return;
	}
	mmio_write32(clock_base + RTC_ICR, 1);
	alarms++;
}

/* The timer's interrupt: one release. */
static void release(uint32_t intid, struct frame *frame)
{
	struct report *report = &reports[filling];
	uint64_t late = frame->stamp - deadline;
	uint64_t skipped = late / period_ticks;

	if (intid != TIMER_VIRTUAL_INTID) {
		take_other(intid);
		return;
	}
	deadline += period_ticks * (1 + skipped);
	timer_arm(deadline);
	if (warmup_left > 0) {
		warmup_left--;
		taken_before = gic_taken[0];
		return;
	}
	report_add(report, late);
	report->missed += skipped;
	report->lost += work(report->releases) + !section_count_release();
	if (report->releases == report_releases)
		report_finish(report);
}

/*
 * Runs on a CPU of its own with interrupts masked: a pending timer ends WFI and needs no handler. It beats
 * halfway between releases, so that one of the two timers is always armed.
 */
static void metronome(void)
{
	uint64_t ticks = timer_ticks(METRONOME_US);
	uint64_t next, stale;

	gic_enable(TIMER_VIRTUAL_INTID);
	while (!first_deadline)
		;
	next = first_deadline + ticks / 2;
	for (;;) {
		while (next <= timer_now())
			next += ticks;
		timer_arm(next);
		/*
		 * An interrupt whose line has fallen may still be in a hypervisor's list register: then WFI would not
		 * sleep.
		 */
		stale = sysreg_read(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */
		if (stale == TIMER_VIRTUAL_INTID)
			sysreg_write(s3_0_c12_c12_1, stale); /* ICC_EOIR1_EL1 */
		cpu_wfi();
	}
}

static void spin_for_ever(void)
{
	for (;;)
		;
}

static void start_others(void)
{
	unsigned first = argument_given("metronome") ? 2 : 1;
	unsigned busy = (unsigned)argument_number("busy", 0);

	if (first == 2 && boot_cpu(1, metronome) != 0)
		printf("rt: no second CPU for the metronome\n");
	for (unsigned cpu = first; cpu < first + busy; cpu++)
		if (boot_cpu(cpu, spin_for_ever) != 0)
			printf("rt: no CPU %u to be busy\n", cpu);
}

static enum idle find_idle(void)
{
	static const char *const names[] = {"wfi", "spin", "sections", "torn"};
	const char *wanted = argument_text("idle", names[IDLE_WFI]);
	enum idle idle = IDLE_TORN;

	while (idle != IDLE_WFI && strcmp(wanted, names[idle]) != 0)
		idle--;
	return idle;
}

static void idle_once(enum idle idle, uint64_t section_us)
{
	if (idle == IDLE_WFI)
		__asm__ volatile("wfi" ::: "memory");
	else if (idle != IDLE_SPIN)
		section_work(section_us, idle == IDLE_TORN);
}

/* Waits for a report with every FP register holding a known word; counts how many of these were lost. */
static struct report wait_for_report(uint64_t seed, enum idle idle)
{
	uint64_t section_us = argument_number("section_us", 50);
	struct report report;
	unsigned lost;

	fp_fill(seed);
	while (!finished)
		idle_once(idle, section_us);
	lost = fp_check(seed);
	section_enter();
	report = *finished;
	finished = NULL;
	section_leave();
	report.lost += lost;
	return report;
}

static void find_clock(void)
{
	int node = tree_node("arm,pl031", 0);

	if (node < 0)
		return;
	clock_base = tree_region(node, 0).base;
	clock_intid = tree_intid(node, 0);
	gic_enable(clock_intid);
}

static void say_alarms(void)
{
	static unsigned said;

	while (said < alarms)
		printf("rt: the clock's alarm came, %u so far\n", ++said);
}

static void start(void)
{
	period_ticks = timer_ticks(argument_number("period_us", 1000));
	report_releases = timer_frequency() / period_ticks;
	if (report_releases == 0)
		report_releases = 1;
	warmup_left = argument_number("warmup", 0);
	start_others();
	section_init();
	printf("rt: period %u us, %s, counter %u Hz\n", (unsigned)argument_number("period_us", 1000),
		   argument_given("metronome") ? "metronome" : "one CPU", (unsigned)timer_frequency());
	gic_handle(release);
	gic_enable(TIMER_VIRTUAL_INTID);
	find_clock();
	deadline = timer_now() + period_ticks;
	first_deadline = deadline;
	timer_arm(deadline);
	cpu_irq_open();
}

int main(void)
{
	uint64_t report_count = argument_number("reports", 0);
	enum idle idle = find_idle();
	struct report report;
	uint64_t number = 0;

	if (argument_number("period_us", 1000) == 0) {
		printf("rt: period_us=0 makes no sense; a period is at least 1\n");
		return 1;
	}
	start();
	do {
		report = wait_for_report(++number, idle);
		report_print(&report, number);
		say_alarms();
	} while (number != report_count);
	timer_disarm();
	printf("rt: done\n");
	return 0;
}
