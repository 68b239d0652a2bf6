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

/* Interrupts raised at once (burst.c); SGIs between two CPUs (cross.c); resets of the VM (reset.c); an
 * interrupt that another VM gets (move.c). */
void measure_bursts(void);
void measure_cross(void);
void measure_reset(void);
void measure_moves(void);

#endif
