/* SPDX-License-Identifier: Apache-2.0 */
/* The line that a person types at the monitor, and those before it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "console/editor.h"
#include "console/monitor.h"

static struct editor editor;
static char shown[4096];

static enum editor_event type(const char *keys)
{
	enum editor_event event = EDITOR_NOTHING;
	char echo[EDITOR_ECHO_MAX];

	for (; *keys; keys++) {
		event = editor_key(&editor, (uint8_t)*keys, echo);
		strncat(shown, echo, sizeof(shown) - strlen(shown) - 1);
	}
	return event;
}

static void enter(const char *keys, const char *line)
{
	assert_int_equal(type(keys), EDITOR_ENTER);
	assert_string_equal(editor.line, line);
	editor_clear(&editor);
}

static int fresh_editor(void **state)
{
	(void)state;
	memset(&editor, 0, sizeof(editor));
	shown[0] = 0;
	return 0;
}

static void the_editor_edits(void **state)
{
	char longer[MONITOR_LINE_MAX + 20];

	(void)state;
	enter("vn\bm\r", "vm");
	assert_string_equal(shown, "vn\b \bm\n");
	assert_int_equal(type("\n"), EDITOR_NOTHING); /* of the same key */
	enter("\n", "");
	shown[0] = 0;
	enter("abc\025irq\r", "irq");
	assert_string_equal(shown, "abc\r> \033[Kirq\n");
	enter("\b\177\177x\001\016\303\244y\033[5~\033OCz\r", "xyz");
	memset(longer, 'l', sizeof(longer));
	longer[sizeof(longer) - 1] = 0;
	shown[0] = 0;
	type(longer);
	assert_int_equal(strlen(editor.line), MONITOR_LINE_MAX - 1);
	assert_non_null(strchr(shown, '\a'));
	assert_int_equal(type("\004"), EDITOR_NOTHING);
	assert_int_equal(type("\003"), EDITOR_LEAVE);
	editor_clear(&editor);
	assert_int_equal(type("\004"), EDITOR_LEAVE);
}

static void the_editor_remembers(void **state)
{
	char line[8];

	(void)state;
	assert_int_equal(type("\033[A"), EDITOR_NOTHING);
	assert_string_equal(shown, "\a");
	for (unsigned i = 0; i < EDITOR_HISTORY + 3; i++) {
		snprintf(line, sizeof(line), "l%u\r", i);
		type(line);
		editor_clear(&editor);
	}
	enter("\r", "");
	enter("l10\r", "l10"); /* neither empty lines nor repetitions */
	enter("\033[A\033[A\r", "l9");
	enter("\033[A\033[A\033[A\033[Bx\r", "l10x");
	for (unsigned i = 0; i < 20; i++)
		type("\033OA");
	assert_string_equal(editor.line, "l5"); /* eight are kept: l9 and l10x came last */
	for (unsigned i = 0; i < 20; i++)
		type("\033[B");
	assert_string_equal(editor.line, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_editor_edits, fresh_editor),
		cmocka_unit_test_setup(the_editor_remembers, fresh_editor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
