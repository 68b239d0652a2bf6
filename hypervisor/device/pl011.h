/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PL011 that a guest sees (Arm DDI 0183) as its console. It has two byte rings: the guest's output, and
 * what a person typed. Registers take effect at once; the baud rate is accepted and means nothing.
 *
 * The output ring acts as the transmit shift register, only larger: the 16-byte transmit FIFO in front of it
 * looks empty while the ring has room for all of it, and fills as the ring does. A guest that heeds FR.TXFF
 * loses nothing. For a guest that does not, bytes that do not fit are dropped and counted.
 *
 * Early consoles, and images built for QEMU's `virt` machine, expect more than the manual promises, and get
 * it: output is taken whatever CR and IBRD say, and RXRIS is set with RTRIS as soon as a byte waits, whatever
 * the trigger level in IFLS. CR.LBE (loopback), DMACR, modem lines, line errors and breaks are accepted or
 * read as 0 and do nothing.
 *
 * The caller holds the device's lock (LOCK_DEVICE) for pl011_reset(), pl011_read(), pl011_write() and
 * pl011_refresh(); the console's side (drain, pl011_type()) uses the rings alone.
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
	uint64_t output_dropped; /* bytes the guest wrote into a full ring; written under the lock */
	uint64_t input_dropped;  /* keys that did not fit; written by the housekeeping pCPU */
	uint32_t ibrd, fbrd, lcr_h, cr, ifls, imsc, ris, dmacr;
	bool above_trigger; /* the transmit FIFO was above its trigger level when last looked at */
};

/*
 * Sets the registers as after reset (the struct is all zeros before the first time). Output of the guest
 * stays for the console to show; input that was not read is forgotten.
 */
void pl011_reset(struct pl011 *uart);

/*
 * The effects of an access. `line`: the level of the device's interrupt line now. `wrote`: the console had
 * taken all output before this access, and must be told that there is more.
 */
struct pl011_effect {
	bool line, wrote;
};

/* `size_bytes` 1, 2 or 4; registers act on the low bits. Unknown offsets read 0 and ignore writes. */
struct pl011_effect pl011_read(struct pl011 *uart, uint64_t offset, unsigned size_bytes, uint64_t *value);
struct pl011_effect pl011_write(struct pl011 *uart, uint64_t offset, unsigned size_bytes, uint64_t value);
/* After the console put bytes into `input`, or took some out of `output`: the line's level. */
bool pl011_refresh(struct pl011 *uart);
/*
 * A key for the guest, by the housekeeping pCPU; it is counted if it does not fit. Call pl011_refresh() after
 * it.
 */
void pl011_type(struct pl011 *uart, uint8_t byte);

#endif
