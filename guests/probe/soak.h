/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory that the VMs of a soak share with each other, and with the test that drives it from outside
 * (tests/system/test_soak.py). The test finds it in the machine's memory by its first two words.
 *
 * Every event takes the next place of `log`, so that all of them are in one order: a move when it is asked
 * for and when it is answered, a receipt while its interrupt is active.
 */
#ifndef PROBE_SOAK_H
#define PROBE_SOAK_H

#include <stdint.h>

#define SOAK_MAGIC 0x5ea1ed0fb0a75041

struct soak {
	uint64_t magic, not_magic; /* the second is the first one's complement */
	uint64_t length;           /* of the log */
	uint64_t next;             /* place in it */
	uint64_t received;
	uint64_t lowered;  /* receipts for which the test has lowered the line, where it is a level */
	uint64_t finished; /* the mover has moved as often as it should, or the log is full */
	uint64_t unused;
	uint32_t log[];
};

/* An event: 1, its kind, its VM, and for an answer 1 if it was OK. */
#define SOAK_EVENT(kind, vm, result) (0x80000000 | (uint32_t)(kind) << 16 | (uint32_t)(vm) << 8 | (result))
enum { SOAK_ASKED, SOAK_ANSWERED, SOAK_RECEIPT };

#endif
