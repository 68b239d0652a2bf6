/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/housekeeping/print.h"

#include "base/lock.h"
#include "base/log.h"
#include "console/console.h"
#include "flow/box/turn.h"
#include "machine/api/uart.h"

static bool begun;                                    /* set by the boot CPU, before others run */
static uint64_t printed;                              /* lines */
static struct lock printing = {.rank = LOCK_CONSOLE}; /* LOCK_CONSOLE */

static void print_waiting(void)
{
	struct log_entry entry;
	char text[LOG_LINE_MAX + 64];

	lock_acquire(&printing);
	while (log_read(printed, &entry)) {
		console_log_text(&entry, false, text, sizeof(text));
		for (const char *c = text; *c; c++)
			uart_put_polling(*c);
		uart_put_polling('\r');
		uart_put_polling('\n');
		printed = entry.sequence + 1;
	}
	lock_release(&printing);
}

void log_wrote(void)
{
	if (turn_is_open())
		turn_want_at_once();
	else if (begun)
		print_waiting();
}

void print_begin(void)
{
	begun = true;
	print_waiting();
}

uint64_t print_count(void)
{
	return printed;
}
