/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The UART of i.MX since the i.MX21 (NXP IMX8MPRM, "Universal Asynchronous Receiver/Transmitter"). Its
 * interrupts are levels, so a quiet line is a masked one.
 */
#include "base/bits.h"
#include "machine/mmio.h"
#include "machine/uart/driver.h"

#define URXD 0x00
#define UTXD 0x40
#define UCR1 0x80
#define UCR2 0x84
#define UCR4 0x8c
#define USR2 0x98
#define UTS 0xb4
#define UCR1_UARTEN BIT(0)
#define UCR1_TRDYEN BIT(13) /* the transmit FIFO is below its threshold */
#define UCR1_INTERRUPTS (BITS(15, 12) | BITS(9, 8) | BITS(6, 5) | BITS(3, 2)) /* and requests for DMA */
#define UCR2_SRST BIT(0)                                                      /* 0 resets */
#define UCR2_RXEN BIT(1)
#define UCR2_TXEN BIT(2)
#define UCR2_INTERRUPTS (BIT(15) | BITS(4, 3))
#define UCR4_DREN BIT(0) /* at least one byte was received */
#define UCR4_INTERRUPTS (BIT(7) | BITS(3, 0))
#define USR2_RDR BIT(0)
#define UTS_TXFULL BIT(4)

static void change(uint64_t address, uint64_t clear, uint64_t set)
{
	mmio_write32(address, (uint32_t)((mmio_read32(address) & ~clear) | set));
}

static void quiet(const struct uart_place *uart)
{
	change(uart->base.v + UCR1, UCR1_TRDYEN, 0);
	change(uart->base.v + UCR4, UCR4_DREN, 0);
}

static void init(const struct uart_place *uart)
{
	change(uart->base.v + UCR1, UCR1_INTERRUPTS, UCR1_UARTEN);
	change(uart->base.v + UCR2, UCR2_INTERRUPTS, UCR2_SRST | UCR2_RXEN | UCR2_TXEN);
	change(uart->base.v + UCR4, UCR4_INTERRUPTS, 0);
}

static bool put(const struct uart_place *uart, uint8_t byte)
{
	if (mmio_read32(uart->base.v + UTS) & UTS_TXFULL)
		return false;
	mmio_write32(uart->base.v + UTXD, byte);
	return true;
}

static bool get(const struct uart_place *uart, uint8_t *byte)
{
	if (!(mmio_read32(uart->base.v + USR2) & USR2_RDR))
		return false;
	*byte = (uint8_t)mmio_read32(uart->base.v + URXD);
	return true;
}

static void enable(const struct uart_place *uart, bool receive, bool transmit)
{
	change(uart->base.v + UCR1, UCR1_TRDYEN, transmit ? UCR1_TRDYEN : 0);
	change(uart->base.v + UCR4, UCR4_DREN, receive ? UCR4_DREN : 0);
}

const struct uart_driver uart_imx = {init, put, get, enable, quiet, USR2};
