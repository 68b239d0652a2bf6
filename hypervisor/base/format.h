/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text from values: the part of printf that a hypervisor needs (%s %c %d %i %u %x %X %p %%, with
 * l, ll, z, h, width, '0', '-' and precision for %s). No floating point. Pure; no lock.
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

#endif
