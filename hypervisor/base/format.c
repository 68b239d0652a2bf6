/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"

#include <string.h>

/* Where text goes. Text that does not fit is only counted. */
struct sink {
	char *out;
	size_t size, length;
};

/* One conversion, taken apart. */
struct conversion {
	bool left, zero, alternate; /* '-', '0', '#' */
	int width, precision;       /* precision -1: none given */
	int longs;                  /* -2 hh, -1 h, 0 int, 1 l and z, 2 ll: all of 1 and 2 are 64 bits */
	char letter;
};

/* va_list may be an array type, which cannot be passed on by address: hence in a struct. */
struct arguments {
	va_list list;
};

static void sink_put(struct sink *sink, char c)
{
	if (sink->length + 1 < sink->size)
		sink->out[sink->length] = c;
	sink->length++;
}

static void sink_repeat(struct sink *sink, char c, int count)
{
	for (; count > 0; count--)
		sink_put(sink, c);
}

/* [spaces] prefix [zeros] body [spaces]: how every conversion looks. */
static void put_field(struct sink *sink, const struct conversion *conv, const char *prefix, const char *body,
					  int body_length)
{
	bool number = conv->letter != 's' && conv->letter != 'c';
	int zeros = number && conv->precision > body_length ? conv->precision - body_length : 0;
	int pad = conv->width - (int)strlen(prefix) - zeros - body_length;

	if (number && conv->zero && !conv->left && conv->precision < 0 && pad > 0) {
		zeros = pad;
		pad = 0;
	}
	if (!conv->left)
		sink_repeat(sink, ' ', pad);
	while (*prefix)
		sink_put(sink, *prefix++);
	sink_repeat(sink, '0', zeros);
	for (int i = 0; i < body_length; i++)
		sink_put(sink, body[i]);
	if (conv->left)
		sink_repeat(sink, ' ', pad);
}

static void put_number(struct sink *sink, const struct conversion *conv, uint64_t value, bool negative)
{
	const char *digits = conv->letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	bool hex = conv->letter == 'x' || conv->letter == 'X' || conv->letter == 'p';
	const char *prefix = negative ? "-" : "";
	char body[20]; /* 2^64 has 20 decimal digits */
	int at = sizeof(body);

	if (hex && conv->alternate && (value != 0 || conv->letter == 'p'))
		prefix = conv->letter == 'X' ? "0X" : "0x";
	if (value == 0 && conv->precision != 0)
		body[--at] = '0';
	for (; value != 0; value /= hex ? 16 : 10)
		body[--at] = digits[value % (hex ? 16 : 10)];
	put_field(sink, conv, prefix, body + at, (int)sizeof(body) - at);
}

static int64_t take_signed(struct arguments *args, int longs)
{
	int64_t value = longs > 0 ? va_arg(args->list, long long) : va_arg(args->list, int);

	return longs == -1 ? (short)value : longs == -2 ? (signed char)value : value;
}

static uint64_t take_unsigned(struct arguments *args, int longs)
{
	uint64_t value = longs > 0 ? va_arg(args->list, unsigned long long) : va_arg(args->list, unsigned);

	return longs == -1 ? (unsigned short)value : longs == -2 ? (unsigned char)value : value;
}

static void put_string(struct sink *sink, const struct conversion *conv, const char *text)
{
	size_t limit = conv->precision < 0 ? (size_t)INT32_MAX : (size_t)conv->precision;

	if (!text)
		text = "(null)";
	put_field(sink, conv, "", text, (int)strnlen(text, limit));
}

static void put_conversion(struct sink *sink, struct conversion *conv, struct arguments *args)
{
	int64_t value;
	char c;

	switch (conv->letter) {
	case 's':
		put_string(sink, conv, va_arg(args->list, const char *));
		break;
	case 'c':
		c = (char)va_arg(args->list, int);
		put_field(sink, conv, "", &c, 1);
		break;
	case 'd':
	case 'i':
		value = take_signed(args, conv->longs);
		put_number(sink, conv, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
		break;
	case 'u':
	case 'x':
	case 'X':
		put_number(sink, conv, take_unsigned(args, conv->longs), false);
		break;
	case 'p':
		conv->alternate = true;
		put_number(sink, conv, (uintptr_t)va_arg(args->list, void *), false);
		break;
	default: /* '%', and letters that are no conversion: shown, so that they are noticed */
		sink_put(sink, conv->letter);
		break;
	}
}

/* A width or precision: digits, or '*' for an argument. */
static const char *parse_count(const char *format, struct arguments *args, int *count)
{
	if (*format == '*') {
		*count = va_arg(args->list, int);
		return format + 1;
	}
	*count = 0;
	for (; *format >= '0' && *format <= '9'; format++)
		*count = *count < 10000 ? *count * 10 + (*format - '0') : *count;
	return format;
}

/* `format` points after the '%'; returns where the conversion ends, its letter included. */
static const char *parse_conversion(const char *format, struct conversion *conv, struct arguments *args)
{
	*conv = (struct conversion){.precision = -1};
	for (;; format++) {
		if (*format == '-')
			conv->left = true;
		else if (*format == '0')
			conv->zero = true;
		else if (*format == '#')
			conv->alternate = true;
		else
			break;
	}
	format = parse_count(format, args, &conv->width);
	if (conv->width < 0) {
		conv->left = true;
		conv->width = -conv->width;
	}
	if (*format == '.')
		format = parse_count(format + 1, args, &conv->precision);
	for (;; format++) {
		if (*format == 'l' || *format == 'z')
			conv->longs++;
		else if (*format == 'h')
			conv->longs--;
		else
			break;
	}
	conv->letter = *format;
	return *format ? format + 1 : format;
}

size_t format_text_va(char *out, size_t size, const char *format, va_list list)
{
	struct sink sink = {.out = out, .size = size};
	struct conversion conv;
	struct arguments args;

	va_copy(args.list, list);
	while (*format) {
		if (*format != '%') {
			sink_put(&sink, *format++);
			continue;
		}
		format = parse_conversion(format + 1, &conv, &args);
		if (conv.letter)
			put_conversion(&sink, &conv, &args);
	}
	va_end(args.list);
	if (size > 0)
		out[sink.length < size ? sink.length : size - 1] = 0;
	return sink.length;
}

size_t format_text(char *out, size_t size, const char *format, ...)
{
	va_list args;
	size_t length;

	va_start(args, format);
	length = format_text_va(out, size, format, args);
	va_end(args);
	return length;
}

size_t format_line_va(char *out, size_t size, const char *format, va_list args)
{
	size_t length = format_text_va(out, size, format, args);

	if (length < size)
		return length;
	memcpy(out + size - 4, "...", 4);
	return size - 1;
}

void format_plain(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}
