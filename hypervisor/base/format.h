/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from values: the part of printf that a hypervisor needs (%s %c %d %i %u %x %X %p %%, with
 * hh, h, l, ll, z, width, precision, '*', '0', '-' and '#'). No floating point. Pure; no lock.
 */
#ifndef BASE_FORMAT_H
#define BASE_FORMAT_H

#include <stdarg.h>

#include "base/types.h"

/*
 * Writes at most `size` bytes with the closing 0, and returns the length the whole text has, as
 * snprintf does.
 */
size_t format_text(char *out, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
size_t format_text_va(char *out, size_t size, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/*
 * The same for text that people read as a line: one that does not fit ends in "...". `size` is at least 4;
 * returns the length of the text in `out`.
 */
size_t format_line_va(char *out, size_t size, const char *format, va_list args)
	__attribute__((format(printf, 3, 0)));

/*
 * Every byte that is not a printable ASCII character becomes '?': names in a file may hold control sequences.
 */
void format_plain(char *text);

#endif
