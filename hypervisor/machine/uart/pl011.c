/* SPDX-License-Identifier: Apache-2.0 */
#include "machine/api/uart.h"

#include "base/bits.h"
#include "machine/api/cpu.h"
#include "machine/api/mmu.h"
#include "machine/mmio.h"

/* Arm DDI 0183. */
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

/* A byte at 9600 baud takes a millisecond; a UART that takes longer is stuck, and its byte lost. */
#define ROOM_DEADLINE_US 10000

static uint64_t uart; /* the boot CPU writes it, before guests run */

/* Speed and format stay as the firmware has set them. */
void uart_init(pa_t base)
{
	uart = 0;
	if (!base.v || mmu_map_device(base, PAGE_SIZE) != OK)
		return;
	uart = base.v;
	mmio_write32(uart + UARTIMSC, 0);
	mmio_write32(uart + UARTCR,
				 mmio_read32(uart + UARTCR) | (uint32_t)(UARTCR_UARTEN | UARTCR_TXE | UARTCR_RXE));
}

bool uart_put(uint8_t byte)
{
	if (!uart)
		return true;
	if (mmio_read32(uart + UARTFR) & UARTFR_TXFF)
		return false;
	mmio_write32(uart + UARTDR, byte);
	return true;
}

void uart_put_polling(char c)
{
	uint64_t deadline = cpu_counter() + cpu_us_to_ticks(ROOM_DEADLINE_US);

	while (!uart_put((uint8_t)c) && cpu_counter() < deadline)
		cpu_relax();
}

bool uart_get(uint8_t *byte)
{
	if (!uart || mmio_read32(uart + UARTFR) & UARTFR_RXFE)
		return false;
	*byte = (uint8_t)mmio_read32(uart + UARTDR);
	return true;
}

void uart_enable_interrupts(bool transmit)
{
	if (uart)
		mmio_write32(uart + UARTIMSC, (uint32_t)(UART_RX | UART_RT | (transmit ? UART_TX : 0)));
}

void uart_acknowledge_interrupts(void)
{
	if (uart)
		mmio_write32(uart + UARTICR, (uint32_t)UART_ALL);
}
