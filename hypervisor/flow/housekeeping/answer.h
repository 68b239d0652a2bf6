/* SPDX-License-Identifier: Apache-2.0 */
/* An answer of the monitor that is being printed, row by row. On the housekeeping pCPU. */
#ifndef FLOW_HOUSEKEEPING_ANSWER_H
#define FLOW_HOUSEKEEPING_ANSWER_H

#include "console/console.h"
#include "console/tables.h"

#define ANSWER_VCPUS_ABREAST 4 /* how many fit in a line, where each has a column */

struct answer {
	struct console *console;
	struct tables_answer table;
	char text[TABLES_TEXT_MAX];
};

/* A table: its head, each of its rows, its end. */
void answer_begin(struct answer *answer);
void answer_row(struct answer *answer, const void *row);
void answer_end(struct answer *answer);
/* The next table is of that kind, and the last one of the answer if no `more` come. */
void answer_next(struct answer *answer, enum table_kind kind, bool more);
/* A line below the tables, for what has no room in them; JSON has it in the rows. */
void answer_line(struct answer *answer, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
