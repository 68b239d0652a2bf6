/* SPDX-License-Identifier: Apache-2.0 */
#include "rt/section.h"

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "signalbox/closed.h"

static struct signalbox_closed *pages;
static volatile uint64_t count, by_sections, by_releases;

void section_init(void)
{
	int node = tree_node("signalbox,closed-flag", 0);

	if (node < 0)
		return;
	boot_map_memory(tree_region(node, 0));
	pages = (struct signalbox_closed *)signalbox_closed_pages();
}

/* Masked first and unmasked last, as signalbox/closed.h wants it. */
void section_enter(void)
{
	cpu_irq_close();
	if (pages)
		signalbox_closed_close(pages, SIGNALBOX_CLOSED_ALL);
}

void section_leave(void)
{
	if (pages)
		signalbox_closed_open(pages, SIGNALBOX_CLOSED_NOTHING);
	cpu_irq_open();
}

void section_work(uint64_t us, bool open)
{
	uint64_t before;

	if (!open)
		section_enter();
	before = count;
	timer_spin(us);
	count = before + 1;
	by_sections++;
	if (!open)
		section_leave();
}

bool section_count_release(void)
{
	count++;
	by_releases++;
	return count == by_sections + by_releases;
}
