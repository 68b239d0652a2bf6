/* SPDX-License-Identifier: Apache-2.0 */
#include "device/pl011.h"

#include "base/atomic.h"
#include "base/bits.h"

/* Offsets of registers: Arm DDI 0183, "Summary of registers". */
enum {
	UARTDR = 0x000,
	UARTRSR = 0x004, /* UARTECR when written */
	UARTFR = 0x018,
	UARTILPR = 0x020,
	UARTIBRD = 0x024,
	UARTFBRD = 0x028,
	UARTLCR_H = 0x02c,
	UARTCR = 0x030,
	UARTIFLS = 0x034,
	UARTIMSC = 0x038,
	UARTRIS = 0x03c,
	UARTMIS = 0x040,
	UARTICR = 0x044,
	UARTDMACR = 0x048,
	UARTPeriphID0 = 0xfe0,
};

#define FR_CTS BIT(0)
#define FR_DSR BIT(1)
#define FR_DCD BIT(2)
#define FR_BUSY BIT(3)
#define FR_RXFE BIT(4)
#define FR_TXFF BIT(5)
#define FR_RXFF BIT(6)
#define FR_TXFE BIT(7)
#define LCR_H_FEN BIT(4)
#define CR_RESET 0x300 /* TXE, RXE */
#define IFLS_TX BITS(2, 0)
#define IFLS_RESET 0x12 /* both triggers at half */
#define INT_RX BIT(4)
#define INT_TX BIT(5)
#define INT_RT BIT(6)

#define FIFO_DEPTH 16 /* of revision r1p4, which UARTPeriphID2 names */

static uint32_t fifo_depth(const struct pl011 *uart)
{
	return uart->lcr_h & LCR_H_FEN ? FIFO_DEPTH : 1;
}

/* Bytes in the transmit FIFO: those that no longer fit into the ring after it. */
static uint32_t transmit_level(const struct pl011 *uart)
{
	uint32_t room = ring_free(&uart->output), depth = fifo_depth(uart);

	return room < depth ? depth - room : 0;
}

/* The level at or below which the transmit interrupt asks for more (UARTIFLS.TXIFLSEL). */
static uint32_t transmit_trigger(const struct pl011 *uart)
{
	static const uint8_t levels[] = {2, 4, 8, 12, 14};
	uint64_t choice = FIELD_GET(IFLS_TX, uart->ifls);

	if (!(uart->lcr_h & LCR_H_FEN))
		return 0;
	return levels[choice < ARRAY_COUNT(levels) ? choice : ARRAY_COUNT(levels) - 1];
}

/*
 * Brings UARTRIS up to date. Transmit: set when the FIFO falls to the trigger, reset when it is filled
 * above it. Receive: levels that follow the input, so that a byte which stays when a guest clears the
 * interrupt is announced again rather than stuck.
 */
static void update_interrupts(struct pl011 *uart)
{
	bool above = transmit_level(uart) > transmit_trigger(uart);

	if (above)
		uart->ris &= ~INT_TX;
	else if (uart->above_trigger)
		uart->ris |= INT_TX;
	uart->above_trigger = above;

	uart->ris &= ~(INT_RX | INT_RT);
	if (ring_used(&uart->input) > 0)
		uart->ris |= INT_RX | INT_RT;
}

void pl011_reset(struct pl011 *uart)
{
	uint8_t byte;

	if (!uart->output.bytes) {
		ring_init(&uart->output, uart->output_bytes, PL011_OUTPUT_SIZE);
		ring_init(&uart->input, uart->input_bytes, PL011_INPUT_SIZE);
	}
	while (ring_get(&uart->input, &byte))
		;
	uart->ibrd = uart->fbrd = uart->lcr_h = uart->imsc = uart->ris = uart->dmacr = 0;
	uart->cr = CR_RESET;
	uart->ifls = IFLS_RESET;
	uart->above_trigger = false;
}

bool pl011_refresh(struct pl011 *uart)
{
	update_interrupts(uart);
	return (uart->ris & uart->imsc) != 0;
}

void pl011_type(struct pl011 *uart, uint8_t byte)
{
	if (!ring_put(&uart->input, byte))
		uart->input_dropped++;
}

