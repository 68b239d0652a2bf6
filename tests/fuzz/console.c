/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console: a person's keys, among them the monitor's commands; output of VMs; lines of the log; a
 * terminal that takes any number of bytes. A command names only what exists, the console comes to rest, and
 * while the terminal shows all VMs no control sequence of a VM reaches it.
 *
 * Input: the view to begin with; then for each step a byte, and its arguments.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/bits.h"
#include "console/console.h"
#include "input.h"

#define VMS 3
#define RING 1024
#define ESCAPE_SEQUENCE 0x1b
#define PASSES_MAX 1000

static struct console console;
static struct ring ring[VMS];
static uint8_t bytes[VMS][RING];
static uint64_t dropped[VMS], now_us;
static unsigned room; /* of the terminal's FIFO */
static bool pure;     /* nothing but the "all" view was ever shown */

static void expect(bool good, const char *what)
{
	if (good)
		return;
	printf("# %s\n", what);
	fflush(stdout);
	abort();
}

static bool uart(uint8_t byte)
{
	if (!room)
		return false;
	room--;
	expect(!pure || byte != ESCAPE_SEQUENCE, "a VM reaches the terminal with a control sequence");
	return true;
}

static void begin(unsigned view)
{
	static const char *const names[VMS] = {"linux", "rt", "mute"};
	struct console_setup setup = {.vm_count = VMS, .view = view < VMS ? (int)view : CONSOLE_VIEW_ALL};
	struct log_entry entry;

	for (unsigned vm = 0; vm < VMS; vm++) {
		ring_init(&ring[vm], bytes[vm], RING);
		dropped[vm] = 0;
		setup.source[vm] = (struct console_source){names[vm], vm < 2 ? &ring[vm] : NULL, &dropped[vm]};
	}
	while (log_read(setup.log_next, &entry))
		setup.log_next = entry.sequence + 1;
	now_us = 1000;
	console_init(&console, &setup);
}

static void check_command(const struct monitor_command *command)
{
	expect(command->verb < MONITOR_VERB_COUNT, "a command is none");
	expect(command->vm >= MONITOR_ALL && command->vm < VMS, "a command names a VM that does not exist");
	expect(command->intid >= MONITOR_NONE && command->intid <= MONITOR_INTID_LAST,
		   "a command names no INTID");
	expect(command->count <= LOG_LINES_KEPT, "a command asks for more lines than there are");
}

static void type(uint8_t byte)
{
	struct console_action action = console_key(&console, byte);

	pure &= console.view == CONSOLE_VIEW_ALL && console.mode == CONSOLE_NORMAL;
	if (action.kind == CONSOLE_TYPE)
		expect(action.vm < VMS, "a key is for a VM that does not exist");
	if (action.kind != CONSOLE_COMMAND)
		return;
	check_command(&action.command);
	console_print(&console, "an answer\n");
	console_prompt(&console);
}

static void step(struct input *input)
{
	uint8_t what = input_byte(input), vm = what / 8 % 2, length = what / 16;

	switch (what % 8) {
	case 0:
		now_us += UINT64_C(1) << input_byte(input) % 32;
		break;
	case 1:
		log_warn("line %c %u", input_byte(input), length);
		break;
	case 2:
		room = input_byte(input);
		console_transmit(&console, uart);
		break;
	case 3:
	case 4:
		for (unsigned i = 0; i <= length; i++)
			if (!ring_put(&ring[vm], input_byte(input)))
				dropped[vm]++;
		break;
	case 5:
		console_collect(&console, now_us);
		break;
	default:
		for (unsigned i = 0; i <= length; i++)
			type(input_byte(input));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};
	unsigned passes = 0;

	begin(input_byte(&input) % (VMS + 1));
	pure = console.view == CONSOLE_VIEW_ALL;
	while (input.left)
		step(&input);
	do {
		expect(passes++ < PASSES_MAX, "the console does not come to rest");
		room = UINT32_MAX;
		console_transmit(&console, uart);
	} while (console_collect(&console, UINT64_MAX).more || ring_used(&console.out));
	return 0;
}
