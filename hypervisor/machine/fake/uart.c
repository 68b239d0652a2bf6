/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/api/uart.h"

#include <limits.h>
#include <string.h>

#include "machine/fake/internal.h"

static char output[65536], taken[sizeof(output)];
static unsigned output_length, room;
static const char *input;

void fake_uart_reset(void)
{
	output_length = 0;
	room = UINT_MAX;
	input = "";
}

const char *fake_uart_take_output(void)
{
	memcpy(taken, output, output_length);
	taken[output_length] = '\0';
	output_length = 0;
	return taken;
}

void fake_uart_set_input(const char *bytes)
{
	input = bytes;
}

void fake_uart_set_room(unsigned bytes)
{
	room = bytes;
}

void uart_init(const struct uart_place *place)
{
	(void)place;
}

void uart_put_polling(char c)
{
	if (output_length < sizeof(output) - 1)
		output[output_length++] = c;
}

bool uart_put(uint8_t byte)
{
	if (!room)
		return false;
	if (room != UINT_MAX)
		room--;
	uart_put_polling((char)byte);
	return true;
}

bool uart_get(uint8_t *byte)
{
	if (!input || !*input)
		return false;
	*byte = (uint8_t)*input++;
	return true;
}

void uart_enable_interrupts(bool receive, bool transmit)
{
	(void)receive;
	(void)transmit;
}

void uart_quiet(void) {}
