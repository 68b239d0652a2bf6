/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>

#include "base/atomic.h"
#include "base/format.h"
#include "base/lock.h"

static struct {
	struct lock lock; /* guards the three below */
	uint64_t next;    /* the sequence of the next line */
	struct log_entry entry[LOG_LINES_KEPT];
	enum log_level level; /* any pCPU, atomically */
} log_state = {.lock = {.rank = LOCK_LOG}, .level = LOG_INFO};

void log_set_level(enum log_level level)
{
	atomic_store(&log_state.level, level);
}

static bool is_kept(enum log_level level)
{
	return level <= atomic_load(&log_state.level);
}

static __attribute__((format(printf, 3, 0))) void
write_line(const struct log_source *source, enum log_level level, const char *format, va_list args)
{
	struct log_entry line = {.time_us = log_time_us(), .pcpu = (uint8_t)log_pcpu(), .level = (uint8_t)level};
	size_t begun = 0;

	if (!is_kept(level))
		return;
	if (source && source->name)
		begun = format_text(line.text, LOG_LINE_MAX / 2, "[%.32s] ", source->name);
	format_line_va(line.text + begun, sizeof(line.text) - begun, format, args);
	format_plain(line.text);

	lock_acquire(&log_state.lock);
	line.sequence = log_state.next++;
	log_state.entry[line.sequence % LOG_LINES_KEPT] = line;
	lock_release(&log_state.lock);
	log_wrote();
}

void log_line(enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(NULL, level, format, args);
	va_end(args);
}

void log_of(struct log_source *source, enum log_level level, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	write_line(source, level, format, args);
	va_end(args);
}

/* Ends the window of a source; returns how many lines the window has left out. The lock is held. */
static uint32_t end_window(struct log_source *source)
{
	uint32_t left_out = source->left_out;

	source->said = source->left_out = 0;
	return left_out;
}

static void say_left_out(struct log_source *source, uint32_t lines)
{
	if (lines > 0)
		log_of(source, LOG_WARN, "%u line%s that it caused %s left out", lines, lines > 1 ? "s" : "",
			   lines > 1 ? "were" : "was");
}

uint64_t log_settle(struct log_source *source)
{
	uint64_t again = UINT64_MAX;
	uint32_t left_out = 0;

	lock_acquire(&log_state.lock);
	if (log_time_us() - source->since_us >= LOG_WINDOW_US)
		left_out = end_window(source);
	else if (source->left_out > 0)
		again = source->since_us + LOG_WINDOW_US;
	lock_release(&log_state.lock);
	say_left_out(source, left_out);
	return again;
}

void log_forgive(struct log_source *source)
{
	uint32_t left_out;

	lock_acquire(&log_state.lock);
	left_out = end_window(source);
	lock_release(&log_state.lock);
	say_left_out(source, left_out);
}

bool log_admit(struct log_source *source, enum log_level level, unsigned lines)
{
	bool admitted, first;

	if (!is_kept(level))
		return false;
	log_settle(source);
	lock_acquire(&log_state.lock);
	if (source->said == 0)
		source->since_us = log_time_us();
	admitted = source->left_out == 0 && source->said + lines <= LOG_ADMITTED;
	first = !admitted && source->left_out == 0;
	*(admitted ? &source->said : &source->left_out) += lines;
	lock_release(&log_state.lock);
	if (first)
		log_of(source, LOG_WARN, "further lines that it causes are left out for now");
	return admitted;
}

bool log_read(uint64_t from, struct log_entry *out)
{
	bool found;

	lock_acquire(&log_state.lock);
	if (log_state.next > LOG_LINES_KEPT && from < log_state.next - LOG_LINES_KEPT)
		from = log_state.next - LOG_LINES_KEPT;
	found = from < log_state.next;
	if (found)
		*out = log_state.entry[from % LOG_LINES_KEPT];
	lock_release(&log_state.lock);
	return found;
}
