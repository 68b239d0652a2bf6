/* SPDX-License-Identifier: Apache-2.0 */
/* What each kind of UART does its own way. uart.c calls these, with its registers mapped. */
#ifndef MACHINE_UART_DRIVER_H
#define MACHINE_UART_DRIVER_H

#include "machine/api/uart.h"

struct uart_driver {
	void (*init)(const struct uart_place *uart); /* interrupts off, both directions on */
	bool (*put)(const struct uart_place *uart, uint8_t byte);
	bool (*get)(const struct uart_place *uart, uint8_t *byte);
	void (*enable)(const struct uart_place *uart, bool receive, bool transmit);
	void (*quiet)(const struct uart_place *uart);
	uint16_t status; /* offset of a register that reading leaves as it is; by `shift`, as its number */
};

extern const struct uart_driver uart_pl011, uart_sbsa, uart_8250, uart_imx, uart_cadence;

#endif
