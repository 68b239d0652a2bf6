/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each VM of a soak of many lines has received, in the memory that they share with each other, and with
 * the test that raises the lines from outside (tests/system/test_soak_shared.py).
 */
#ifndef PROBE_SOAK_LINES_H
#define PROBE_SOAK_LINES_H

#include <stdint.h>

#define SOAK_LINES_MAGIC 0x11e5c0de5e7a11ed
#define SOAK_LINES_MAX 256
#define SOAK_LINES_BYTES 0x1000 /* of each VM, at its number times that */

struct soak_lines {
	uint64_t magic, not_magic; /* the second is the first one's complement */
	uint64_t vm;
	volatile uint64_t lives; /* that have set their lines up */
	volatile uint32_t received[SOAK_LINES_MAX];
};

#endif
