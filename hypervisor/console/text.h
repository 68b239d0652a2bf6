/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest prints, as lines of plain text: control sequences (ECMA-48) are left out, so that no VM
 * can move the cursor, change colours or the title while others print. UTF-8 passes where it is well
 * formed; any other byte above 0x7f becomes '?'. Pure; no lock.
 */
#ifndef CONSOLE_TEXT_H
#define CONSOLE_TEXT_H

#include "base/types.h"

#define TEXT_LINE_MAX 200 /* bytes of a line that are collected before they are shown */

enum text_state { TEXT_PLAIN, TEXT_ESCAPE, TEXT_CONTROL_SEQUENCE, TEXT_CONTROL_STRING };

/* Begins as zeros. */
struct text {
	char line[TEXT_LINE_MAX]; /* what came since the last line end, not closed by a 0 */
	uint16_t length;
	uint8_t state; /* enum text_state */
	bool carriage_return;
	uint8_t utf8[4]; /* a character of which bytes are missing */
	uint8_t utf8_length, utf8_needed;
};

/* What text_take() found; bits. */
enum text_event {
	TEXT_LINE = 1,  /* `line` is a whole line */
	TEXT_FULL = 2,  /* `line` is full, and its line goes on */
	TEXT_AGAIN = 4, /* the byte was not taken: call text_clear(), then give it again */
};

/*
 * Takes one byte. After TEXT_LINE or TEXT_FULL the caller uses `line` and calls text_clear(). A carriage
 * return that no newline follows ends a line, too.
 */
MUST_USE unsigned text_take(struct text *text, uint8_t byte);
void text_clear(struct text *text);

#endif
