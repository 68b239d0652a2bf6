/* SPDX-License-Identifier: Apache-2.0 */
#include "console/text.h"

#include <string.h>

#define ESC 0x1b
#define BEL 0x07
#define TAB_STOP 8

void text_clear(struct text *text)
{
	text->length = 0;
}

static void append(struct text *text, uint8_t byte)
{
	text->line[text->length++] = (char)byte;
}

/* A whole character, if it is plain text. */
static void take_character(struct text *text)
{
	uint32_t point = utf8_point(&text->utf8);

	if (point == UTF8_NONE || !utf8_is_plain(point))
		append(text, '?');
	else
		for (unsigned i = 0; i < text->utf8.length; i++)
			append(text, text->utf8.bytes[i]);
	utf8_drop(&text->utf8);
}

/* A character of which bytes will not come. */
static void drop_character(struct text *text)
{
	if (text->utf8.length > 0)
		append(text, '?');
	utf8_drop(&text->utf8);
}

/* A byte above 0x7f. */
static void take_utf8(struct text *text, uint8_t byte)
{
	if (!utf8_take(&text->utf8, byte)) {
		drop_character(text);
		if (!utf8_take(&text->utf8, byte))
			append(text, '?');
	}
	if (utf8_is_whole(&text->utf8))
		take_character(text);
}

/* Takes back the last character, all bytes of it. */
static void take_backspace(struct text *text)
{
	while (text->length > 0 && ((uint8_t)text->line[text->length - 1] & 0xc0) == 0x80)
		text->length--;
	if (text->length > 0)
		text->length--;
}

static unsigned take_printable(struct text *text, uint8_t byte)
{
	if (text->carriage_return) {
		text->carriage_return = false;
		if (text->length > 0)
			return TEXT_LINE | TEXT_AGAIN;
	}
	/* Room for what one byte can append: a tab, or '?' and a whole character. */
	if (text->length > TEXT_LINE_MAX - TAB_STOP)
		return TEXT_FULL | TEXT_AGAIN;
	if (byte >= 0x80) {
		take_utf8(text, byte);
		return 0;
	}
	drop_character(text);
	if (byte != '\t') {
		append(text, byte);
		return 0;
	}
	do
		append(text, ' ');
	while (text->length % TAB_STOP != 0);
	return 0;
}

static unsigned take_plain(struct text *text, uint8_t byte)
{
	if ((byte >= ' ' && byte != 0x7f) || byte == '\t')
		return take_printable(text, byte);
	switch (byte) {
	case '\n':
		text->carriage_return = false;
		utf8_drop(&text->utf8);
		return TEXT_LINE;
	case '\r':
		text->carriage_return = true;
		break;
	case '\b':
		take_backspace(text);
		break;
	case ESC:
		text->state = TEXT_ESCAPE;
		break;
	default:
		break;
	}
	return 0;
}

static enum text_state after_escape(uint8_t byte)
{
	if (byte == '[')
		return TEXT_CONTROL_SEQUENCE;
	if (memchr("]PX^_", byte, 5))
		return TEXT_CONTROL_STRING;
	/* Intermediate bytes; then one final byte. */
	return byte >= ' ' && byte <= '/' ? TEXT_ESCAPE : TEXT_PLAIN;
}

unsigned text_take(struct text *text, uint8_t byte)
{
	/* A control character interrupts a sequence; so none can hide what follows for ever. */
	if (text->state != TEXT_PLAIN && byte < ' ') {
		text->state = TEXT_PLAIN;
		return byte == BEL ? 0 : take_plain(text, byte);
	}
	switch (text->state) {
	case TEXT_ESCAPE:
		text->state = after_escape(byte);
		return 0;
	case TEXT_CONTROL_SEQUENCE:
		if (byte >= '@' && byte <= '~')
			text->state = TEXT_PLAIN;
		return 0;
	case TEXT_CONTROL_STRING:
		return 0;
	default:
		return take_plain(text, byte);
	}
}
