/* SPDX-License-Identifier: Apache-2.0 */
/* The UART under stress, and a guest that stops listening. */
#include <stdio.h>

#include "lib/console.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "probe/probe.h"
#include "probe/taken.h"

#define UART_INT_RX (1u << 4 | 1u << 6) /* receive, and receive timeout */
#define UART_FR_RXFE (1u << 4)
#define KEY_END 'q'
#define LEVEL_REPEATS 5

static volatile unsigned transmitted;

/* Leaves the line up for some rounds: a level interrupt must come back. */
static void transmit_ready(uint32_t intid, struct frame *frame)
{
	(void)frame;
	if (intid == console_intid && ++transmitted == LEVEL_REPEATS)
		mmio_write32(console_base + UART_ICR, UART_INT_TX);
}

static void uart_level(void)
{
	transmitted = 0;
	mmio_write32(console_base + UART_ICR, UART_INT_TX);
	taken_start();
	taken_spi(console_intid, false, 0xa0);
	gic_handle(transmit_ready);
	mmio_write32(console_base + UART_IMSC, UART_INT_TX);
	note("this line raises INTID %u", (unsigned)console_intid);
	taken_wait(0);
	mmio_write32(console_base + UART_IMSC, 0);
	check(transmitted == LEVEL_REPEATS, "level: taken %u times until cleared", transmitted);
	check((mmio_read32(console_base + UART_MIS) & UART_INT_TX) == 0, "masked: quiet");
	gic_disable(console_intid);
}

/* `lines=` (20000), each numbered; with `careless` a full FIFO is not waited for. */
static void flood(void)
{
	unsigned lines = (unsigned)argument_number("lines", 20000);

	console_heed_full(!argument_given("careless"));
	for (unsigned i = 1; i <= lines; i++)
		printf("flood %06u: the quick brown fox jumps over the lazy dog 0123456789\n", i);
	console_heed_full(true);
}

static void echo_keys(uint32_t intid, struct frame *frame)
{
	(void)frame;
	if (intid != console_intid)
		return;
	mmio_write32(console_base + UART_ICR, UART_INT_RX);
	while (!(mmio_read32(console_base + UART_FR) & UART_FR_RXFE) && taken_count < TAKEN_MAX)
		taken_log[taken_count++] = mmio_read32(console_base + UART_DR) & 0xff;
}

/* Sends each key back as a line, until `q`. */
static void echo(void)
{
	unsigned printed = 0;
	uint32_t key = 0;

	taken_start();
	taken_spi(console_intid, false, 0xa0);
	gic_handle(echo_keys);
	mmio_write32(console_base + UART_IMSC, UART_INT_RX);
	printf("probe: type, q ends\n");
	while (key != KEY_END && printed < TAKEN_MAX) {
		cpu_irq_close();
		if (printed == taken_count)
			cpu_wfi();
		cpu_irq_open();
		while (printed < taken_count && key != KEY_END) {
			key = taken_log[printed++];
			printf("probe: key 0x%02x\n", (unsigned)key);
		}
	}
	mmio_write32(console_base + UART_IMSC, 0);
	cpu_irq_close();
}

/* Never ends, and reads nothing: to be stopped from outside. */
static void spin(void)
{
	printf("probe: spinning with interrupts masked\n");
	for (;;)
		;
}

/* Begins a control sequence (OSC) and never ends it, a byte each 20 ms. */
static void midway(void)
{
	printf("probe: a sequence without end\n\033]");
	for (;;) {
		printf("x");
		timer_spin(20000);
	}
}

/* Bytes that would be more than text on a terminal that obeys them. */
static void not_text(void)
{
	printf(
		"probe: CSI \340\202\23331m, surrogate \355\240\200, beyond \364\277\277\277, override \342\200\256, "
		"isolate \342\201\246, mark \342\200\217, C1 \302\2331m, tag \363\240\201\201, letter \303\244\n");
}

const struct probe_case console_cases[] = {
	{"uart-level", uart_level, false},
	{"flood", flood, true},
	{"echo", echo, true},
	{"spin", spin, true},
	{"midway", midway, true},
	{"not-text", not_text, true},
	{0},
};
