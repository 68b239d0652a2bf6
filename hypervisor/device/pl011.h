/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PL011 that a guest sees (Arm DDI 0183) as its console, backed by two byte rings: what it prints,
 * and what a person typed. Registers take effect at once; the baud rate is accepted and means nothing.
 * The output ring is large and appears as the transmit FIFO: a guest that heeds FR.TXFF loses nothing,
 * one that does not loses what does not fit, and it is counted.
 *
 * The caller holds the device's lock for pl011_read(), pl011_write() and pl011_input_arrived(); the
 * console's side (drain, input) uses the rings alone.
 */
#ifndef DEVICE_PL011_H
#define DEVICE_PL011_H

#include "base/ring.h"

#define PL011_OUTPUT_SIZE 16384
#define PL011_INPUT_SIZE 256

struct pl011 {
	struct ring output; /* written by the guest's vCPUs under the lock, read by the housekeeping pCPU */
	struct ring input;  /* written by the housekeeping pCPU, read under the lock */
	uint8_t output_bytes[PL011_OUTPUT_SIZE];
	uint8_t input_bytes[PL011_INPUT_SIZE];
	uint64_t output_dropped; /* bytes the guest wrote into a full ring */
	uint64_t input_dropped;  /* keys that did not fit */
	uint32_t ibrd, fbrd, lcr_h, cr, ifls, imsc, ris, dmacr;
};

void pl011_reset(struct pl011 *uart);

/*
 * What the device wants done after an access. `line`: the level of its interrupt line now. `wrote`: the
 * output ring was empty and has a byte now, so the console must be told.
 */
struct pl011_effect {
	bool line, wrote;
};

/* `size_bytes` 1, 2 or 4; registers act on the low bits. Unknown offsets read 0 and ignore writes. */
struct pl011_effect pl011_read(struct pl011 *uart, uint64_t offset, unsigned size_bytes, uint64_t *value);
struct pl011_effect pl011_write(struct pl011 *uart, uint64_t offset, unsigned size_bytes, uint64_t value);
/* After the console put bytes into `input`, or took some out of `output`: the line's level. */
bool pl011_refresh(struct pl011 *uart);

#endif
