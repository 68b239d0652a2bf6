/* SPDX-License-Identifier: Apache-2.0 */
/* The PL011 (Arm DDI 0183), and the UART of Arm's base system architecture, which is a part of it (DEN 0029).
 */
#include "base/bits.h"
#include "machine/mmio.h"
#include "machine/uart/driver.h"

#define UARTDR 0x00
#define UARTFR 0x18
#define UARTCR 0x30
#define UARTIMSC 0x38
#define UARTICR 0x44
#define UARTFR_RXFE BIT(4)
#define UARTFR_TXFF BIT(5)
#define UARTCR_UARTEN BIT(0)
#define UARTCR_TXE BIT(8)
#define UARTCR_RXE BIT(9)
#define UART_RX BIT(4)
#define UART_TX BIT(5)
#define UART_RT BIT(6) /* receive timeout: less than the FIFO's level came, and no more comes */
#define UART_ALL BITS(10, 0)

static void sbsa_init(const struct uart_place *uart)
{
	mmio_write32(uart->base.v + UARTIMSC, 0);
}

static void pl011_init(const struct uart_place *uart)
{
	uint32_t control = mmio_read32(uart->base.v + UARTCR);

	sbsa_init(uart);
	mmio_write32(uart->base.v + UARTCR, control | (uint32_t)(UARTCR_UARTEN | UARTCR_TXE | UARTCR_RXE));
}

static bool pl011_put(const struct uart_place *uart, uint8_t byte)
{
	if (mmio_read32(uart->base.v + UARTFR) & UARTFR_TXFF)
		return false;
	mmio_write32(uart->base.v + UARTDR, byte);
	return true;
}

static bool pl011_get(const struct uart_place *uart, uint8_t *byte)
{
	if (mmio_read32(uart->base.v + UARTFR) & UARTFR_RXFE)
		return false;
	*byte = (uint8_t)mmio_read32(uart->base.v + UARTDR);
	return true;
}

static void pl011_enable(const struct uart_place *uart, bool receive, bool transmit)
{
	mmio_write32(uart->base.v + UARTIMSC,
				 (uint32_t)((receive ? UART_RX | UART_RT : 0) | (transmit ? UART_TX : 0)));
}

/* Masked too: what stays in the receive FIFO raises the timeout again. */
static void pl011_quiet(const struct uart_place *uart)
{
	mmio_write32(uart->base.v + UARTIMSC, 0);
	mmio_write32(uart->base.v + UARTICR, (uint32_t)UART_ALL);
}

const struct uart_driver uart_pl011 = {pl011_init, pl011_put, pl011_get, pl011_enable, pl011_quiet, UARTFR};
const struct uart_driver uart_sbsa = {sbsa_init, pl011_put, pl011_get, pl011_enable, pl011_quiet, UARTFR};
