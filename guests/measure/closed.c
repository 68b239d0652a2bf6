/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts that are closed without a call (signalbox/closed.h), with nothing pending when they open, and
 * with one. */
#include "signalbox/closed.h"
#include "lib/boot.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "measure/measure.h"

static struct signalbox_closed *pages;
static uint64_t values[SAMPLES_MAX];

static void close_and_open(struct sample *sample)
{
	path_close_open(sample, pages, SIGNALBOX_CLOSED_ALL);
}

/* The timer's interrupt comes while all is closed. */
static void open_pending(struct sample *sample)
{
	signalbox_closed_close(pages, SIGNALBOX_CLOSED_ALL);
	timer_arm(timer_now());
	while (!__atomic_load_n(&pages->pending, __ATOMIC_RELAXED))
		;
	path_open(sample, pages, SIGNALBOX_CALL_OPENED);
}

static void measure(const char *metric, void (*take)(struct sample *sample))
{
	for (uint64_t i = 0; i < WARM_UP + measure_samples(); i++) {
		struct sample sample = {.quiet = measure_nothing()};

		take(&sample);
		if (i >= WARM_UP)
			values[i - WARM_UP] = sample.entry - sample.start;
	}
	measure_note(metric, "instructions", values, measure_samples());
}

void measure_closed(void)
{
	int node = tree_node("signalbox,closed-flag", 0);

	if (node < 0)
		return;
	boot_map_memory(tree_region(node, 0));
	pages = (struct signalbox_closed *)signalbox_closed_pages();
	if (measure_wanted("close_open_pair"))
		measure("close_open_pair", close_and_open);
	if (measure_wanted("open_pending_entry"))
		measure("open_pending_entry", open_pending);
}
