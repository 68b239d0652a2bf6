/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When did this guest run, on a processor that it shares? It sees that by gaps in the time that it reads
 * again and again: what is shorter than `gap=` ticks is an exit of its own.
 */
#ifndef NEIGHBOUR_NOTES_H
#define NEIGHBOUR_NOTES_H

#include <stdint.h>

/* In the shared memory, at vm= times NOTES_BYTES. The test finds it by its first two words. */
#define NOTES_MAGIC 0x73746f6e6e656857
#define NOTES_BYTES 0x100000

struct notes {
	uint64_t magic, not_magic; /* the second is the first one's complement */
	uint64_t vm, count;
	struct {
		uint64_t from, to; /* it ran */
	} piece[];
};

/*
 * Runs for `us=` microseconds, and notes when. With `sleeps=` it sleeps again and again, at random up to that
 * many microseconds, and runs up to `runs=` between.
 */
void notes_write(void);
/*
 * `count=` jobs: each is released by the timer `every=` microseconds after the one before, and is done when
 * this guest has run for `work=` microseconds. Prints how long the longest one took from its release.
 */
void notes_jobs(void);

#endif
