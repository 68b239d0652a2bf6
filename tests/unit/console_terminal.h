/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A console with three VMs (the last without a console) and a terminal that is an array of bytes. For
 * the tests of the console alone.
 */
#ifndef TESTS_CONSOLE_TERMINAL_H
#define TESTS_CONSOLE_TERMINAL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "console/console.h"

#define VMS 3
#define RING 4096
#define ESCAPE "\x1d"

static struct console console;
static struct ring output[VMS];
static uint8_t bytes[VMS][RING];
static uint64_t dropped[VMS];
static uint64_t now_us;

/* The terminal: takes `uart_room` bytes, then is full. */
static char screen[1 << 20];
static size_t screen_length, uart_room;

static UNUSED bool uart(uint8_t byte)
{
	if (uart_room == 0 || screen_length + 1 == sizeof(screen))
		return false;
	uart_room--;
	screen[screen_length++] = (char)byte;
	screen[screen_length] = 0;
	return true;
}

static UNUSED uint64_t log_end(void)
{
	struct log_entry entry;
	uint64_t next = 0;

	for (; log_read(next, &entry); next = entry.sequence + 1)
		;
	return next;
}

static UNUSED void start(int view, bool colour)
{
	struct console_setup setup = {.vm_count = VMS, .view = view, .colour = colour, .log_next = log_end()};
	static const char *const names[VMS] = {"linux", "rt", "mute"};

	for (unsigned vm = 0; vm < VMS; vm++) {
		ring_init(&output[vm], bytes[vm], RING);
		dropped[vm] = 0;
		setup.source[vm] = (struct console_source){names[vm], vm < 2 ? &output[vm] : NULL, &dropped[vm]};
	}
	now_us = 1000;
	screen_length = 0;
	screen[0] = 0;
	uart_room = SIZE_MAX;
	console_init(&console, &setup);
}

static UNUSED int start_all(void **state)
{
	(void)state;
	start(CONSOLE_VIEW_ALL, false);
	return 0;
}

static UNUSED int start_attached(void **state)
{
	(void)state;
	start(0, false);
	return 0;
}

/* As a guest that ignores that its FIFO is full. */
static UNUSED void say_bytes(unsigned vm, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!ring_put(&output[vm], (uint8_t)text[i]))
			dropped[vm]++;
}

static UNUSED void say(unsigned vm, const char *text)
{
	say_bytes(vm, text, strlen(text));
}

static UNUSED void pass(void)
{
	console_collect(&console, now_us);
	console_transmit(&console, uart);
}

/* Until nothing is left to do at this time. */
static UNUSED void settle(void)
{
	do
		console_transmit(&console, uart);
	while (console_collect(&console, now_us).next_us <= now_us || ring_used(&console.out) > 0);
}

static UNUSED void expect(const char *text)
{
	settle();
	assert_string_equal(screen, text);
	screen_length = 0;
	screen[0] = 0;
}

/* The last action that was none of the console's own. */
static UNUSED struct console_action keys(const char *text)
{
	struct console_action last = {.kind = CONSOLE_NOTHING}, action;

	for (; *text; text++) {
		action = console_key(&console, (uint8_t)*text);
		if (action.kind != CONSOLE_NOTHING)
			last = action;
	}
	return last;
}

static UNUSED void forget_screen(void)
{
	settle();
	screen_length = 0;
	screen[0] = 0;
}

static UNUSED unsigned count_shown(const char *what)
{
	unsigned count = 0;

	for (const char *at = screen; (at = strstr(at, what)) != NULL; at++)
		count++;
	return count;
}

#endif
