/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which bytes of a guest's output reach the terminal in the view of plain text: all possible ones are tried.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "console/text.h"

static struct text text;

/* The line that these bytes make. */
static const char *made_of(const uint8_t *bytes, unsigned count)
{
	static char line[TEXT_LINE_MAX + 1];

	memset(&text, 0, sizeof(text));
	for (unsigned i = 0; i < count; i++)
		assert_int_equal(text_take(&text, bytes[i]), 0);
	assert_int_equal(text_take(&text, '.'), 0);
	memcpy(line, text.line, text.length);
	line[text.length] = 0;
	return line;
}

/* As RFC 3629 would write a code point, even one that it does not permit. */
static unsigned encode(uint32_t point, uint8_t *out)
{
	unsigned more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;

	out[0] = (uint8_t)(point >> 6 * more);
	if (more)
		out[0] |= (uint8_t)(0xff00 >> (more + 1));
	for (unsigned i = 1; i <= more; i++)
		out[i] = (uint8_t)(0x80 | (point >> 6 * (more - i) & 0x3f));
	return more + 1;
}

/* Spot checks by name; tests/tools/test_characters.py goes by Unicode's own tables. */
static const uint32_t hidden[] = {
	0x80,   0x9b,   0x9f,   0xad,   0x34f,   0x61c,   0x115f,  0x180e,   0x200b, 0x200c,
	0x200d, 0x200e, 0x200f, 0x2028, 0x2029,  0x202a,  0x202b,  0x202c,   0x202d, 0x202e,
	0x2060, 0x2066, 0x2067, 0x2068, 0x2069,  0x3164,  0xd800,  0xdfff,   0xfe0f, 0xfeff,
	0xffa0, 0xfff9, 0xfffe, 0xffff, 0x1fffe, 0xe0001, 0xe0041, 0x10ffff, 0xfdd0,
};
static const uint32_t shown[] = {0xa0, 0xe4, 0x301, 0x5d0, 0x627, 0x20ac, 0x2500, 0x4e00, 0xfffd, 0x1f600};

static void every_code_point_is_itself_or_a_question_mark(void **state)
{
	uint8_t bytes[5] = {0};
	unsigned plain = 0;

	(void)state;
	for (uint32_t point = 0x80; point < 0x200000; point++) {
		unsigned length = encode(point, bytes);
		const char *line = made_of(bytes, length);

		bytes[length] = '.';
		if (utf8_is_plain(point))
			assert_true(memcmp(line, bytes, length + 1) == 0);
		else
			assert_true(line[0] == '?' && line[strlen(line) - 1] == '.' &&
						!(strspn(line, "?.") < strlen(line)));
		plain += utf8_is_plain(point);
	}
	for (unsigned i = 0; i < ARRAY_COUNT(hidden); i++)
		assert_false(utf8_is_plain(hidden[i]));
	for (unsigned i = 0; i < ARRAY_COUNT(shown); i++)
		assert_true(utf8_is_plain(shown[i]));
	assert_true(plain > 0x10ffff - 0x2000); /* so the test above is not passed by refusing all */
}

/*
 * Any bytes make a line that is printable ASCII and the one encoding of code points that are plain. (Of a
 * sequence of four, the last two are at the limits.)
 */
static void expect_plain(const uint8_t *bytes, unsigned count)
{
	const uint8_t *c = (const uint8_t *)made_of(bytes, count);
	uint8_t again[4];

	while (*c) {
		unsigned length = *c < 0x80 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;
		uint32_t point = length == 1 ? *c : *c & (0x7f >> length);

		for (unsigned i = 1; i < length; i++) {
			assert_int_equal(c[i] & 0xc0, 0x80);
			point = point << 6 | (c[i] & 0x3f);
		}
		assert_true(length == 1 ? *c >= ' ' && *c <= '~' : utf8_is_plain(point));
		assert_int_equal(encode(point, again), length);
		assert_memory_equal(again, c, length);
		c += length;
	}
}

static void no_bytes_are_more_than_text(void **state)
{
	static const uint8_t edges[] = {'A', 0x80, 0x8f, 0x90, 0x9b, 0x9f, 0xa0, 0xbf, 0xc2, 0xff};
	uint8_t bytes[4];

	(void)state;
	for (unsigned a = 0x80; a < 0x100; a++)
		for (unsigned b = ' '; b < 0x100; b++)
			for (unsigned c = 0; c < ARRAY_COUNT(edges) * ARRAY_COUNT(edges); c++) {
				bytes[0] = (uint8_t)a;
				bytes[1] = (uint8_t)b;
				bytes[2] = edges[c % ARRAY_COUNT(edges)];
				bytes[3] = edges[c / ARRAY_COUNT(edges)];
				expect_plain(bytes, 4);
			}
}

static void three_bytes_of_all_kinds_are_text(void **state)
{
	(void)state;
	for (uint32_t word = 0xe00000; word < 0xf00000; word++)
		if ((word >> 8 & 0xff) > '~' && (word & 0xff) > '~')
			expect_plain((uint8_t[]){(uint8_t)(word >> 16), (uint8_t)(word >> 8), (uint8_t)word}, 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_code_point_is_itself_or_a_question_mark),
		cmocka_unit_test(no_bytes_are_more_than_text),
		cmocka_unit_test(three_bytes_of_all_kinds_are_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
