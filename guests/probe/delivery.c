/* SPDX-License-Identifier: Apache-2.0 */
/* One CPU: what is pending is delivered once, in order of priority, and not before it may. */
#include <stddef.h>

#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/timer.h"
#include "probe/probe.h"
#include "probe/taken.h"

#define SGIS 16

static void sgi_self(void)
{
	unsigned wrong = 0;

	taken_start();
	for (unsigned sgi = 0; sgi < SGIS; sgi++) {
		gic_enable(sgi);
		gic_send_sgi(sgi, 1);
		taken_wait(sgi + 1);
		wrong += taken_count != sgi + 1 || taken_log[sgi] != sgi;
	}
	check(wrong == 0, "16 SGIs to itself, one at a time: %u wrong", wrong);
	taken_start();
	gic_send_sgi(3, 1);
	gic_send_sgi(3, 1);
	taken_wait(1);
	check(taken_count == 1, "an SGI sent twice while masked comes %u times", taken_count);
	taken_start();
	gic_pend(5);
	check(gic_is_pending(5), "an SGI pended by its register reads pending");
	taken_wait(1);
	check(taken_count == 1 && taken_log[0] == 5 && !gic_is_pending(5), "and is delivered once");
}

static void pending_states(void)
{
	uint32_t spi = taken_one();

	taken_start();
	taken_spi(spi, true, 0xa0);
	gic_pend(spi);
	gic_unpend(spi);
	taken_wait(0);
	check(taken_count == 0, "pended and withdrawn: not delivered");
	gic_disable(spi);
	gic_pend(spi);
	taken_wait(0);
	check(taken_count == 0 && gic_is_pending(spi), "pended while disabled: waits");
	gic_enable(spi);
	taken_wait(1);
	check(taken_count == 1 && !gic_is_pending(spi), "enabled: delivered");
	sysreg_write(s3_0_c4_c6_0, 0x40); /* ICC_PMR_EL1 */
	gic_pend(spi);
	taken_wait(0);
	check(taken_count == 1, "below the priority mask: waits");
	sysreg_write(s3_0_c4_c6_0, 0xff);
	taken_wait(2);
	check(taken_count == 2, "mask open: delivered");
	gic_activate(spi);
	gic_pend(spi);
	taken_wait(2);
	check(taken_count == 2 && gic_is_active(spi), "marked active: waits");
	gic_deactivate(spi);
	taken_wait(3);
	check(taken_count == 3 && !gic_is_active(spi), "no longer active: delivered");
	sysreg_write(s3_0_c12_c12_7, 0); /* ICC_IGRPEN1_EL1 */
	gic_pend(spi);
	taken_wait(3);
	check(taken_count == 3, "group disabled: waits");
	sysreg_write(s3_0_c12_c12_7, 1);
	taken_wait(4);
	check(taken_count == 4, "group enabled: delivered");
	gic_disable(spi);
}

static void active_disabled(uint32_t intid, struct frame *frame)
{
	(void)frame;
	taken_log[taken_count++] = intid;
	if (taken_count > 1)
		return;
	gic_disable(intid);
	gic_pend(intid);
}

static void disabled_while_active(void)
{
	uint32_t spi = taken_one();

	taken_start();
	gic_handle(active_disabled);
	taken_spi(spi, true, 0xa0);
	gic_pend(spi);
	taken_wait(1);
	check(taken_count == 1 && !gic_is_active(spi), "disabled in its handler: EOI deactivates it");
	check(gic_is_pending(spi), "pended meanwhile: it waits");
	gic_enable(spi);
	taken_wait(2);
	check(taken_count == 2, "enabled again: delivered");
	gic_disable(spi);
}

static volatile bool was_active, was_early;

/* EOImode 1: between the priority drop and deactivation, active is active and pending waits. */
static void drop_then_deactivate(uint32_t intid, struct frame *frame)
{
	(void)frame;
	taken_log[taken_count++] = intid;
	if (taken_count > 1)
		return;
	was_active = gic_is_active(intid);
	gic_pend(intid);
	cpu_irq_open();
	timer_spin(100);
	cpu_irq_close();
	was_early = taken_count != 1;
}

