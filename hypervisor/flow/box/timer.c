/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/box/timer.h"

#include "machine/api/cpu.h"

static uint64_t deadlines[PCPU_MAX][TIMER_SLOT_COUNT]; /* 0, as at boot, is TIMER_NEVER too */

static void set_earliest(const uint64_t deadline[TIMER_SLOT_COUNT])
{
	uint64_t earliest = TIMER_NEVER;

	for (unsigned i = 0; i < TIMER_SLOT_COUNT; i++)
		if (deadline[i] - 1 < earliest - 1) /* 0, which is none, too, is the largest then */
			earliest = deadline[i];
	if (earliest == TIMER_NEVER)
		cpu_timer_stop();
	else
		cpu_timer_set(earliest);
}

void timer_set(enum timer_slot slot, uint64_t deadline)
{
	uint64_t *mine = deadlines[pcpu_this()];

	if (mine[slot] == deadline)
		return;
	mine[slot] = deadline;
	set_earliest(mine);
}

uint32_t timer_take_passed(void)
{
	uint64_t *mine = deadlines[pcpu_this()], now = cpu_counter();
	uint32_t passed = 0;

	for (unsigned slot = 0; slot < TIMER_SLOT_COUNT; slot++) {
		if (!mine[slot] || mine[slot] > now)
			continue;
		mine[slot] = TIMER_NEVER;
		passed |= 1u << slot;
	}
	set_earliest(mine);
	return passed;
}
