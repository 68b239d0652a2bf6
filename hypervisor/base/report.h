/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where pure code puts its messages to people: a function given by the caller. Each call has one whole line
 * without the newline. The log at boot, stderr in the tool, a buffer in a test.
 */
#ifndef BASE_REPORT_H
#define BASE_REPORT_H

#include "base/types.h"

#define REPORT_LINE_MAX 400 /* bytes of one line with its closing 0; longer ones end in "..." */

struct report {
	void (*line)(void *context, const char *text);
	void *context;
	unsigned line_count; /* how many lines were reported */
};

/* A byte of the line that is not a printable ASCII character becomes '?'. */
void report_line(struct report *report, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
