/* SPDX-License-Identifier: Apache-2.0 */
#include "console/editor.h"

#include <string.h>

#include "base/format.h"

#define CTRL(letter) ((letter)&0x1f)
#define ESC 0x1b
#define DEL 0x7f
#define BELL "\a"

void editor_clear(struct editor *editor)
{
	editor->length = 0;
	editor->line[0] = 0;
	editor->back = 0;
}

static void remember(struct editor *editor)
{
	unsigned last = (editor->history_count - 1) % EDITOR_HISTORY;

	if (editor->length == 0 ||
		(editor->history_count > 0 && strcmp(editor->history[last], editor->line) == 0))
		return;
	memcpy(editor->history[editor->history_count % EDITOR_HISTORY], editor->line, sizeof(editor->line));
	editor->history_count++;
}

/* Draws the whole line anew: carriage return, prompt, line, erase to the right (EL). */
static void redraw(const struct editor *editor, char *echo)
{
	format_text(echo, EDITOR_ECHO_MAX, "\r" EDITOR_PROMPT "%s\033[K", editor->line);
}

static void go_back(struct editor *editor, unsigned back, char *echo)
{
	unsigned kept = editor->history_count < EDITOR_HISTORY ? editor->history_count : EDITOR_HISTORY;

	if (back > kept) {
		memcpy(echo, BELL, sizeof(BELL));
		return;
	}
	editor_clear(editor);
	editor->back = back;
	if (back > 0)
		memcpy(editor->line, editor->history[(editor->history_count - back) % EDITOR_HISTORY],
			   sizeof(editor->line));
	editor->length = (unsigned)strlen(editor->line);
	redraw(editor, echo);
}

/* The rest of ESC [ A; other sequences are left out. */
static void take_sequence(struct editor *editor, uint8_t byte, char *echo)
{
	if (editor->sequence == 1 && (byte == '[' || byte == 'O')) {
		editor->sequence = 2;
		return;
	}
	if (editor->sequence == 2 && byte >= ' ' && byte < '@')
		return;
	editor->sequence = 0;
	if (byte == 'A')
		go_back(editor, editor->back + 1, echo);
	else if (byte == 'B' && editor->back > 0)
		go_back(editor, editor->back - 1, echo);
}

static void insert(struct editor *editor, uint8_t byte, char *echo)
{
	if (byte < ' ' || byte >= DEL || editor->length + 1 == sizeof(editor->line)) {
		memcpy(echo, BELL, sizeof(BELL));
		return;
	}
	editor->line[editor->length++] = (char)byte;
	editor->line[editor->length] = 0;
	echo[0] = (char)byte;
	echo[1] = 0;
}

static void take_back(struct editor *editor, char *echo)
{
	if (editor->length == 0)
		return;
	editor->line[--editor->length] = 0;
	memcpy(echo, "\b \b", 4);
}

static enum editor_event enter(struct editor *editor, char *echo)
{
	remember(editor);
	memcpy(echo, "\n", 2);
	return EDITOR_ENTER;
}

enum editor_event editor_key(struct editor *editor, uint8_t byte, char echo[EDITOR_ECHO_MAX])
{
	bool after_return = editor->carriage_return;

	echo[0] = 0;
	editor->carriage_return = byte == '\r';
	if (editor->sequence > 0) {
		take_sequence(editor, byte, echo);
		return EDITOR_NOTHING;
	}
	switch (byte) {
	case '\n':
		return after_return ? EDITOR_NOTHING : enter(editor, echo);
	case '\r':
		return enter(editor, echo);
	case '\b':
	case DEL:
		take_back(editor, echo);
		return EDITOR_NOTHING;
	case CTRL('u'):
		editor_clear(editor);
		redraw(editor, echo);
		return EDITOR_NOTHING;
	case CTRL('d'):
		return editor->length == 0 ? EDITOR_LEAVE : EDITOR_NOTHING;
	case CTRL('c'):
		return EDITOR_LEAVE;
	case ESC:
		editor->sequence = 1;
		return EDITOR_NOTHING;
	default:
		insert(editor, byte, echo);
		return EDITOR_NOTHING;
	}
}
