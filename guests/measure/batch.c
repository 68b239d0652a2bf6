/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts that come together for VMs which are away, raised from outside of the machine (bench/batches.py)
 * while this VM, the most urgent one, counts its own instructions: what it misses is EL2's. Then it sleeps,
 * and the VMs that the interrupts are for take them: the lines of each have priorities, the least urgent
 * first by number.
 *
 * The VM that runs may have some of them, too: these it takes before it sleeps.
 *
 * A sample begins when this VM has written its number into the match register of the clock, which can be read
 * from outside. How many interrupts a sample has, and for whom, is known on both sides.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "measure/measure.h"

#define RTC_MR 0x04
#define BATCH_MAX 64
#define SETTLE 125000000 /* ticks, 2 s: what the boot has to say of so many interrupts is printed */
#define OVER UINT32_MAX  /* instead of a sample's number */
#define WATCH_TURNS 1000 /* behind the first interruption */
#define REST 400000      /* ticks: the receivers are done long before */
#define PRIORITY_FIRST 0x20
#define PRIORITY_STEP 8
#define PRIORITY_LEVELS 16
#define HANDLER 9 /* instructions of the guest for each interrupt but the last, from vector to vector */

static struct taken taken[BATCH_MAX];
static uint8_t priority[1024];
static uint32_t first_line;
static uint64_t arrive[SAMPLES_MAX], interruptions[SAMPLES_MAX], disorder[SAMPLES_MAX], load[SAMPLES_MAX];
static uint64_t loads[BATCH_MAX + 1]
					 [SAMPLES_MAX]; /* by the number of interrupts, in the order of the samples */

#define SELF 2 /* the number of this VM among the receivers */

/* The samples, in this order; `vms`: how many receivers have the interrupts, in turn. */
static const struct phase {
	unsigned count, vms;
	bool loads;
} phases[] = {{1, 2, false}, {4, 2, false}, {16, 2, false}, {64, 2, false}, {1, 1, true},  {4, 1, true},
			  {5, 1, true},  {64, 1, true}, {4, 3, false},  {16, 3, false}, {64, 3, false}};

static void prepare_lines(void)
{
	unsigned count = 0;
	int node;

	while (count < BATCH_MAX && (node = tree_node("syscon", count / 8)) >= 0) {
		uint32_t spi = tree_intid(node, count % 8);

		gic_edge(spi, true);
		gic_route(spi, sysreg_read(mpidr_el1));
		gic_priority(
			spi, (uint8_t)(PRIORITY_FIRST + PRIORITY_STEP * (PRIORITY_LEVELS - 1 - count % PRIORITY_LEVELS)));
		priority[spi] = mmio_read8(gic_distributor + GICD_IPRIORITYR + spi);
		gic_enable(spi);
		count++;
	}
	first_line = tree_intid(tree_node("syscon", 0), 0);
}

static void receive(struct received *received)
{
	struct sample sample = {.burst = taken};
	uint64_t count = path_receive(&sample);

	received->disorder = 0;
	for (unsigned n = 1; n < count; n++)
		received->disorder += priority[taken[n].intid] < priority[taken[n - 1].intid];
	for (unsigned n = 0; n < count; n++)
		received->lines |= UINT64_C(1) << (taken[n].intid - first_line);
	received->last = count ? taken[count - 1].entry : 0;
	received->count += count;
}

/* What receiver `i` of a sample should have had: lines from its first one on, each once. */
static bool is_right(const struct received *received, const struct phase *phase, unsigned i)
{
	unsigned count = (phase->count + phase->vms - 1 - i) / phase->vms;
	uint64_t lines = i >= phase->vms || count == 0 ? 0 : ~UINT64_C(0) >> (BATCH_MAX - count);

	return received->lines == lines && received->count == (i < phase->vms ? count : 0);
}

static bool take_sample(struct shared *shared, uint64_t rtc, const struct phase *phase, uint64_t number,
						uint64_t at)
{
	struct sample watched = {0}, slept = {.quiet = measure_nothing()};
	bool right;

	memset(shared->received, 0, sizeof(shared->received));
	path_watch(&watched, rtc + RTC_MR, (uint32_t)number, WATCH_TURNS);
	if (phase->vms > SELF) {
		sysreg_write(vbar_el1, path_burst_vectors);
		receive(&shared->received[SELF]);
		sysreg_write(vbar_el1, path_vectors);
	}
	timer_arm(timer_now() + REST);
	path_leave(&slept);
	right = slept.intid == TIMER_VIRTUAL_INTID;
	disorder[at] = 0;
	for (unsigned i = 0; i < RECEIVERS; i++) {
		right &= is_right(&shared->received[i], phase, i);
		disorder[at] += shared->received[i].disorder;
	}
	arrive[at] = watched.entry;
	interruptions[at] = watched.intid;
	load[at] = shared->received[0].last - slept.start - HANDLER * (phase->count - 1);
	if (!right)
		printf("measure: sample %" PRIu64 " has %u interrupts: lines %" PRIx64 ", %" PRIx64 " and %" PRIx64
			   " came\n",
			   number, phase->count, shared->received[0].lines, shared->received[1].lines,
			   shared->received[SELF].lines);
	return right;
}

static void note(const char *what, const char *unit, unsigned count, const char *ending, uint64_t *samples)
{
	char name[32];

	snprintf(name, sizeof(name), "%s%u%s", what, count, ending);
	measure_note(name, unit, samples, measure_samples());
}

static void note_slope(const char *name, unsigned few, unsigned many)
{
	for (uint64_t i = 0; i < measure_samples(); i++)
		load[i] = (loads[many][i] - loads[few][i] + (many - few) / 2) / (many - few);
	measure_note(name, "instructions", load, measure_samples());
}

static void note_phase(const struct phase *phase)
{
	if (phase->loads) {
		for (uint64_t i = 0; i < measure_samples(); i++)
			loads[phase->count][i] = load[i];
		note("batch", "instructions", phase->count, "_run", load);
		return;
	}
	if (phase->vms <= SELF)
		note("batch", "instructions", phase->count, "_arrive", arrive);
	note("batch", "interruptions", phase->count, phase->vms > SELF ? "_self_interruptions" : "_interruptions",
		 interruptions);
	note("batch", "interrupts", phase->count, phase->vms > SELF ? "_self_disorder" : "_disorder", disorder);
}

static bool take_samples(struct shared *shared, uint64_t rtc)
{
	uint64_t number = 1;

	for (unsigned p = 0; p < sizeof(phases) / sizeof(*phases); p++) {
		for (uint64_t i = 0; i < WARM_UP + measure_samples(); i++)
			if (!take_sample(shared, rtc, &phases[p], number++, i < WARM_UP ? 0 : i - WARM_UP))
				return false;
		note_phase(&phases[p]);
	}
	return true;
}

void measure_batches(struct shared *shared)
{
	uint64_t rtc = tree_region(tree_node("arm,pl031", 0), 0).base;
	struct sample settle = {.quiet = measure_nothing()};
	bool good;

	prepare_lines();
	timer_arm(timer_now() + SETTLE);
	path_leave(&settle);
	good = take_samples(shared, rtc);
	mmio_write32(rtc + RTC_MR, OVER);
	if (!good)
		return;
	note_slope("batch_load_1_4", 1, 4);
	note_slope("batch_load_5_64", 5, 64);
}

/* A VM that is away until interrupts wake it. */
void measure_receiver(void)
{
	struct received *received = &measure_shared_memory()->received[argument_number("number", 0)];

	prepare_lines();
	sysreg_write(vbar_el1, path_burst_vectors);
	for (;;)
		receive(received);
}
