/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupts that came, in order: a log that the handler writes. Boot CPU. */
#ifndef PROBE_TAKEN_H
#define PROBE_TAKEN_H

#include <stdbool.h>
#include <stdint.h>

#define TAKEN_MAX 256
#define TAKEN_SPI 96 /* from here up there is no device of ours or of QEMU's virt machine */

extern volatile uint32_t taken_log[TAKEN_MAX];
extern volatile unsigned taken_count;

/* `spi=96`: the one that a case takes which needs no more. */
uint32_t taken_one(void);
/* Empties the log and has interrupts logged; PSTATE.I stays as it is. */
void taken_start(void);
/* Opens interrupts until `count` are logged or 5 s have passed, and a little longer for surplus ones. */
void taken_wait(unsigned count);
/* The first INTID that is not implemented. */
unsigned taken_spi_end(void);
/* Makes an SPI edge-triggered or level, enabled, routed to this CPU, with a priority. */
void taken_spi(uint32_t intid, bool edge, uint8_t priority);

#endif
