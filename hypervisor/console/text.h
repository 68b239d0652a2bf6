/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's output, as lines of plain text. Control sequences (ECMA-48) are left out, so that no VM can move
 * the cursor, or change colours or the title while others print. UTF-8 passes where it is well formed and is
 * a character that can be seen (utf8_is_plain()); all else becomes '?'. Pure; no lock.
 */
#ifndef CONSOLE_TEXT_H
#define CONSOLE_TEXT_H

#include "console/utf8.h"

#define TEXT_LINE_MAX 200 /* bytes of a line that are collected before they are shown */

enum text_state { TEXT_PLAIN, TEXT_ESCAPE, TEXT_CONTROL_SEQUENCE, TEXT_CONTROL_STRING };

/* Begins as zeros. */
struct text {
	char line[TEXT_LINE_MAX]; /* all since the last line end, not closed by a 0 */
	uint16_t length;
	uint8_t state; /* enum text_state */
	bool carriage_return;
	struct utf8 utf8; /* a character of which bytes are missing */
};

/* What text_take() found; bits. */
enum text_event {
	TEXT_LINE = 1,  /* `line` is a whole line */
	TEXT_FULL = 2,  /* `line` is full, and the line continues */
	TEXT_AGAIN = 4, /* the byte was not taken: call text_clear(), then give it again */
};

/*
 * Takes one byte. After TEXT_LINE or TEXT_FULL the caller uses `line` and calls text_clear(). A carriage
 * return that no newline follows ends a line, too.
 */
MUST_USE unsigned text_take(struct text *text, uint8_t byte);
void text_clear(struct text *text);

#endif
