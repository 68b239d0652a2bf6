/* SPDX-License-Identifier: Apache-2.0 */
#include "console/sequence.h"

#include <string.h>

#define BEL 0x07
#define CAN 0x18
#define SUB 0x1a
#define ESC 0x1b
#define C1_LAST 0x9f

static uint8_t after_escape(uint8_t byte)
{
	if (byte == '[')
		return SEQUENCE_CONTROL;
	if (byte == ']')
		return SEQUENCE_COMMAND;
	if (byte && memchr("PX^_", byte, 4))
		return SEQUENCE_STRING;
	/* Control characters and intermediate bytes; then one final byte. */
	return byte <= '/' ? SEQUENCE_ESCAPE : SEQUENCE_NONE;
}

/* A byte above 0x7f. A byte that is not UTF-8, or a C1 control in UTF-8, may begin a string. */
static void take_utf8(struct sequence *sequence, uint8_t byte)
{
	struct utf8 *utf8 = &sequence->utf8;
	uint32_t point;

	if (!utf8_take(utf8, byte)) {
		sequence->state = SEQUENCE_STRING;
		utf8_drop(utf8);
		(void)!utf8_take(utf8, byte); /* as the first byte of another character */
	}
	if (!utf8_is_whole(utf8))
		return;
	point = utf8_point(utf8);
	if (point == UTF8_NONE || point <= C1_LAST)
		sequence->state = SEQUENCE_STRING;
	utf8_drop(utf8);
}

static void take_ascii(struct sequence *sequence, uint8_t byte)
{
	switch (sequence->state) {
	case SEQUENCE_ESCAPE:
		sequence->state = byte == CAN || byte == SUB ? SEQUENCE_NONE : after_escape(byte);
		break;
	case SEQUENCE_CONTROL:
		if ((byte >= '@' && byte <= '~') || byte == CAN || byte == SUB)
			sequence->state = SEQUENCE_NONE;
		break;
	case SEQUENCE_COMMAND:
		if (byte == BEL)
			sequence->state = SEQUENCE_NONE;
		break;
	default:
		break;
	}
}

void sequence_take(struct sequence *sequence, uint8_t byte)
{
	if (byte > 0x7f) {
		take_utf8(sequence, byte);
		return;
	}
	if (sequence->utf8.length > 0) {
		utf8_drop(&sequence->utf8);
		sequence->state = SEQUENCE_STRING;
	}
	if (byte == ESC)
		sequence->state = SEQUENCE_ESCAPE;
	else
		take_ascii(sequence, byte);
}
