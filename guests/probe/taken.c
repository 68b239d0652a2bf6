/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/taken.h"
#include "lib/tree.h"

#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/timer.h"

#define SURPLUS_US 200

volatile uint32_t taken_log[TAKEN_MAX];
volatile unsigned taken_count;

static void taken_note(uint32_t intid, struct frame *frame)
{
	(void)frame;
	if (taken_count < TAKEN_MAX)
		taken_log[taken_count++] = intid;
}

uint32_t taken_one(void)
{
	return (uint32_t)argument_number("spi", TAKEN_SPI);
}

void taken_start(void)
{
	taken_count = 0;
	gic_handle(taken_note);
	cpu_barrier();
}

void taken_wait(unsigned count)
{
	uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US);

	cpu_irq_open();
	while (taken_count < count && timer_now() < end)
		;
	timer_spin(SURPLUS_US);
	cpu_irq_close();
}

unsigned taken_spi_end(void)
{
	unsigned end = ((mmio_read32(gic_distributor + GICD_TYPER) & 0x1f) + 1) * 32;

	return end < 1020 ? end : 1020;
}

void taken_spi(uint32_t intid, bool edge, uint8_t priority)
{
	gic_disable(intid);
	gic_unpend(intid);
	gic_edge(intid, edge);
	gic_priority(intid, priority);
	gic_route(intid, sysreg_read(mpidr_el1));
	gic_enable(intid);
}
