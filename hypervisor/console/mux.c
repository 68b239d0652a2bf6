/* SPDX-License-Identifier: Apache-2.0 */
/* Output: from the VMs' rings and the log to the terminal. */
#include <string.h>

#include "base/atomic.h"
#include "base/bits.h"
#include "base/format.h"
#include "console/screen.h"

#define DROPPED_SAID_US 1000000 /* a VM that prints too much is told about once a second */

static bool is_attached(const struct console *console, unsigned vm)
{
	return console->mode == CONSOLE_NORMAL && console->view == (int)vm;
}

void console_init(struct console *console, const struct console_setup *setup)
{
	memset(console, 0, sizeof(*console));
	console->setup = *setup;
	console->view = setup->view;
	console->open = CONSOLE_OPEN_NONE;
	console->log_next = setup->log_next;
	console->names.count = setup->vm_count;
	ring_init(&console->out, console->out_bytes, sizeof(console->out_bytes));
	for (unsigned vm = 0; vm < setup->vm_count; vm++) {
		console->names.name[vm] = setup->source[vm].name;
		ring_init(&console->vm[vm].kept, console->vm[vm].kept_bytes, sizeof(console->vm[vm].kept_bytes));
	}
}

bool console_transmit(struct console *console, bool (*put)(uint8_t byte))
{
	for (;;) {
		if (!console->held && !ring_get(&console->out, &console->held_byte))
			return false;
		console->held = !put(console->held_byte);
		if (console->held)
			return true;
	}
}

/* How much of a VM's line is not on the terminal yet. */
static size_t unseen(struct console_vm *own)
{
	/* The guest may have taken back what was shown. */
	if (own->shown > own->text.length)
		own->shown = own->text.length;
	return own->text.length - own->shown;
}

/* Shows what is new in a VM's line, after the VM's name or after the part that is already shown. */
static void show_line(struct console *console, unsigned vm, bool whole)
{
	struct console_vm *own = &console->vm[vm];
	size_t length = unseen(own);

	if (console->open != (int)vm) {
		if (length == 0 && (own->begun || !whole))
			return;
		screen_begin_line(console);
		screen_put_name(console, vm);
		console->open = (int)vm;
	}
	screen_put(console, own->text.line + own->shown, length);
	own->shown = own->text.length;
	own->begun = true;
	if (whole)
		screen_end_line(console);
}

/* Makes room by forgetting the oldest line. */
static void forget_line(struct console_vm *own)
{
	uint8_t byte = 0;

	while (byte != '\n' && ring_get(&own->kept, &byte))
		own->forgotten++;
}

/* Keeps a line of a VM that is out of view. */
static void keep_line(struct console_vm *own)
{
	size_t length = unseen(own);
	bool kept = true;

	if (length == 0 && own->begun)
		return;
	while (ring_free(&own->kept) < length + 1)
		forget_line(own);
	for (size_t i = 0; i < length; i++)
		kept = kept && ring_put(&own->kept, (uint8_t)own->text.line[own->shown + i]);
	kept = kept && ring_put(&own->kept, '\n');
	own->forgotten += !kept; /* never: room was made */
}

/* Shows what was kept while a VM was out of view; false while some is left. */
static bool show_kept(struct console *console, unsigned vm)
{
	struct console_vm *own = &console->vm[vm];
	uint8_t byte;

	while (ring_used(&own->kept) > 0 || own->forgotten > 0) {
		if (!screen_has_room(console))
			return false;
		if (own->forgotten > 0) {
			screen_note(console, "%.32s: %lu bytes of earlier output were not kept", console->names.name[vm],
						(unsigned long)own->forgotten);
			own->forgotten = 0;
			continue;
		}
		if (console->open != (int)vm) {
			screen_begin_line(console);
			if (console->view == CONSOLE_VIEW_ALL)
				screen_put_name(console, vm);
			console->open = (int)vm;
		}
		if (ring_get(&own->kept, &byte) && byte != '\n')
			screen_put(console, (const char *)&byte, 1);
		else
			screen_end_line(console);
	}
	return true;
}

static void end_text(struct console *console, unsigned vm, bool whole)
{
	struct console_vm *own = &console->vm[vm];

	if (!screen_shows(console, vm))
		keep_line(own);
	else if (!is_attached(console, vm))
		show_line(console, vm, whole);
	text_clear(&own->text);
	own->shown = 0;
	own->begun = !whole;
}

static void take_byte(struct console *console, unsigned vm, uint8_t byte)
{
	unsigned event;

	if (is_attached(console, vm)) {
		bool at_start = byte == '\n' && console->vm[vm].text.carriage_return;

		screen_put_raw(console, byte);
		console->open = at_start ? CONSOLE_OPEN_NONE : CONSOLE_OPEN_RAW;
	}
	do {
		event = text_take(&console->vm[vm].text, byte);
		if (event & (TEXT_LINE | TEXT_FULL))
			end_text(console, vm, event & TEXT_LINE);
	} while (event & TEXT_AGAIN);
}

/* One VM's share of a pass. True when bytes were taken from its ring. */
static bool collect_vm(struct console *console, unsigned vm, uint64_t now_us)
{
	struct ring *output = console->setup.source[vm].output;
	bool visible = screen_shows(console, vm);
	unsigned taken = 0;
	uint8_t byte;

	if (!output)
		return false;
	if (visible && !show_kept(console, vm))
		return false;
	if (is_attached(console, vm) && console->restore) {
		console->restore = false;
		screen_restore(console);
	}
	while (taken < CONSOLE_QUOTA && (!visible || screen_has_room(console)) && ring_get(output, &byte)) {
		take_byte(console, vm, byte);
		taken++;
	}
	if (taken > 0)
		console->vm[vm].news_us = now_us;
	return taken > 0;
}

