/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/console.h"

#include <stdio.h>

#include "lib/cpu.h"
#include "lib/tree.h"

#define UART_CR_ON 0x301 /* UARTEN, TXE, RXE */

uint64_t console_base;
uint32_t console_intid;
static bool heed_full = true;

static void uart_write(char c)
{
	while (heed_full && (mmio_read32(console_base + UART_FR) & UART_FR_TXFF))
		;
	mmio_write32(console_base + UART_DR, (uint8_t)c);
}

static int console_put(char c, FILE *file)
{
	(void)file;
	if (!console_base)
		return 0;
	if (c == '\n')
		uart_write('\r');
	uart_write(c);
	return 0;
}

static FILE console_file = FDEV_SETUP_STREAM(console_put, NULL, NULL, _FDEV_SETUP_WRITE);
FILE *const stdout = &console_file;

/* An SBSA UART (Arm DEN 0029) is a PL011 that is always on and has no UART_CR. */
void console_init(void)
{
	int node = tree_node("arm,pl011", 0);
	bool has_control = node >= 0;

	if (!has_control)
		node = tree_node("arm,sbsa-uart", 0);
	if (node < 0)
		return;
	console_base = tree_region(node, 0).base;
	console_intid = tree_intid(node, 0);
	if (has_control)
		mmio_write32(console_base + UART_CR, UART_CR_ON);
}

void console_heed_full(bool heed)
{
	heed_full = heed;
}
