/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI CPU_SUSPEND ends with an interrupt of this CPU's own, masked or not, and with no other event. */
#include <inttypes.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "probe/probe.h"
#include "probe/taken.h"

#define WAKE 1
#define LOOK_COUNT 10 /* of its neighbour, at each sleep */
#define SLEEP_US 5000 /* unless `us` says another time */
#define PRIORITY_LOW 0xc0

#define group_write(enabled) sysreg_write(s3_0_c12_c12_7, enabled) /* ICC_IGRPEN1_EL1 */
#define mask_write(mask) sysreg_write(s3_0_c4_c6_0, mask)          /* ICC_PMR_EL1 */

static int32_t suspend(void)
{
	return psci_call(PSCI_CPU_SUSPEND, 0, 0, 0);
}

/* Until the timer fires; false when it came back earlier, or with another answer. */
static bool sleep_once(void)
{
	uint64_t until = timer_now() + timer_ticks(argument_number("us", SLEEP_US));
	bool good;

	timer_arm(until);
	good = suspend() == 0 && timer_now() >= until;
	timer_disarm();
	return good;
}

/* The timer's line has fallen before the second. */
static bool sleep_well(void)
{
	bool good = sleep_once();

	return sleep_once() && good;
}

/* `sleeps=20`. Its output is work for the processor that does the console's, which may be this one. */
static void suspend_timer(void)
{
	uint64_t sleeps = argument_number("sleeps", 20);
	unsigned early = 0;

	gic_enable(TIMER_VIRTUAL_INTID);
	for (uint64_t n = 1; n <= sleeps; n++) {
		note("sleeps, %" PRIu64, n);
		early += !sleep_well();
	}
	gic_disable(TIMER_VIRTUAL_INTID);
	check(early == 0, "%" PRIu64 " sleeps, %u ended before the timer fired", sleeps, early);
}

/* As software does before its interface is powered down. On a bare machine nothing need wake it. */
static void suspend_closed(void)
{
	bool good;

	if (!probe_is_signalbox())
		return;
	gic_enable(TIMER_VIRTUAL_INTID);
	group_write(0);
	good = sleep_well();
	group_write(1);
	check(good, "woken by the timer though ICC_IGRPEN1_EL1 is 0");
	mask_write(0);
	good = sleep_well();
	mask_write(0xff);
	check(good, "woken by the timer though ICC_PMR_EL1 is 0");
	gic_disable(TIMER_VIRTUAL_INTID);
}

static volatile bool slept_inside;

static void sleep_inside(uint32_t intid, struct frame *frame)
{
	(void)frame;
	if (intid != WAKE)
		return;
	taken_count++;
	slept_inside = sleep_well();
}

/* An active interrupt is no reason to wake up. */
static void suspend_handler(void)
{
	taken_start();
	gic_handle(sleep_inside);
	gic_priority(WAKE, PRIORITY_LOW);
	gic_enable(WAKE);
	gic_enable(TIMER_VIRTUAL_INTID);
	gic_send_sgi(WAKE, 1);
	taken_wait(1);
	gic_disable(TIMER_VIRTUAL_INTID);
	gic_disable(WAKE);
	check(taken_count == 1 && slept_inside, "in a handler: woken by the timer, of higher priority");
}

static volatile unsigned asleep, woken, received, leave;

static void count(uint32_t intid, struct frame *frame)
{
	(void)frame;
	received += intid == WAKE;
}

static void sleeper(void)
{
	gic_enable(WAKE);
	while (!leave) {
		asleep++;
		suspend();
		woken++;
		cpu_irq_open();
		cpu_irq_close();
	}
}

static bool reaches(volatile unsigned *word, unsigned value)
{
	uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US);

	while (*word < value)
		if (timer_now() > end)
			return false;
	return true;
}

/* To find out what is pending at a CPU, a hypervisor may have to interrupt it. */
static void look(void)
{
	for (unsigned n = 0; n < LOOK_COUNT; n++)
		gic_is_pending(TAKEN_SPI);
}

static void suspend_cross(void)
{
	unsigned sleeps = (unsigned)argument_number("sleeps", 20);
	uint64_t mpidr[CPU_MAX];

	if (tree_cpus(mpidr) < 2) {
		note("one CPU only");
		return;
	}
	asleep = woken = received = leave = 0;
	gic_handle(count);
	taken_spi(TAKEN_SPI, true, 0xa0);
	gic_route(TAKEN_SPI, mpidr[1]);
	check(boot_cpu(1, sleeper) == 0, "CPU_ON");
	for (unsigned n = 1; n <= sleeps && reaches(&asleep, n); n++) {
		look();
		leave = n == sleeps;
		gic_send_sgi(WAKE, (uint16_t)(1u << (mpidr[1] & 0xf)));
		if (!reaches(&received, n))
			break;
	}
	check(received == sleeps && woken == received, "woken %u times by %u interrupts", woken, received);
	leave = 1;
	for (uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US);
		 psci_call(PSCI_AFFINITY_INFO, mpidr[1], 0, 0) != 1 && timer_now() < end;)
		;
	gic_disable(TAKEN_SPI);
}

const struct probe_case suspend_cases[] = {
	{"suspend-timer", suspend_timer, false},
	{"suspend-closed", suspend_closed, false},
	{"suspend-handler", suspend_handler, false},
	{"suspend-cross", suspend_cross, false},
	{0},
};
