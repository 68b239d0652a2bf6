/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's log: lines with a level, the time and the pCPU, kept in a ring that the console drains and
 * the monitor's `log` shows. Any pCPU may log at any time. The newest lines are kept; a reader that is too
 * slow sees a gap in their sequence. Takes LOCK_LOG for the copy alone. A byte of a line that is not a
 * printable ASCII character becomes '?'.
 *
 * Lines that guests can cause again and again are limited: of each source LOG_ADMITTED lines in LOG_WINDOW_US
 * are kept. The rest is counted, and the log says how many were left out.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/types.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

#define LOG_LINE_MAX 240 /* bytes of one line with its closing 0; longer ones end in "..." */
#define LOG_LINES_KEPT 256

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

/* Lines above this level are not kept. LOG_INFO at boot. */
void log_set_level(enum log_level level);

#define LOG_ADMITTED 40
#define LOG_WINDOW_US 60000000 /* begins with the first line after a window has ended */

/*
 * What causes lines: a VM, or a part of Signalbox that guests can make log. Begins as zeros, except for the
 * name.
 */
struct log_source {
	const char *name; /* the lines begin with "[name] "; NULL: with nothing */
	/* LOCK_LOG: */
	uint64_t since_us;       /* when its window began */
	uint32_t said, left_out; /* lines, in that window */
};

/* A line of a source without a limit: it comes once, until a person acts. */
void log_of(struct log_source *source, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * Counts this many lines that belong together. True: the source may log them; false: they are left out. A
 * source that has left something out logs nothing more in its window.
 */
MUST_USE bool log_admit(struct log_source *source, enum log_level level, unsigned lines);

/* A line of a source, if it is admitted. */
#define log_of_limited(source, level, ...) \
	do { \
		if (log_admit(source, level, 1)) \
			log_of(source, level, __VA_ARGS__); \
	} while (0)

/*
 * When the window of the source is over: logs how many lines were left out. Returns when to call again;
 * UINT64_MAX: no need.
 */
uint64_t log_settle(struct log_source *source);

/* A person has given the source a command and wants to see the result: a new window begins. */
void log_forgive(struct log_source *source);

struct log_entry {
	uint64_t sequence; /* 0, 1, 2 ...: a reader sees a gap when the ring overtook it */
	uint64_t time_us;  /* since boot */
	uint8_t pcpu;
	uint8_t level;
	char text[LOG_LINE_MAX];
};

/*
 * Copies the oldest kept line whose sequence is at least `from`. False when there is none.
 */
bool log_read(uint64_t from, struct log_entry *out);

/*
 * The machine (machine/arm64 or machine/fake) supplies these: the stamp of a line, and a call after each line
 * that lets a console print it (during boot at once, later by waking the pCPU that owns the UART).
 */
uint64_t log_time_us(void);
unsigned log_pcpu(void);
void log_wrote(void);

#endif