/* Reports bytes that were dropped. Returns when to look again. */
static uint64_t say_dropped(struct console *console, unsigned vm, uint64_t now_us)
{
	const struct console_source *source = &console->setup.source[vm];
	struct console_vm *own = &console->vm[vm];
	uint64_t dropped = source->output ? atomic_load(source->dropped) : 0;
	char text[40];

	if (dropped == own->said || !screen_shows(console, vm) || !screen_has_room(console))
		return UINT64_MAX;
	if (ring_used(source->output) > 0 && now_us - own->said_us < DROPPED_SAID_US)
		return own->said_us + DROPPED_SAID_US;
	format_text(text, sizeof(text), "%lu bytes dropped", (unsigned long)(dropped - own->said));
	own->said = dropped;
	own->said_us = now_us;
	screen_begin_line(console);
	screen_put_name(console, vm);
	screen_put_text(console, text);
	screen_end_line(console);
	screen_restore(console);
	return UINT64_MAX;
}

/*
 * True: a line of the log waits a little, for the attached VM to end its control sequence. It does not wait
 * for ever, whatever the VM sends.
 */
static bool keep_log_back(struct console *console, uint64_t now_us)
{
	bool waited = console->log_polite;
	struct log_entry entry;

	console->log_polite = now_us != UINT64_MAX && console->view >= 0 &&
						  is_attached(console, (unsigned)console->view) &&
						  sequence_is_open(&console->sequence) && log_read(console->log_next, &entry);
	if (!console->log_polite)
		return false;
	if (!waited)
		console->log_since_us = now_us;
	return now_us - console->vm[console->view].news_us < CONSOLE_STILL_US &&
		   now_us - console->log_since_us < CONSOLE_LOG_US;
}

static void collect_log(struct console *console)
{
	char text[LOG_LINE_MAX + 80];
	struct log_entry entry;
	bool any = false;

	while (screen_has_room(console) && log_read(console->log_next, &entry)) {
		if (entry.sequence != console->log_next)
			screen_note(console, "%lu lines of the log are not shown",
						(unsigned long)(entry.sequence - console->log_next));
		console->log_next = entry.sequence + 1;
		console_log_text(&entry, console->setup.colour, text, sizeof(text));
		screen_begin_line(console);
		screen_put_text(console, text);
		screen_end_line(console);
		any = true;
	}
	if (any)
		screen_restore(console);
}

/* Is there something that a next pass could take? */
static bool has_more(const struct console *console, unsigned vm)
{
	const struct ring *output = console->setup.source[vm].output;

	if (!output)
		return false;
	return ring_used(output) > 0 || (screen_shows(console, vm) && ring_used(&console->vm[vm].kept) > 0);
}

/* Shows the beginning of a line that has not grown for a while. Returns when to look again. */
static uint64_t show_still(struct console *console, unsigned vm, uint64_t now_us)
{
	struct console_vm *own = &console->vm[vm];

	if (has_more(console, vm))
		return UINT64_MAX; /* it grows in the next pass */
	if (!screen_shows(console, vm) || is_attached(console, vm) || unseen(own) == 0 ||
		!screen_has_room(console))
		return UINT64_MAX;
	if (now_us != UINT64_MAX && console->setup.whole_lines)
		return UINT64_MAX;
	if (now_us != UINT64_MAX && now_us - own->news_us < CONSOLE_STILL_US)
		return own->news_us + CONSOLE_STILL_US;
	show_line(console, vm, false);
	return UINT64_MAX;
}

static void say_not_printed(struct console *console)
{
	uint64_t dropped = console->print_dropped;

	if (dropped == 0 || !screen_has_room(console))
		return;
	console->print_dropped = 0;
	screen_note(console, "%lu bytes of the monitor's answer did not fit", (unsigned long)dropped);
	screen_restore(console);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Shows a line of the log, unless that would break into a VM's line. Returns when to try again. */
static uint64_t log_or_later(struct console *console, uint64_t now_us)
{
	if (keep_log_back(console, now_us))
		return earlier(now_us + CONSOLE_STILL_US, console->log_since_us + CONSOLE_LOG_US);
	console->log_polite = false;
	collect_log(console);
	return UINT64_MAX;
}

struct console_news console_collect(struct console *console, uint64_t now_us)
{
	struct console_news news = {.next_us = UINT64_MAX};
	unsigned count = console->setup.vm_count;

	say_not_printed(console);
	if (console->log_waited)
		news.next_us = log_or_later(console, now_us);
	for (unsigned i = 0; i < count; i++) {
		unsigned vm = (console->first + i) % count;

		news.drained |= collect_vm(console, vm, now_us) ? BIT(vm) : 0;
		news.next_us = earlier(news.next_us, say_dropped(console, vm, now_us));
		news.next_us = earlier(news.next_us, show_still(console, vm, now_us));
		news.more |= has_more(console, vm);
	}
	/*
	 * After the bytes that VMs had written before: their last words come before the line that says they are
	 * off.
	 */
	console->log_waited = !screen_has_room(console);
	if (!console->log_waited)
		news.next_us = earlier(news.next_us, log_or_later(console, now_us));
	if (!screen_has_room(console)) {
		news.more = true;
		news.next_us = earlier(news.next_us, now_us + CONSOLE_FULL_US);
	} else if (news.more) {
		news.next_us = now_us;
	}
	if (count > 0)
		console->first = (console->first + 1) % count;
	return news;
}