/* A byte goes out at once: the FIFO rose and fell to its trigger again, unless the ring is nearly full. */
static bool transmit(struct pl011 *uart, uint8_t byte)
{
	if (!ring_put(&uart->output, byte)) {
		atomic_store(&uart->output_dropped, uart->output_dropped + 1);
		return false;
	}
	uart->ris |= INT_TX;
	return ring_caught_up(&uart->output);
}

static uint32_t receive(struct pl011 *uart)
{
	uint8_t byte = 0;

	return ring_get(&uart->input, &byte) ? byte : 0;
}

static uint32_t flags(const struct pl011 *uart)
{
	uint32_t level = transmit_level(uart), depth = fifo_depth(uart), waiting = ring_used(&uart->input);
	uint32_t value = FR_CTS | FR_DSR | FR_DCD;

	value |= level == 0 ? FR_TXFE : FR_BUSY;
	value |= level == depth ? FR_TXFF : 0;
	value |= waiting == 0 ? FR_RXFE : 0;
	value |= waiting >= depth ? FR_RXFF : 0;
	return value;
}

static uint32_t identification(uint64_t offset)
{
	/* UARTPeriphID0..3: part 0x011, designer 0x41, revision 1; UARTPCellID0..3. */
	static const uint8_t id[] = {0x11, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	return id[(offset - UARTPeriphID0) / 4];
}

/* The registers that keep what is written, and the bits that they have. A row without bits is empty. */
static const struct {
	uint16_t at, mask;
} kept_registers[] = {
	[UARTIBRD / 4] = {offsetof(struct pl011, ibrd), 0xffff},
	[UARTFBRD / 4] = {offsetof(struct pl011, fbrd), 0x3f},
	[UARTLCR_H / 4] = {offsetof(struct pl011, lcr_h), 0xff},
	[UARTCR / 4] = {offsetof(struct pl011, cr), 0xff87},
	[UARTIFLS / 4] = {offsetof(struct pl011, ifls), 0x3f},
	[UARTIMSC / 4] = {offsetof(struct pl011, imsc), 0x7ff},
	[UARTDMACR / 4] = {offsetof(struct pl011, dmacr), 0x7},
};

_Static_assert(offsetof(struct pl011, dmacr) <= UINT16_MAX, "rows hold offsets in 16 bits");

static uint32_t *kept_register(struct pl011 *uart, uint64_t offset)
{
	uint64_t row = offset / 4;

	if (row >= ARRAY_COUNT(kept_registers) || kept_registers[row].mask == 0)
		return NULL;
	return (uint32_t *)((char *)uart + kept_registers[row].at);
}

static uint32_t read_register(struct pl011 *uart, uint64_t offset)
{
	uint32_t *kept = kept_register(uart, offset);

	if (kept)
		return *kept;
	if (offset >= UARTPeriphID0 && offset < 0x1000)
		return identification(offset);
	switch (offset) {
	case UARTDR:
		return receive(uart);
	case UARTFR:
		return flags(uart);
	case UARTRIS:
		return uart->ris;
	case UARTMIS:
		return uart->ris & uart->imsc;
	default: /* UARTRSR: no line errors here; UARTILPR: no infrared */
		return 0;
	}
}

struct pl011_effect pl011_read(struct pl011 *uart, uint64_t offset, unsigned size_bytes, uint64_t *value)
{
	update_interrupts(uart);
	*value = offset % 4 == 0 ? read_register(uart, offset) & BITS(8 * size_bytes - 1, 0) : 0;
	return (struct pl011_effect){.line = pl011_refresh(uart)};
}

struct pl011_effect pl011_write(struct pl011 *uart, uint64_t offset, unsigned size_bytes, uint64_t value)
{
	struct pl011_effect effect = {0};
	uint32_t *kept = kept_register(uart, offset);

	value &= BITS(8 * size_bytes - 1, 0);
	if (offset % 4 != 0)
		kept = NULL;
	else if (offset == UARTDR)
		effect.wrote = transmit(uart, (uint8_t)value);
	else if (offset == UARTICR)
		uart->ris &= ~(uint32_t)value;
	if (kept)
		*kept = (uint32_t)value & kept_registers[offset / 4].mask;
	effect.line = pl011_refresh(uart);
	return effect;
}
