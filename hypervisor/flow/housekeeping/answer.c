/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/housekeeping/answer.h"

#include <stdarg.h>

#include "base/format.h"

void answer_begin(struct answer *answer)
{
	tables_head(&answer->table, answer->text, sizeof(answer->text));
	console_print(answer->console, answer->text);
}

void answer_row(struct answer *answer, const void *row)
{
	tables_row(&answer->table, row, answer->text, sizeof(answer->text));
	console_print(answer->console, answer->text);
}

void answer_end(struct answer *answer)
{
	tables_tail(&answer->table, answer->text, sizeof(answer->text));
	console_print(answer->console, answer->text);
}

void answer_next(struct answer *answer, enum table_kind kind, bool more)
{
	answer->table.kind = kind;
	answer->table.follows = true;
	answer->table.more = more;
}

void answer_line(struct answer *answer, const char *format, ...)
{
	va_list args;

	if (answer->table.json)
		return;
	va_start(args, format);
	format_text_va(answer->text, sizeof(answer->text), format, args);
	va_end(args);
	console_print(answer->console, answer->text);
	console_print(answer->console, "\n");
}
