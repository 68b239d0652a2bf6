/* SPDX-License-Identifier: Apache-2.0 */
#include "console/screen.h"

#include <string.h>

#include "base/format.h"

/*
 * How many bytes may wait for the UART before VMs and the log add more: at 115200 baud this is a fifth of a
 * second, which is how long a person waits for an echo after a flood.
 */
#define WAITING_MAX 2048
/*
 * The most that one step adds: a new line, a coloured name, a line of text or of the log, its end, and a line
 * restored.
 */
#define ADDED_MAX 1024
_Static_assert(WAITING_MAX + ADDED_MAX <= CONSOLE_OUT_SIZE, "VMs' bytes that were taken always fit");

#define PLAIN "\033[0m"

bool screen_has_room(const struct console *console)
{
	return ring_used(&console->out) <= WAITING_MAX;
}

void screen_put(struct console *console, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!ring_put(&console->out, (uint8_t)bytes[i]))
			console->print_dropped++;
}

void screen_put_text(struct console *console, const char *text)
{
	screen_put(console, text, strlen(text));
}

void screen_end_line(struct console *console)
{
	screen_put_text(console, "\r\n");
	console->open = CONSOLE_OPEN_NONE;
}

void screen_put_raw(struct console *console, uint8_t byte)
{
	screen_put(console, (const char *)&byte, 1);
	sequence_take(&console->sequence, byte);
}

void screen_begin_line(struct console *console)
{
	if (sequence_is_open(&console->sequence)) {
		screen_put_text(console, SEQUENCE_CANCEL);
		console->sequence = (struct sequence){0};
		console->open =
			CONSOLE_OPEN_RAW; /* a newline in the middle of a sequence may not have begun a line */
	}
	if (console->open == CONSOLE_OPEN_RAW && console->setup.colour)
		screen_put_text(console, PLAIN);
	if (console->open != CONSOLE_OPEN_NONE)
		screen_end_line(console);
}

void screen_restore(struct console *console)
{
	const struct text *text;

	if (console->open != CONSOLE_OPEN_NONE)
		return;
	if (console->mode == CONSOLE_MONITOR) {
		screen_put_text(console, EDITOR_PROMPT);
		screen_put_text(console, console->editor.line);
		console->open = CONSOLE_OPEN_PROMPT;
	} else if (console->view != CONSOLE_VIEW_ALL) {
		text = &console->vm[console->view].text;
		screen_put(console, text->line, text->length);
		console->open = text->length > 0 ? CONSOLE_OPEN_RAW : CONSOLE_OPEN_NONE;
	}
}

void screen_put_name(struct console *console, unsigned vm)
{
	static const uint8_t colours[] = {36, 33, 32, 35, 34, 96, 93, 92, 95, 94}; /* SGR, foreground */
	char text[80];

	if (console->setup.colour)
		format_text(text, sizeof(text), "\033[%um[%.32s]" PLAIN " ", colours[vm % ARRAY_COUNT(colours)],
					console->names.name[vm]);
	else
		format_text(text, sizeof(text), "[%.32s] ", console->names.name[vm]);
	screen_put_text(console, text);
}

void screen_note(struct console *console, const char *format, ...)
{
	char text[REPORT_LINE_MAX];
	va_list args;

	va_start(args, format);
	format_line_va(text, sizeof(text), format, args);
	va_end(args);
	screen_begin_line(console);
	screen_put_text(console, "-- ");
	screen_put_text(console, text);
	screen_put_text(console, " --");
	screen_end_line(console);
}

bool screen_shows(const struct console *console, unsigned vm)
{
	return console->mode == CONSOLE_NORMAL && (console->view == CONSOLE_VIEW_ALL || console->view == (int)vm);
}

size_t console_log_text(const struct log_entry *entry, bool colour, char *out, size_t size)
{
	static const char *const words[] = {[LOG_ERROR] = "error: ", [LOG_WARN] = "warning: "};
	static const char *const colours[] = {[LOG_ERROR] = "\033[31m", [LOG_WARN] = "\033[33m"};
	const char *word = entry->level <= LOG_WARN ? words[entry->level] : "";

	return format_text(
		out, size, "%s[signalbox]%s %lu.%06lu cpu%u: %s%s%s%s", colour ? "\033[1m" : "", colour ? PLAIN : "",
		(unsigned long)(entry->time_us / 1000000), (unsigned long)(entry->time_us % 1000000), entry->pcpu,
		colour && *word ? colours[entry->level] : "", word, entry->text, colour && *word ? PLAIN : "");
}
