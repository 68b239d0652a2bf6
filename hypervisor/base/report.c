/* SPDX-License-Identifier: Apache-2.0 */
#include "base/report.h"

#include "base/format.h"

void report_line(struct report *report, const char *format, ...)
{
	char text[REPORT_LINE_MAX];
	va_list args;

	va_start(args, format);
	format_line_va(text, sizeof(text), format, args);
	va_end(args);
	format_plain(text);
	report->line_count++;
	report->line(report->context, text);
}
