/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 8250 and what came of it (National Semiconductor PC16550D, Synopsys DW_apb_uart, Broadcom's mini UART).
 * Their interrupts are levels that reading or writing data ends, so a quiet line is a masked one.
 */
#include "base/bits.h"
#include "machine/mmio.h"
#include "machine/uart/driver.h"

/* By number; the place says how far apart they are. */
#define RBR 0 /* read */
#define THR 0 /* write */
#define IER 1
#define IIR 2 /* read */
#define FCR 2 /* write */
#define MCR 4
#define LSR 5
#define USR 31 /* DW_apb_uart */
#define IER_RECEIVED BIT(0)
#define IER_ROOM BIT(1)
#define IIR_ID BITS(3, 0)
#define IIR_ID_BUSY 7 /* DW_apb_uart: firmware wrote LCR at a bad time; reading USR ends it */
#define IIR_ID_TIMEOUT 12
#define IIR_FIFO BITS(7, 6) /* both: the FIFOs are on, and work */
#define FCR_FIFO BIT(0)
#define MCR_DTR BIT(0)
#define MCR_RTS BIT(1)
#define MCR_OUT2 BIT(3) /* lets the interrupt out, on PCs and their copies */
#define LSR_RECEIVED BIT(0)
#define LSR_ROOM BIT(5)

static unsigned room; /* bytes that still fit since LSR said so; the pCPU that uses the UART */

static uint32_t get_register(const struct uart_place *uart, unsigned number)
{
	uint64_t address = uart->base.v + ((uint64_t)number << uart->shift);

	if (uart->width == 4)
		return mmio_read32(address);
	return uart->width == 2 ? mmio_read16(address) : mmio_read8(address);
}

static void set_register(const struct uart_place *uart, unsigned number, uint64_t value)
{
	uint64_t address = uart->base.v + ((uint64_t)number << uart->shift);

	if (uart->width == 4)
		mmio_write32(address, (uint32_t)value);
	else if (uart->width == 2)
		mmio_write16(address, (uint16_t)value);
	else
		mmio_write8(address, (uint8_t)value);
}

static void init(const struct uart_place *uart)
{
	set_register(uart, IER, 0);
	set_register(uart, FCR, FCR_FIFO);
	set_register(uart, MCR, get_register(uart, MCR) | MCR_DTR | MCR_RTS | MCR_OUT2);
	room = 0;
}

static bool put(const struct uart_place *uart, uint8_t byte)
{
	if (!room && get_register(uart, LSR) & LSR_ROOM)
		room = uart->depth > 1 && FIELD_GET(IIR_FIFO, get_register(uart, IIR)) == 3 ? uart->depth : 1;
	if (!room)
		return false;
	set_register(uart, THR, byte);
	room--;
	return true;
}

static bool get(const struct uart_place *uart, uint8_t *byte)
{
	if (!(get_register(uart, LSR) & LSR_RECEIVED))
		return false;
	*byte = (uint8_t)get_register(uart, RBR);
	return true;
}

static void enable(const struct uart_place *uart, bool receive, bool transmit)
{
	set_register(uart, IER, (receive ? IER_RECEIVED : 0) | (transmit ? IER_ROOM : 0));
}

static void quiet(const struct uart_place *uart)
{
	uint64_t reason = FIELD_GET(IIR_ID, get_register(uart, IIR));

	if (reason == IIR_ID_BUSY)
		(void)get_register(uart, USR);
	/* A DW_apb_uart may time out over an empty FIFO; only a read ends that. */
	if (reason == IIR_ID_TIMEOUT && !(get_register(uart, LSR) & LSR_RECEIVED))
		(void)get_register(uart, RBR);
	set_register(uart, IER, 0);
}

const struct uart_driver uart_8250 = {init, put, get, enable, quiet, LSR};
