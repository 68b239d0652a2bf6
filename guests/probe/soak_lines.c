/* SPDX-License-Identifier: Apache-2.0 */
/* Many lines among VMs that share processors: who has received how many of each (soak_lines.h). */
#include <inttypes.h>

#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "probe/probe.h"
#include "probe/soak_lines.h"
#include "probe/taken.h"

#define OWN_SGI 2
#define SETTLE_US 200

static struct soak_lines *own;
static uint32_t random_state;

static uint32_t random_below(uint32_t end)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % end;
}

static void take(uint32_t intid, struct frame *frame)
{
	(void)frame;
	if (intid == TIMER_VIRTUAL_INTID)
		timer_arm(timer_now() + timer_ticks(20 + random_below(1000)));
	else if (intid != OWN_SGI)
		own->received[intid % SOAK_LINES_MAX]++;
}

static void set_up(uint32_t first, uint32_t count)
{
	for (uint32_t n = 0; n < count; n++)
		taken_spi(first + n, true, (uint8_t)(0x40 + 8 * random_below(16)));
}

/* At times with interrupts masked, so that more come than there are list registers; at times asleep. */
static void act(void)
{
	switch (random_below(4)) {
	case 0:
		cpu_irq_close();
		gic_send_sgi(OWN_SGI, 1);
		timer_spin(random_below(150));
		cpu_irq_open();
		break;
	case 1:
		timer_spin(random_below(150));
		break;
	default:
		cpu_wfi(); /* the timer at the latest wakes it */
	}
}

/* `vm= first= count= moved= moved_count= seed=`, for ever. */
static void soak_lines(void)
{
	struct share share = probe_share();
	uint64_t vm = argument_number("vm", 0);

	if (share.size == 0)
		return;
	own = (struct soak_lines *)(share.base + vm * SOAK_LINES_BYTES);
	random_state = (uint32_t)(argument_number("seed", 1) * 16 + vm + own->lives * 256);
	gic_handle(take);
	set_up((uint32_t)argument_number("first", 32), (uint32_t)argument_number("count", 0));
	set_up((uint32_t)argument_number("moved", 32), (uint32_t)argument_number("moved_count", 0));
	gic_enable(OWN_SGI);
	gic_enable(TIMER_VIRTUAL_INTID);
	timer_arm(timer_now());
	cpu_irq_open();
	timer_spin(SETTLE_US); /* what was pending has come */
	own->vm = vm;
	own->magic = SOAK_LINES_MAGIC;
	own->not_magic = ~SOAK_LINES_MAGIC;
	own->lives++;
	note("life %" PRIu64 " counts its lines", own->lives);
	for (;;)
		act();
}

const struct probe_case soak_lines_cases[] = {
	{"soak-lines", soak_lines, true},
	{0},
};
