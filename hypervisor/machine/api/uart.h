/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's console UART. Early output polls; after uart_enable_interrupts() the housekeeping pCPU owns
 * it and never waits: it writes what fits the FIFO and goes on when the UART interrupts. One pCPU at a time
 * uses it.
 */
#ifndef MACHINE_API_UART_H
#define MACHINE_API_UART_H

#include "base/types.h"

/* The drivers; which one serves what `compatible` says is in vm/host_uart.c. */
enum uart_kind {
	UART_NONE,
	UART_PL011,
	UART_SBSA,
	UART_8250,
	UART_IMX,
	UART_CADENCE,
};

struct uart_place {
	enum uart_kind kind;
	uint8_t shift; /* 8250: register n is at n << shift */
	uint8_t width; /* 8250: bytes of an access, 1, 2 or 4 */
	uint8_t depth; /* 8250: bytes that fit when it says there is room, if its FIFO can be turned on */
	pa_t base;
	uint64_t size;
};

/* Maps the UART. False: nothing can be read where its status register is. Before mmu_init(), on the boot CPU.
 */
bool uart_probe(const struct uart_place *place);
/* NULL: there is no console UART, and everything below does nothing. Speed and format stay the firmware's. */
void uart_init(const struct uart_place *place);
/* Waits for room in the FIFO, with a bound; for boot and panic. */
void uart_put_polling(char c);
/* False when the FIFO is full. */
MUST_USE bool uart_put(uint8_t byte);
/* False when nothing was received. */
MUST_USE bool uart_get(uint8_t *byte);
/* Which interrupts are on: that something was received; that there is room (on while something waits). */
void uart_enable_interrupts(bool receive, bool transmit);
/* Its line falls, and stays down until uart_enable_interrupts(). */
void uart_quiet(void);

#endif
