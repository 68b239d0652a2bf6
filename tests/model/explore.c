/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every state that a bounded world can reach, breadth first: each possible step from each, compared with the
 * reference. Without arguments each world is cut off at a bound; `--full` goes to the end. `--world NAME`
 * explores the worlds whose names begin so, `--states N` sets the bound of each, `--first` ends with the
 * first fault. A fault is printed with the shortest way to it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "explore.h"
#include "guard.h"
#include "oracle.h"
#include "pack.h"
#include "seeds.h"

#define STEPS_MAX 128

struct edge {
	uint32_t from;
	uint8_t step;
};

static struct {
	struct key *key;
	struct edge *edge; /* how each state was first reached */
	uint32_t *slot;    /* hash table of states, plus 1 */
	uint32_t count, limit, slots;
} seen;

static uint64_t hash(const struct key *key)
{
	uint64_t h = 0x9e3779b97f4a7c15;

	for (unsigned i = 0; i < KEY_WORDS; i++) {
		h = (h ^ key->word[i]) * 0xff51afd7ed558ccd;
		h ^= h >> 32;
	}
	return h;
}

/* True when it was not known, and there is room. */
static bool remember(const struct key *key, uint32_t from, unsigned step)
{
	uint32_t slot = (uint32_t)(hash(key) & (seen.slots - 1));

	for (; seen.slot[slot]; slot = (slot + 1) & (seen.slots - 1))
		if (memcmp(&seen.key[seen.slot[slot] - 1], key, sizeof(*key)) == 0)
			return false;
	if (seen.count == seen.limit)
		return false;
	seen.key[seen.count] = *key;
	seen.edge[seen.count] = (struct edge){.from = from, .step = (uint8_t)step};
	seen.slot[slot] = ++seen.count;
	return true;
}

static void tell_way(uint32_t state, const struct step *steps)
{
	uint8_t way[256];
	unsigned length = 0;

	for (; state && length < sizeof(way); state = seen.edge[state].from)
		way[length++] = seen.edge[state].step;
	while (length)
		world_print(&steps[way[--length]]);
}

static bool tell_fault(uint32_t from, const struct step *steps, unsigned step)
{
	printf("# %s: %s\n", world.plan->name, world_fault);
	tell_way(from, steps);
	world_print(&steps[step]);
	return false;
}

#define GUARDED 16 /* one of so many states */

/* All steps from one state. */
static bool expand(uint32_t from, const struct step *steps, unsigned step_count, uint64_t *transitions)
{
	struct key here = seen.key[from], key;
	bool guarded = from % GUARDED == 0;

	for (unsigned s = 0; s < step_count; s++) {
		pack_load(&here);
		if (guarded && s)
			guard_check();
		else if (guarded)
			guard_begin();
		if (world_fault)
			return tell_fault(from, steps, s - 1);
		seeds_look(&steps[s]);
		if (!world_step(&steps[s]))
			continue;
		++*transitions;
		seeds_count();
		if (!world_fault)
			oracle_check();
		if (!world_fault)
			pack_save(&key);
		if (world_fault)
			return tell_fault(from, steps, s);
		remember(&key, from, s);
	}
	return true;
}

static void allocate(uint32_t limit)
{
	seen.limit = limit;
	seen.count = 0;
	for (seen.slots = 1024; seen.slots < limit / 4 * 7; seen.slots *= 2)
		;
	seen.key = malloc(sizeof(*seen.key) * limit);
	seen.edge = malloc(sizeof(*seen.edge) * limit);
	seen.slot = calloc(seen.slots, sizeof(*seen.slot));
	if (!seen.key || !seen.edge || !seen.slot) {
		fprintf(stderr, "explore: not enough memory for %u states\n", limit);
		exit(2);
	}
}

static void release(void)
{
	free(seen.key);
	free(seen.edge);
	free(seen.slot);
}

