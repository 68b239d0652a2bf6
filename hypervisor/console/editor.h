/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line that a person types at the monitor's prompt: backspace, Ctrl-U, arrow up and down through the
 * last lines. Pure; no lock.
 */
#ifndef CONSOLE_EDITOR_H
#define CONSOLE_EDITOR_H

#include "console/monitor.h"

#define EDITOR_HISTORY 8
#define EDITOR_PROMPT "> "
#define EDITOR_ECHO_MAX (MONITOR_LINE_MAX + 16) /* bytes that one key makes appear, closing 0 included */

/* Begins as zeros. */
struct editor {
	char line[MONITOR_LINE_MAX]; /* closed by a 0 */
	unsigned length;
	char history[EDITOR_HISTORY][MONITOR_LINE_MAX]; /* line number i is at i % EDITOR_HISTORY */
	unsigned history_count;                         /* lines ever entered */
	unsigned back;                                  /* how many lines up the person went */
	uint8_t sequence;                               /* bytes seen of an arrow key's ESC [ A */
	bool carriage_return;                           /* the last key was one: a newline adds nothing */
};

enum editor_event { EDITOR_NOTHING, EDITOR_ENTER, EDITOR_LEAVE };

/*
 * Takes a key; what the terminal is to show goes to `echo`. After EDITOR_ENTER the caller reads `line`
 * and calls editor_clear().
 */
MUST_USE enum editor_event editor_key(struct editor *editor, uint8_t byte, char echo[EDITOR_ECHO_MAX]);
void editor_clear(struct editor *editor);

#endif
