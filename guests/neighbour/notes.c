/* SPDX-License-Identifier: Apache-2.0 */
#include "neighbour/notes.h"

#include <inttypes.h>
#include <stdio.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/timer.h"
#include "lib/tree.h"

#define PIECES ((NOTES_BYTES - sizeof(struct notes)) / sizeof(((struct notes *)0)->piece[0]))

static volatile bool released;

static void release(uint32_t intid, struct frame *frame)
{
	(void)frame;
	if (intid != TIMER_VIRTUAL_INTID)
		return;
	timer_disarm();
	released = true;
}

static void sleep_until(uint64_t deadline)
{
	released = false;
	timer_arm(deadline);
	while (!released) {
		cpu_wfi();
		cpu_irq_open();
		cpu_irq_close();
	}
}

static uint64_t random_ticks(uint64_t us)
{
	static uint64_t state = 88172645463325252;

	state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (state >> 33) % (timer_ticks(us) + 1);
}

/* Since `from`. Until when did it run? */
static uint64_t run_on(uint64_t from, uint64_t until, uint64_t gap)
{
	uint64_t last = from, now = from;

	while (now < until && now - last <= gap) {
		last = now;
		now = sysreg_read(cntvct_el0);
	}
	return now - last <= gap ? now : last;
}

static struct notes *find_notes(uint64_t vm)
{
	struct region share = tree_region(tree_node("signalbox,shared-memory", 0), 0);

	boot_map_memory(share);
	return (struct notes *)(share.base + vm * NOTES_BYTES);
}

void notes_write(void)
{
	uint64_t runs = argument_number("runs", 0), sleeps = argument_number("sleeps", 0);
	uint64_t vm = argument_number("vm", 0), gap = argument_number("gap", 1000), count = 0;
	uint64_t end = timer_now() + timer_ticks(argument_number("us", 1000000)), sleep_at = end;
	struct notes *notes = find_notes(vm);

	gic_handle(release);
	gic_enable(TIMER_VIRTUAL_INTID);
	for (uint64_t from = timer_now(); from < end && count < PIECES; from = timer_now()) {
		if (sleeps)
			sleep_at = from + random_ticks(runs);
		notes->piece[count].from = from;
		notes->piece[count++].to = run_on(from, sleep_at < end ? sleep_at : end, gap);
		if (sleeps)
			sleep_until(timer_now() + random_ticks(sleeps));
	}
	notes->vm = vm;
	notes->count = count;
	notes->not_magic = ~NOTES_MAGIC;
	notes->magic = NOTES_MAGIC;
	printf("notes: %" PRIu64 " pieces\n", count);
}

void notes_jobs(void)
{
	uint64_t count = argument_number("count", 100), every = timer_ticks(argument_number("every", 10000));
	uint64_t work = timer_ticks(argument_number("work", 100)), gap = argument_number("gap", 1000), worst = 0;
	uint64_t deadline = timer_now() + every;

	gic_handle(release);
	gic_enable(TIMER_VIRTUAL_INTID);
	for (uint64_t n = 0; n < count; n++, deadline += every) {
		uint64_t last, now, ran = 0;

		sleep_until(deadline);
		for (last = timer_now(); ran < work; last = now) {
			now = sysreg_read(cntvct_el0);
			ran += now - last > gap ? 0 : now - last;
		}
		worst = last - deadline > worst ? last - deadline : worst;
	}
	printf("jobs: %" PRIu64 " done, the longest in %" PRIu64 " ticks of %" PRIu64 "\n", count, worst,
		   timer_frequency());
}
