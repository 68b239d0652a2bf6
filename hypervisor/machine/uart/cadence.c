/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cadence's UART in Zynq and Zynq UltraScale+ (AMD UG1085, UG1087 "UART Module"). The status bits follow
 * their conditions, so a quiet line is a masked one.
 */
#include "base/bits.h"
#include "machine/mmio.h"
#include "machine/uart/driver.h"

#define CONTROL 0x00
#define INTRPT_EN 0x08
#define INTRPT_DIS 0x0c
#define CHNL_INT_STS 0x14 /* a 1 clears */
#define RCVR_FIFO_TRIGGER_LEVEL 0x20
#define CHANNEL_STS 0x2c
#define TX_RX_FIFO 0x30
#define CONTROL_RXEN BIT(2)
#define CONTROL_TXEN BIT(4)
#define INT_RTRIG BIT(0)  /* as many bytes as the trigger level were received */
#define INT_TEMPTY BIT(3) /* the transmit FIFO is empty */
#define INT_ALL BITS(12, 0)
#define STS_REMPTY BIT(1)
#define STS_TFUL BIT(4)

static void quiet(const struct uart_place *uart)
{
	mmio_write32(uart->base.v + INTRPT_DIS, (uint32_t)INT_ALL);
	mmio_write32(uart->base.v + CHNL_INT_STS, (uint32_t)INT_ALL);
}

static void init(const struct uart_place *uart)
{
	quiet(uart);
	mmio_write32(uart->base.v + CONTROL, (uint32_t)(CONTROL_RXEN | CONTROL_TXEN));
	mmio_write32(uart->base.v + RCVR_FIFO_TRIGGER_LEVEL, 1);
}

static bool put(const struct uart_place *uart, uint8_t byte)
{
	if (mmio_read32(uart->base.v + CHANNEL_STS) & STS_TFUL)
		return false;
	mmio_write32(uart->base.v + TX_RX_FIFO, byte);
	return true;
}

static bool get(const struct uart_place *uart, uint8_t *byte)
{
	if (mmio_read32(uart->base.v + CHANNEL_STS) & STS_REMPTY)
		return false;
	*byte = (uint8_t)mmio_read32(uart->base.v + TX_RX_FIFO);
	return true;
}

static void enable(const struct uart_place *uart, bool receive, bool transmit)
{
	uint64_t on = (receive ? INT_RTRIG : 0) | (transmit ? INT_TEMPTY : 0);

	mmio_write32(uart->base.v + INTRPT_DIS, (uint32_t)(INT_ALL & ~on));
	mmio_write32(uart->base.v + INTRPT_EN, (uint32_t)on);
}

const struct uart_driver uart_cadence = {init, put, get, enable, quiet, CHANNEL_STS};
