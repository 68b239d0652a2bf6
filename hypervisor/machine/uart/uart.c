/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/api/uart.h"

#include "base/bits.h"
#include "machine/api/cpu.h"
#include "machine/api/mmu.h"
#include "machine/arm64/arm64.h"
#include "machine/uart/driver.h"

/* A byte at 9600 baud takes a millisecond; a UART that takes longer is stuck, and its byte lost. */
#define ROOM_DEADLINE_US 10000

static const struct uart_driver *const drivers[] = {
	[UART_PL011] = &uart_pl011, [UART_SBSA] = &uart_sbsa,       [UART_8250] = &uart_8250,
	[UART_IMX] = &uart_imx,     [UART_CADENCE] = &uart_cadence,
};

/* The boot CPU writes these, before guests run. */
static struct uart_place uart;
static const struct uart_driver *driver; /* NULL: there is none */

bool uart_probe(const struct uart_place *place)
{
	uint64_t status = place->base.v + ((uint64_t)drivers[place->kind]->status << place->shift);

	/* Not the first register: that is the data of most, and a key typed early would be lost. */
	return mmu_map_device(place->base, place->size) == OK && mmu_can_read(align_down(status, 4));
}

void uart_init(const struct uart_place *place)
{
	driver = NULL;
	if (!place || place->kind == UART_NONE || mmu_map_device(place->base, place->size) != OK)
		return;
	uart = *place;
	driver = drivers[uart.kind];
	driver->init(&uart);
}

bool uart_put(uint8_t byte)
{
	return !driver || driver->put(&uart, byte);
}

void uart_put_polling(char c)
{
	uint64_t deadline = cpu_counter() + cpu_us_to_ticks(ROOM_DEADLINE_US);

	while (!uart_put((uint8_t)c) && cpu_counter() < deadline)
		cpu_relax();
}

bool uart_get(uint8_t *byte)
{
	return driver && driver->get(&uart, byte);
}

void uart_enable_interrupts(bool receive, bool transmit)
{
	if (driver)
		driver->enable(&uart, receive, transmit);
}

void uart_quiet(void)
{
	if (driver)
		driver->quiet(&uart);
}
