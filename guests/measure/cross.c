/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SGIs between two CPUs: to the vector of the other, and back. The clock counts the instructions of both,
 * which take turns, so these are sums.
 */
#include <stdio.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "measure/measure.h"

static struct sample at_target;
static uint64_t entry[SAMPLES_MAX], round_trip[SAMPLES_MAX];
static uint64_t to_here;
static volatile bool ready; /* an SGI of Group 1 is lost on a CPU that has not put it there yet */

static void target_enter(void)
{
	sysreg_write(vbar_el1, path_target_vectors);
	gic_enable(SGI);
	ready = true;
}

static void target_spins(void)
{
	target_enter();
	path_target_spin(&at_target, to_here);
}

static void target_waits(void)
{
	target_enter();
	path_target_wfi(&at_target, to_here);
}

/* The target comes back from its answer to where it waits. */
static void settle(void)
{
	for (unsigned i = 0; i < 100; i++)
		__asm__ volatile("yield");
}

static void exchange(const char *entry_name, const char *round_trip_name)
{
	for (uint64_t i = 0; i < WARM_UP + measure_samples(); i++) {
		struct sample sample = {.quiet = measure_nothing()};
		uint64_t at = i < WARM_UP ? 0 : i - WARM_UP;

		path_sgi_other(&sample, SGI << 24 | 2);
		entry[at] = at_target.entry - sample.start;
		round_trip[at] = sample.entry - sample.start;
		settle();
	}
	measure_note(entry_name, "instructions", entry, measure_samples());
	measure_note(round_trip_name, "instructions", round_trip, measure_samples());
}

void measure_cross(void)
{
	bool wakes = measure_wanted("wake_remote_entry"), waits = wakes || measure_wanted("sgi_cross_wfi_entry");

	to_here = SGI << 24 | 1;
	if (boot_cpu(1, waits ? target_waits : target_spins) != 0)
		return;
	while (!ready)
		settle();
	settle();
	if (wakes)
		exchange("wake_remote_entry", "wake_remote_round_trip");
	else if (waits)
		exchange("sgi_cross_wfi_entry", "sgi_cross_wfi_round_trip");
	else
		exchange("sgi_cross_entry", "sgi_cross_round_trip");
}
