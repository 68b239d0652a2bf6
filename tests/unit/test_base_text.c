/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format, report, error: text for people, compared with the host's snprintf where that has the same
 * conversion.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/format.h"
#include "base/report.h"

#pragma GCC diagnostic ignored "-Wformat"
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-truncation"
#pragma GCC diagnostic ignored "-Wformat-overflow"

/* One value through one format, in every size of buffer. */
#define SAME(format, ...) \
	do { \
		char ours_[120], theirs_[120]; \
		for (size_t size_ = 0; size_ <= sizeof(ours_); size_ += 1 + size_ / 4) { \
			memset(ours_, 'x', sizeof(ours_)); \
			memset(theirs_, 'x', sizeof(theirs_)); \
			assert_int_equal(format_text(ours_, size_, format, __VA_ARGS__), \
							 snprintf(theirs_, size_, format, __VA_ARGS__)); \
			assert_memory_equal(ours_, theirs_, sizeof(ours_)); \
		} \
	} while (0)

static const char *const ints[] = {
	"%d",     "%i",   "%u",    "%x",   "%X",  "%#x", "%5d",  "%-5d|", "%05d",    "%-05d|", "%08x",
	"%#010x", "%.3d", "%8.3x", "%.0d", "%hd", "%hu", "%hhd", "%hhx",  "a%db%%c", "%2d%%",
};
static const char *const longs[] = {
	"%ld", "%lu", "%lx", "%llx", "%lld", "%llu", "%zu", "%zx", "%016lx", "%#lx", "%-20ld|", "%20lu", "%.12lx",
};

static void numbers_look_as_the_host_prints_them(void **state)
{
	static const uint64_t values[] = {
		0,
		1,
		9,
		10,
		15,
		16,
		127,
		128,
		255,
		256,
		32767,
		32768,
		65535,
		65536,
		0x7fffffff,
		0x80000000,
		0xffffffff,
		0x7fffffffffffffff,
		0x8000000000000000,
		0xffffffffffffffff,
	};
	uint64_t random = 88172645463325252u;

	(void)state;
	for (unsigned v = 0; v < ARRAY_COUNT(values) + 200; v++) {
		random ^= random << 13, random ^= random >> 7, random ^= random << 17;
		uint64_t value = v < ARRAY_COUNT(values) ? values[v] : random >> (random & 63);
		for (unsigned f = 0; f < ARRAY_COUNT(ints); f++)
			SAME(ints[f], (int)value);
		for (unsigned f = 0; f < ARRAY_COUNT(longs); f++)
			SAME(longs[f], value);
	}
}

static void strings_look_as_the_host_prints_them(void **state)
{
	static const char *const formats[] = {"%s",     "%10s|",   "%-10s|", "%.2s",
										  "%8.3s|", "%-8.3s|", "%.0s",   "[%s]"};
	static const char *const texts[] = {"", "a", "linux", "a long name of something"};

	(void)state;
	for (unsigned f = 0; f < ARRAY_COUNT(formats); f++)
		for (unsigned t = 0; t < ARRAY_COUNT(texts); t++)
			SAME(formats[f], texts[t]);
	for (int width = -6; width < 7; width++) {
		SAME("%*d|", width, 42);
		SAME("%*s|", width, "abc");
		SAME("%.*s|", width, "abcdefg");
	}
	SAME("%c%c%3c|%-3c|", 'a', 'b', 'c', 'd');
	SAME("%s %u of %#lx: %s", "reg", 3u, 0x9000000ul, "too big");
	SAME("%p", (void *)0x1234abcd);
	SAME("no conversion %s", "at all");
}

static void odd_formats_are_shown_and_harmless(void **state)
{
	char text[20];

	(void)state;
	assert_int_equal(format_text(text, sizeof(text), "%s", (char *)NULL), 6);
	assert_string_equal(text, "(null)");
	assert_int_equal(format_text(text, sizeof(text), "a%"), 1);
	assert_string_equal(text, "a");
	assert_int_equal(format_text(text, sizeof(text), "%y"), 1);
	assert_string_equal(text, "y");
}

static char said[2][REPORT_LINE_MAX + 1];
static void say(void *context, const char *text)
{
	snprintf(said[(*(unsigned *)context)++ % 2], sizeof(said[0]), "%s", text);
}

static void report_says_whole_lines(void **state)
{
	unsigned count = 0;
	struct report report = {.line = say, .context = &count};
	char exact[REPORT_LINE_MAX], longer[REPORT_LINE_MAX + 1];

	(void)state;
	memset(exact, 'a', sizeof(exact));
	exact[sizeof(exact) - 1] = 0;
	memset(longer, 'b', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	report_line(&report, "%s", exact);
	report_line(&report, "%s", longer);
	assert_int_equal(report.line_count, 2);
	assert_string_equal(said[0], exact);
	assert_int_equal(strlen(said[1]), REPORT_LINE_MAX - 1);
	assert_string_equal(said[1] + REPORT_LINE_MAX - 5, "b...");
}

static void report_shows_nothing_that_a_terminal_obeys(void **state)
{
	unsigned count = 0;
	struct report report = {.line = say, .context = &count};

	(void)state;
	report_line(&report, "/vms/%s: %d", "a\033[2J\n\x9b\x7f~", 7);
	assert_string_equal(said[0], "/vms/a?[2J???~: 7");
}

static void every_error_has_words(void **state)
{
	(void)state;
	for (int e = OK; e <= ERR_UNSUPPORTED; e++)
		assert_string_not_equal(err_text(e), "unknown error");
	assert_string_equal(err_text(ERR_UNSUPPORTED + 1), "unknown error");
	assert_string_equal(err_text((enum err) ~0u), "unknown error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_look_as_the_host_prints_them),
		cmocka_unit_test(strings_look_as_the_host_prints_them),
		cmocka_unit_test(odd_formats_are_shown_and_harmless),
		cmocka_unit_test(report_says_whole_lines),
		cmocka_unit_test(report_shows_nothing_that_a_terminal_obeys),
		cmocka_unit_test(every_error_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
