/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the measuring guest. */
#ifndef MEASURE_MEASURE_H
#define MEASURE_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/layout.h"
#include "measure/sample.h"

#define WARM_UP 16
#define SAMPLES_MAX 1000
#define SGI 3

/* Sorts the samples and keeps their summary until all is printed. */
void measure_note(const char *metric, const char *unit, uint64_t *samples, uint64_t count);
/* Is it asked for (only=)? How many samples of it? */
bool measure_wanted(const char *metric);
uint64_t measure_samples(void);
/* A word for the vector to write where no device is to be quieted. */
uint64_t measure_nothing(void);

/* What VMs that share a CPU tell each other, in memory that they share. */
#define RECEIVERS 3 /* two that are away, and the VM that runs */
struct shared {
	uint64_t back; /* when the partner was back, last */
	struct received {
		uint64_t count, disorder; /* interrupts; those taken after one of lesser priority, of the last ones */
		uint64_t last;            /* the last one's vector */
		uint64_t lines;           /* which of its lines came */
	} received[RECEIVERS];
};
struct shared *measure_shared_memory(void);

/* Interrupts raised at once (burst.c); SGIs between two CPUs (cross.c); resets of the VM (reset.c); an
 * interrupt that another VM gets (move.c). */
void measure_bursts(void);
void measure_cross(void);
void measure_reset(void);
void measure_moves(void);
void measure_closed(void);
/*
 * A VM that shares its CPU, and what its partner does (share.c); interrupts for VMs that are away (batch.c).
 * A partner does not return.
 */
void measure_sharing(void);
void measure_partner(void);
void measure_batches(struct shared *shared);
_Noreturn void measure_receiver(void);

#endif
