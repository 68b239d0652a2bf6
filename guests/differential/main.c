/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Arguments: seed=, count= (operations), cpus= (1 or 2), every= (operations between two lines of the log),
 * from= and to= (operations whose text is printed; `to` is then the last), lie= (log.c), digest= (operation
 * after which all state is seen, to look closer at a difference).
 */
#include <inttypes.h>
#include <stdio.h>

#include "differential/differential.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/tree.h"

#define COUNT 10000
#define EVERY 1000
#define PHASE 64 /* operations with one choice of interrupts */
#define GROUPS 3

static const struct operation {
	const char *name;
	bool (*play)(void);
	unsigned weight;
} operations[] = {
	{"words", play_words, 44},
	{"group", play_groups, 6},
	{"priority", play_priority, 8},
	{"trigger", play_trigger, 6},
	{"route", play_route, 4},
	{"control", play_control, 3},
	{"line", play_line, 16},
	{"look", play_look, 8},
	{"reserved", play_reserved, 4},
	{"digest", play_digest, 2},
	{"sgi", play_sgi, 16},
	{"acknowledge", play_acknowledge, 40},
	{"window", play_window, 24},
	{"end", play_end, 24},
	{"deactivate", play_deactivate, 16},
	{"mask", play_mask, 6},
	{"binary point", play_binary_point, 2},
	{"mode", play_mode, 4},
	{"open", play_open, 4},
};

static const struct operation *choose(void)
{
	static unsigned total;
	const struct operation *one = operations;
	unsigned left;

	if (!total)
		for (unsigned i = 0; i < sizeof(operations) / sizeof(*operations); i++)
			total += operations[i].weight;
	for (left = random_below(total); left >= one->weight; one++)
		left -= one->weight;
	return one;
}

static const struct operation *operation;
static bool played;
static uint64_t digest;

static void play_here(void)
{
	played = operation->play();
}

static void play(uint64_t number)
{
	if (number % PHASE == 0)
		interrupts_choose();
	do {
		unsigned cpu = random_below(cpu_count);

		operation = choose();
		log_begin(number, operation->name, cpu);
		pair_run(cpu, play_here);
	} while (!played);
	for (unsigned i = 0; i < cpu_count; i++)
		pair_run(i, interface_observe);
	if (number == digest)
		play_digest();
	log_end();
}

static void prepare(void)
{
	mmio_write32(gic_distributor + GICD_CTLR, GROUPS);
	sysreg_write(vbar_el1, window_vectors);
	interface_init();
	if (cpu_count > 1)
		pair_start();
	interrupts_init();
}

int main(void)
{
	uint64_t count = argument_number("count", COUNT), seed = argument_number("seed", 1);
	struct log_plan plan = {
		.every = argument_number("every", EVERY),
		.from = argument_number("from", UINT64_MAX),
		.to = argument_number("to", UINT64_MAX),
		.lie = argument_number("lie", UINT64_MAX),
	};

	cpu_count = (unsigned)argument_number("cpus", 1);
	if (cpu_count == 0 || cpu_count > CPUS_MAX || plan.every == 0) {
		printf("differential: cpus=%u every=%" PRIu64 ": 1 or 2 processors, every 1 or more\n", cpu_count,
			   plan.every);
		return 1;
	}
	printf("differential: %" PRIu64 " operations from seed %" PRIu64 "\n", count, seed);
	prepare();
	digest = argument_number("digest", UINT64_MAX);
	log_open(&plan);
	random_seed(seed);
	for (uint64_t number = 0; number < count && number <= plan.to; number++)
		play(number);
	log_close();
	return 0;
}
