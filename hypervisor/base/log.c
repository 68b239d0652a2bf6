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

/* Names and words of guests and descriptions get into lines: none of them may move a cursor. */
static void log_neutralise(char *text)
{
	for (; *text; text++)
		if ((uint8_t)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void log_line(enum log_level level, const char *format, ...)
{
	struct log_entry line = {.time_us = log_time_us(), .pcpu = (uint8_t)log_pcpu(), .level = (uint8_t)level};
	va_list args;

	if (level > atomic_load(&log_state.level))
		return;
	va_start(args, format);
	format_line_va(line.text, sizeof(line.text), format, args);
	va_end(args);
	log_neutralise(line.text);

	lock_acquire(&log_state.lock);
	line.sequence = log_state.next++;
	log_state.entry[line.sequence % LOG_LINES_KEPT] = line;
	lock_release(&log_state.lock);
	log_wrote();
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