static void eoi_mode_1(void)
{
	uint32_t spi = taken_one();

	taken_start();
	gic_handle(drop_then_deactivate);
	gic_eoi_mode(1);
	taken_spi(spi, true, 0xa0);
	gic_pend(spi);
	taken_wait(2);
	gic_eoi_mode(0);
	check(was_active, "after EOI it is active");
	check(!was_early, "and does not come again");
	check(taken_count == 2, "until it is deactivated: %u times", taken_count);
	check(!gic_is_active(spi) && !gic_is_pending(spi), "then it is idle");
	gic_disable(spi);
}

#define LOW 1
#define HIGH 2
#define EQUAL 3
static volatile unsigned level, level_max;

/* The low one opens interrupts and sends one of each: only the higher may come in between. */
static void preempted(uint32_t intid, struct frame *frame)
{
	(void)frame;
	if (++level > level_max)
		level_max = level;
	taken_log[taken_count++] = intid;
	if (intid == LOW) {
		gic_send_sgi(EQUAL, 1);
		gic_send_sgi(HIGH, 1);
		cpu_irq_open();
		timer_spin(100);
		cpu_irq_close();
		taken_log[taken_count++] = LOW; /* and it ends */
	}
	level--;
}

static void preemption(void)
{
	static const uint32_t order[] = {LOW, HIGH, LOW, EQUAL};
	bool good;

	taken_start();
	level_max = 0;
	gic_handle(preempted);
	gic_priority(LOW, 0xc0);
	gic_priority(EQUAL, 0xc0);
	gic_priority(HIGH, 0x40);
	for (unsigned sgi = LOW; sgi <= EQUAL; sgi++)
		gic_enable(sgi);
	gic_send_sgi(LOW, 1);
	taken_wait(4);
	good = taken_count == 4;
	for (unsigned i = 0; i < 4; i++)
		good &= taken_log[i] == order[i];
	check(good, "low, high inside it, low ends, then its equal");
	check(level_max == 2, "handlers nest %u deep", level_max);
}

/* One of each kind at once, the timer's line staying up until its handler stops it. */
static void stop_timer(uint32_t intid, struct frame *frame)
{
	(void)frame;
	taken_log[taken_count++] = intid;
	if (intid == TIMER_VIRTUAL_INTID)
		timer_disarm();
}

static void mixed(void)
{
	static const uint32_t order[] = {TAKEN_SPI + 1, LOW, TIMER_VIRTUAL_INTID, TAKEN_SPI, HIGH};
	bool good;

	taken_start();
	gic_handle(stop_timer);
	taken_spi(TAKEN_SPI, false, 0x80);
	taken_spi(TAKEN_SPI + 1, true, 0x20);
	gic_priority(LOW, 0x40);
	gic_priority(HIGH, 0xa0);
	gic_priority(TIMER_VIRTUAL_INTID, 0x60);
	gic_enable(LOW);
	gic_enable(HIGH);
	gic_enable(TIMER_VIRTUAL_INTID);
	timer_arm(timer_now());
	gic_send_sgi(HIGH, 1);
	gic_send_sgi(LOW, 1);
	gic_pend(TAKEN_SPI);
	gic_pend(TAKEN_SPI + 1);
	taken_wait(5);
	good = taken_count == 5;
	for (unsigned i = 0; i < 5; i++)
		good &= taken_log[i] == order[i];
	check(good, "SPI, SGI, timer, SPI, SGI by priority: %u taken", taken_count);
	gic_disable(TIMER_VIRTUAL_INTID);
	gic_disable(TAKEN_SPI);
	gic_disable(TAKEN_SPI + 1);
}

const struct probe_case delivery_cases[] = {
	{"sgi-self", sgi_self, false},
	{"pending", pending_states, false},
	{"disabled-active", disabled_while_active, false},
	{"eoi-mode-1", eoi_mode_1, false},
	{"preemption", preemption, false},
	{"mixed", mixed, false},
	{0},
};
