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

static void flush_utf8(struct text *text, bool valid)
{
	if (!valid)
		append(text, '?');
	for (unsigned i = 0; valid && i < text->utf8_length; i++)
		append(text, text->utf8[i]);
	text->utf8_length = text->utf8_needed = 0;
}

static unsigned utf8_size(uint8_t lead)
{
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if (lead >= 0xe0 && lead <= 0xef)
		return 3;
	return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/* A byte above 0x7f. U+0080..U+009F are control characters that terminals obey. */
static void take_utf8(struct text *text, uint8_t byte)
{
	bool continues = (byte & 0xc0) == 0x80;

	if (text->utf8_length > 0 && !continues)
		flush_utf8(text, false);
	if (text->utf8_length == 0) {
		text->utf8_needed = (uint8_t)utf8_size(byte);
		if (text->utf8_needed == 0) {
			append(text, '?');
			return;
		}
	}
	text->utf8[text->utf8_length++] = byte;
	if (text->utf8_length == text->utf8_needed)
		flush_utf8(text, text->utf8[0] != 0xc2 || byte >= 0xa0);
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
	if (text->utf8_length > 0)
		flush_utf8(text, false);
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
		text->utf8_length = 0;
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
