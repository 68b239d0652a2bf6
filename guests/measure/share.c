/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM that shares its CPU with others, and what these do meanwhile. The measured VM is the most urgent one.
 *
 * With the argument `shares` it sleeps until its timer's deadline, and only=METRIC names what its partner
 * does; partner=ROLE makes a VM the partner.
 */
#include <stdio.h>
#include <string.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "measure/measure.h"

#define SHORT_SLEEP 1000
#define LONG_SLEEP 100000 /* longer than the time for which a scheduler may let another one run on */
#define PERIOD 8192       /* both VMs have deadlines by this clock, so that one knows those of the other */
#define LOOK_BEFORE 8     /* before the deadline of the other, in ticks */
#define SETTLE (1024 * PERIOD) /* ticks: the partners are at work, and what the boot has said is printed */
#define AWAY_MIN 16            /* between two reads: more than nothing happened in between */

static uint64_t ticks[SAMPLES_MAX];

struct shared *measure_shared_memory(void)
{
	int node = tree_node("signalbox,shared-memory", 0);

	if (node < 0)
		return NULL;
	boot_map_memory(tree_region(node, 0));
	return (struct shared *)tree_region(node, 0).base;
}

static uint64_t next_deadline(void)
{
	return (timer_now() / PERIOD + 1) * PERIOD;
}

static void sleep_until(struct sample *sample, uint64_t deadline)
{
	sample->start = deadline;
	timer_arm(deadline);
	path_wfi(sample);
}

static void sleep_long(struct sample *sample)
{
	sleep_until(sample, timer_now() + LONG_SLEEP);
}

static void sleep_short(struct sample *sample)
{
	sleep_until(sample, timer_now() + SHORT_SLEEP);
}

/* The partner sleeps by the same clock, and wakes in the middle of each period. */
static void sleep_period(struct sample *sample)
{
	sleep_until(sample, next_deadline());
}

static const struct {
	const char *name;
	void (*take)(struct sample *sample);
} wakes[] = {
	{"wake_idle_entry", sleep_long},        {"wake_idle_other_entry", sleep_period},
	{"wake_busy_entry", sleep_long},        {"wake_short_sleep_entry", sleep_short},
	{"wake_idle_short_entry", sleep_short},
};

static void measure_wake(const char *name, void (*take)(struct sample *sample))
{
	for (uint64_t i = 0; i < WARM_UP + measure_samples(); i++) {
		struct sample sample = {.quiet = measure_nothing()};

		take(&sample);
		ticks[i < WARM_UP ? 0 : i - WARM_UP] = sample.entry - sample.start;
	}
	measure_note(name, "instructions", ticks, measure_samples());
}

/* From its WFI to the partner's next instruction, which the partner has noted when this VM is back. */
static void measure_switch(struct shared *shared)
{
	for (uint64_t i = 0; i < WARM_UP + measure_samples(); i++) {
		struct sample sample = {.quiet = measure_nothing()};

		timer_arm(next_deadline());
		path_leave(&sample);
		if (shared->back < sample.start) {
			printf("measure: the other VM did not run, or did not see when it began to\n");
			return;
		}
		ticks[i < WARM_UP ? 0 : i - WARM_UP] = shared->back - sample.start;
	}
	measure_note("vm_switch", "instructions", ticks, measure_samples());
}

void measure_sharing(void)
{
	struct shared *shared = measure_shared_memory();
	struct sample settle = {.quiet = measure_nothing()};

	sleep_until(&settle, next_deadline() + SETTLE);
	if (argument_given("batches"))
		measure_batches(shared);
	else if (measure_wanted("vm_switch"))
		measure_switch(shared);
	for (unsigned i = 0; i < sizeof(wakes) / sizeof(*wakes); i++)
		if (measure_wanted(wakes[i].name))
			measure_wake(wakes[i].name, wakes[i].take);
}

/* Reads the counter all the while when the other VM has its deadline, and notes when it is back itself. */
static _Noreturn void note_returns(void)
{
	struct shared *shared = measure_shared_memory();
	uint64_t reads[PATH_READS];

	for (;;) {
		path_reads(reads, PERIOD - 1, PERIOD - LOOK_BEFORE);
		for (unsigned i = 1; i < PATH_READS; i++)
			if (reads[i] - reads[i - 1] >= AWAY_MIN)
				shared->back = reads[i];
	}
}

static _Noreturn void wake_between(void)
{
	for (;;) {
		struct sample sample = {.quiet = measure_nothing()};

		sleep_until(&sample, next_deadline() + PERIOD / 2);
	}
}

static _Noreturn void spin(void)
{
	for (;;)
		__asm__ volatile("");
}

/* As spin(), where an emulator runs CPUs in turn. */
static _Noreturn void spin_and_yield(void)
{
	for (;;)
		__asm__ volatile("yield");
}

void measure_partner(void)
{
	static const struct {
		const char *name;
		void (*act)(void);
	} roles[] = {{"spins", spin},
				 {"yields", spin_and_yield},
				 {"wakes", wake_between},
				 {"returns", note_returns},
				 {"receives", measure_receiver}};
	const char *name = argument_text("partner", "");

	for (unsigned i = 0; i < sizeof(roles) / sizeof(*roles); i++)
		if (strncmp(name, roles[i].name, strlen(roles[i].name)) == 0)
			roles[i].act();
}