bool explore(const struct world_plan *plan, uint32_t limit, struct explored *out)
{
	struct step steps[STEPS_MAX];
	unsigned step_count = world_steps(plan, steps, STEPS_MAX);
	struct key start;
	bool good = true;

	*out = (struct explored){0};
	world_fault = NULL;
	world_begin(plan);
	oracle_check();
	pack_save(&start);
	if (world_fault) {
		printf("# %s: at the beginning: %s\n", plan->name, world_fault);
		return false;
	}
	allocate(limit);
	remember(&start, 0, 0);
	for (uint32_t next = 0; good && next < seen.count; next++)
		good = expand(next, steps, step_count, &out->transitions);
	out->states = seen.count;
	out->complete = good && seen.count < seen.limit;
	release();
	return good;
}

static uint32_t limit = EXPLORE_BOUND;
static const char *only;
static bool stop_first;

struct verdict {
	struct explored explored;
	double seconds;
	bool good;
};
/* With the process that explores. */
struct shared {
	struct verdict verdict;
	unsigned long long met[SEEDS_MAX];
};
static struct shared *shared;

static void explore_here(const struct world_plan *plan)
{
	bool bounded = plan->bound && limit == EXPLORE_BOUND;

	shared->verdict.good = explore(plan, bounded ? plan->bound : limit, &shared->verdict.explored);
	shared->verdict.seconds = (double)clock() / CLOCKS_PER_SEC;
}

/*
 * Each world is explored by a separate process: a limit of processor time against hangs then holds for one
 * world, however many there are, and a world that crashes is one failed test.
 */
static void explore_apart(const struct world_plan *plan)
{
	int status = 0;
	pid_t child;

	shared->verdict = (struct verdict){0};
	child = fork();
	if (child == 0) {
		explore_here(plan);
		fflush(stdout);
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child || status) {
		shared->verdict.good = false;
		printf("# %s: the process that explored it ended with %#x\n", plan->name, (unsigned)status);
	}
}

/* One world is one test, in TAP. */
static bool run(const struct world_plan *plan, unsigned number, struct verdict *total)
{
	const struct explored *result = &shared->verdict.explored;

	explore_apart(plan);
	printf("%sok %u - %-46s %9u states %10llu steps %5.1f s%s\n", shared->verdict.good ? "" : "not ", number,
		   plan->name, result->states, (unsigned long long)result->transitions, shared->verdict.seconds,
		   result->complete || !shared->verdict.good ? "" : " (cut off)");
	fflush(stdout);
	total->explored.states += result->states;
	total->explored.transitions += result->transitions;
	total->seconds += shared->verdict.seconds;
	return shared->verdict.good;
}

static void read_arguments(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--full") == 0)
			limit = EXPLORE_FULL;
		else if (strcmp(argv[i], "--first") == 0)
			stop_first = true;
		else if (strcmp(argv[i], "--world") == 0 && i + 1 < argc)
			only = argv[++i];
		else if (strcmp(argv[i], "--states") == 0 && i + 1 < argc)
			limit = (uint32_t)strtoul(argv[++i], NULL, 0);
	}
}

int main(int argc, char **argv)
{
	struct verdict total = {0};
	unsigned number = 0;
	bool good = true;

	read_arguments(argc, argv);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED) {
		perror("explore: memory");
		return 2;
	}
	seeds_met = shared->met;
	for (const struct world_plan *plan = worlds; plan->name && (good || !stop_first); plan++)
		if (!only || strncmp(only, plan->name, strlen(only)) == 0)
			good &= run(plan, ++number, &total);
	printf("# %u states, %llu steps, %.1f s\n", total.explored.states,
		   (unsigned long long)total.explored.transitions, total.seconds);
	/* Worlds that are cut off early do not come so far. */
	if ((!only || !*only) && limit >= EXPLORE_BOUND)
		good &= seeds_tell(++number);
	printf("1..%u\n", number);
	return good ? 0 : 1;
}
