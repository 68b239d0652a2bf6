/* SPDX-License-Identifier: Apache-2.0 */
/* Takes everything, and receives nothing. */
#include "machine/api/uart.h"

void uart_init(const struct uart_place *place)
{
	(void)place;
}

void uart_put_polling(char c)
{
	(void)c;
}

bool uart_put(uint8_t byte)
{
	(void)byte;
	return true;
}

bool uart_get(uint8_t *byte)
{
	(void)byte;
	return false;
}

void uart_enable_interrupts(bool receive, bool transmit)
{
	(void)receive;
	(void)transmit;
}

void uart_quiet(void) {}
