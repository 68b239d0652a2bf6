/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Closes its interrupts by signalbox/closed.h. The argument case= says what it does:
 *
 * - pairs: closes and opens count= times, with nothing pending, and prints how many ticks that took
 * - pending: the second processor sends an SGI in each of count= sections, which must come with its end, by
 * one call
 * - random: the same, while the last processor writes random words to the first one's page: then an SGI may
 * come early, and there may be more calls or none; each must come at last
 *
 * Where there is no closed flag it says so.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "signalbox/closed.h"

#define SGI 5

static struct signalbox_closed *pages; /* of the first processor */
static volatile uint64_t wanted, sent, came, calls;

static void open_counted(void)
{
	if (!signalbox_closed_opens_to_call(pages, SIGNALBOX_CLOSED_NOTHING))
		return;
	calls++;
	(void)signalbox_closed_call(SIGNALBOX_CALL_OPENED);
}

static void pairs(uint64_t count)
{
	struct signalbox_closed *own = pages; /* in a register, as a kernel would have it */
	uint64_t start = timer_now(), end;

	for (uint64_t left = count; left; left--) {
		cpu_irq_close();
		signalbox_closed_close(own, SIGNALBOX_CLOSED_ALL);
		signalbox_closed_open(own, SIGNALBOX_CLOSED_NOTHING);
		__asm__ volatile("msr daifclr, #2" ::: "memory");
	}
	end = timer_now();
	printf("closed: %" PRIu64 " pairs, %" PRIu64 " ticks\n", count, end - start);
}

static void take(uint32_t intid, struct frame *frame)
{
	(void)frame;
	came += intid == SGI;
}

/* The second processor. */
static void send_for_ever(void)
{
	for (;;) {
		while (sent == wanted)
			__asm__ volatile("yield");
		gic_send_sgi(SGI, 1);
		sent++;
	}
}

/* The last one. It spares nothing of the page that it may write. */
static void scribble(void)
{
	volatile uint32_t *words = (volatile uint32_t *)pages;
	uint64_t state = 88172645463325252;

	for (;;) {
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		words[state % 64 < 32 ? 0 : state / 64 % 1024] = (uint32_t)(state >> 32) >> state % 32;
	}
}

/* False: it has not come in a section that was opened. */
static bool one_section(bool alone)
{
	uint64_t early = came;

	cpu_irq_close();
	signalbox_closed_close(pages, SIGNALBOX_CLOSED_ALL);
	wanted++;
	while (sent != wanted || (alone && !*(volatile uint32_t *)&pages->pending))
		__asm__ volatile("yield");
	early = came - early;
	open_counted();
	cpu_irq_open();
	if (alone)
		return early == 0 && came == wanted;
	while (came != wanted) /* the page says anything: whoever wants to be told, asks */
		(void)signalbox_closed_call(SIGNALBOX_CALL_OPENED);
	return true;
}

static int sections(uint64_t count, bool alone)
{
	gic_handle(take);
	gic_enable(SGI);
	if (boot_cpu(1, send_for_ever) != 0 || (!alone && boot_cpu(2, scribble) != 0)) {
		printf("closed: FAILED: a processor does not start\n");
		return 1;
	}
	for (uint64_t n = 1; n <= count; n++)
		if (!one_section(alone)) {
			printf("closed: FAILED: section %" PRIu64 ", %" PRIu64 " came\n", n, came);
			return 1;
		}
	printf("closed: %" PRIu64 " sections, %" PRIu64 " came, %" PRIu64 " calls, avoided %" PRIu64 " %" PRIu64
		   " %" PRIu64 "\n",
		   count, came, calls, pages->avoided[0], pages->avoided[1], pages->avoided[2]);
	return 0;
}

/* The call, the tree, and what stands in the second page. */
static bool find_pages(void)
{
	int node = tree_node("signalbox,closed-flag", 0);
	struct region region;
	int64_t address;

	if (node < 0)
		return false;
	region = tree_region(node, 0);
	boot_map_memory(region);
	address = signalbox_closed_pages();
	pages = (struct signalbox_closed *)address;
	if ((uint64_t)address == region.base && pages->version == SIGNALBOX_CLOSED_VERSION && !pages->closed &&
		!pages->pending)
		return true;
	printf("closed: FAILED: the pages are at %#" PRIx64 ", version %" PRIu32 "\n", (uint64_t)address,
		   pages->version);
	return false;
}

int main(void)
{
	const char *what = argument_text("case", "pairs");
	uint64_t count = argument_number("count", 1000000);
	int result = 0;

	if (!find_pages()) {
		printf("closed: there is no closed flag here\n");
		return 0;
	}
	cpu_irq_open();
	if (!strcmp(what, "pairs"))
		pairs(count);
	else
		result = sections(count, strcmp(what, "random") != 0);
	printf("closed: done\n");
	return result;
}
