/* SPDX-License-Identifier: Apache-2.0 */
/* More interrupts than list registers: none is lost, priorities are kept, each is deactivated. */
#include "lib/cpu.h"
#include "lib/gic.h"
#include "probe/probe.h"
#include "probe/taken.h"

#define MANY 24
#define ROUNDS 20

/* A different priority for each, in no order of their numbers; never 0xf8, which PMR 0xff may not open. */
static uint8_t priority_of(unsigned index)
{
	return (uint8_t)(index * 7 % MANY * 8);
}

/* Of those that the GIC can tell apart. */
static unsigned out_of_order(unsigned count)
{
	uint64_t priorities = gic_distributor + GICD_IPRIORITYR;
	unsigned wrong = 0;

	for (unsigned i = 1; i < count; i++)
		wrong += mmio_read8(priorities + taken_log[i - 1]) > mmio_read8(priorities + taken_log[i]);
	return wrong;
}

/* How many of the MANY came another number of times than once. */
static unsigned not_once(void)
{
	unsigned times[MANY] = {0}, wrong = 0;

	for (unsigned i = 0; i < taken_count; i++)
		if (taken_log[i] - TAKEN_SPI < MANY)
			times[taken_log[i] - TAKEN_SPI]++;
		else
			wrong++;
	for (unsigned i = 0; i < MANY; i++)
		wrong += times[i] != 1;
	return wrong;
}

static void many_set_up(bool edge)
{
	for (unsigned i = 0; i < MANY; i++)
		taken_spi(TAKEN_SPI + i, edge, priority_of(i));
}

static void many_pend(void)
{
	for (unsigned i = 0; i < MANY; i++)
		gic_pend(TAKEN_SPI + i);
}

static void many_tear_down(void)
{
	for (unsigned i = 0; i < MANY; i++)
		gic_disable(TAKEN_SPI + i);
}

static void many_pending(void)
{
	for (unsigned edge = 0; edge < 2; edge++) {
		unsigned lost = 0, disordered = 0;

		many_set_up(edge);
		for (unsigned round = 0; round < ROUNDS; round++) {
			taken_start();
			many_pend();
			taken_wait(MANY);
			lost += not_once();
			disordered += out_of_order(taken_count);
		}
		check(lost == 0, "%s, %u at once, %u rounds: %u lost or doubled", edge ? "edge" : "level", MANY,
			  ROUNDS, lost);
		check(disordered == 0, "highest priority first: %u out of order", disordered);
	}
	many_tear_down();
}

/*
 * EOImode 1 without deactivation: all of MANY become active, each priority dropped at once; then they are
 * deactivated, last first, and come again.
 */
static void many_active(void)
{
	unsigned wrong_active = 0, left = 0;

	many_set_up(true);
	sysreg_write(s3_0_c12_c12_4, 2); /* ICC_CTLR_EL1.EOImode, gic.c does not know */
	taken_start();
	many_pend();
	taken_wait(MANY);
	check(not_once() == 0 && out_of_order(taken_count) == 0, "%u taken in order, priority dropped",
		  taken_count);
	for (unsigned i = 0; i < MANY; i++)
		wrong_active += !gic_is_active(TAKEN_SPI + i);
	check(wrong_active == 0, "all active: %u are not", wrong_active);
	many_pend();
	taken_wait(MANY);
	check(taken_count == MANY, "pending again while active: %u come early", taken_count - MANY);
	taken_start();
	for (unsigned i = MANY; i-- > 0;)
		sysreg_write(s3_0_c12_c11_1, TAKEN_SPI + i); /* ICC_DIR_EL1 */
	taken_wait(MANY);
	check(not_once() == 0, "deactivated, last first: %u taken again", taken_count);
	for (unsigned i = 0; i < MANY; i++)
		sysreg_write(s3_0_c12_c11_1, TAKEN_SPI + i);
	for (unsigned i = 0; i < MANY; i++)
		left += gic_is_active(TAKEN_SPI + i) || gic_is_pending(TAKEN_SPI + i);
	check(left == 0, "at the end %u are not idle", left);
	gic_eoi_mode(0);
	many_tear_down();
}

/* Nested as deep as there are priorities: each handler pends the next higher one and opens interrupts. */
static volatile unsigned nested, nested_max;
#define NEST 12

static void nest_next(uint32_t intid, struct frame *frame)
{
	unsigned index = intid - TAKEN_SPI;

	(void)frame;
	taken_log[taken_count++] = intid;
	if (++nested > nested_max)
		nested_max = nested;
	if (index + 1 < NEST) {
		unsigned before = taken_count;

		gic_pend(intid + 1);
		cpu_irq_open();
		for (unsigned spin = 0; taken_count == before && spin < 1000000; spin++)
			__asm__ volatile("nop");
		cpu_irq_close();
	}
	nested--;
}

static void many_nested(void)
{
	taken_start();
	gic_handle(nest_next);
	for (unsigned i = 0; i < NEST; i++)
		taken_spi(TAKEN_SPI + i, true, (uint8_t)(0xe0 - 0x10 * i));
	gic_pend(TAKEN_SPI);
	taken_wait(NEST);
	check(taken_count == NEST && nested_max == NEST, "%u handlers nested, %u deep", taken_count, nested_max);
	check(sysreg_read(s3_0_c12_c11_3) == 0xff, "all priorities dropped");
	for (unsigned i = 0; i < NEST; i++)
		gic_disable(TAKEN_SPI + i);
}

const struct probe_case many_cases[] = {
	{"many-pending", many_pending, false},
	{"many-active", many_active, false},
	{"many-nested", many_nested, false},
	{0},
};
