/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The machine's console UART (PL011, Arm DDI 0183). Early output polls; after uart_enable_interrupts() the
 * housekeeping pCPU owns it and never waits: it writes what fits the FIFO and goes on when the UART
 * interrupts. One pCPU at a time uses it.
 */
#ifndef MACHINE_API_UART_H
#define MACHINE_API_UART_H

#include "base/types.h"

/* 0 as base: there is no console UART, and everything below does nothing. */
void uart_init(pa_t base);
/* Waits for room in the FIFO, with a bound; for boot and panic. */
void uart_put_polling(char c);
/* False when the FIFO is full. */
MUST_USE bool uart_put(uint8_t byte);
/* False when nothing was received. */
MUST_USE bool uart_get(uint8_t *byte);
/* The receive interrupt on; the transmit interrupt as `transmit` says (on while something waits). */
void uart_enable_interrupts(bool transmit);
void uart_acknowledge_interrupts(void);

#endif
