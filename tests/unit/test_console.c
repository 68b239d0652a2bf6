/* SPDX-License-Identifier: Apache-2.0 */
/* What a person sees when VMs print, and where keys go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "console/console.h"

#define VMS 3
#define RING 4096
#define ESCAPE "\x1d"

static struct console console;
static struct ring ring[VMS];
static uint8_t bytes[VMS][RING];
static uint64_t dropped[VMS];
static uint64_t now_us;

/* The terminal: takes `uart_room` bytes, then is full. */
static char screen[1 << 20];
static size_t screen_length, uart_room;

static bool uart(uint8_t byte)
{
	if (uart_room == 0 || screen_length + 1 == sizeof(screen))
		return false;
	uart_room--;
	screen[screen_length++] = (char)byte;
	screen[screen_length] = 0;
	return true;
}

static uint64_t log_end(void)
{
	struct log_entry entry;
	uint64_t next = 0;

	for (; log_read(next, &entry); next = entry.sequence + 1)
		;
	return next;
}

static void start(int view, bool colour)
{
	struct console_setup setup = {.vm_count = VMS, .view = view, .colour = colour, .log_next = log_end()};
	static const char *const names[VMS] = {"linux", "rt", "mute"};

	for (unsigned vm = 0; vm < VMS; vm++) {
		ring_init(&ring[vm], bytes[vm], RING);
		dropped[vm] = 0;
		setup.source[vm] = (struct console_source){names[vm], vm < 2 ? &ring[vm] : NULL, &dropped[vm]};
	}
	now_us = 1000;
	screen_length = 0;
	screen[0] = 0;
	uart_room = SIZE_MAX;
	console_init(&console, &setup);
}

static int start_all(void **state)
{
	(void)state;
	start(CONSOLE_VIEW_ALL, false);
	return 0;
}

static int start_attached(void **state)
{
	(void)state;
	start(0, false);
	return 0;
}

/* As a guest that does not heed a full FIFO. */
static void say_bytes(unsigned vm, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (!ring_put(&ring[vm], (uint8_t)text[i]))
			dropped[vm]++;
}

static void say(unsigned vm, const char *text)
{
	say_bytes(vm, text, strlen(text));
}

static void pass(void)
{
	console_collect(&console, now_us);
	console_transmit(&console, uart);
}

/* Until nothing is left to do at this time. */
static void settle(void)
{
	do
		console_transmit(&console, uart);
	while (console_collect(&console, now_us).next_us <= now_us || ring_used(&console.out) > 0);
}

static void expect(const char *text)
{
	settle();
	assert_string_equal(screen, text);
	screen_length = 0;
	screen[0] = 0;
}

/* The last action that was none of the console's own. */
static struct console_action keys(const char *text)
{
	struct console_action last = {.kind = CONSOLE_NOTHING}, action;

	for (; *text; text++) {
		action = console_key(&console, (uint8_t)*text);
		if (action.kind != CONSOLE_NOTHING)
			last = action;
	}
	return last;
}

static void forget_screen(void)
{
	settle();
	screen_length = 0;
	screen[0] = 0;
}

static void lines_do_not_mix(void **state)
{
	const char *a = "one\r\ntwo\n", *b = "uno\ndos\n";

	(void)state;
	for (; *a; a++, b += *b ? 1 : 0) {
		say_bytes(0, a, 1);
		say_bytes(1, b, *b ? 1 : 0);
		pass();
	}
	say(1, b);
	expect("[rt] uno\r\n[linux] one\r\n[rt] dos\r\n[linux] two\r\n");
}

static void names_have_colours(void **state)
{
	(void)state;
	start(CONSOLE_VIEW_ALL, true);
	say(0, "a\n");
	settle();
	say(1, "b\n");
	expect("\033[36m[linux]\033[0m a\r\n\033[33m[rt]\033[0m b\r\n");
}

static void a_still_line_is_shown_and_continued(void **state)
{
	struct console_news news;

	(void)state;
	say(0, "login: ");
	news = console_collect(&console, now_us);
	assert_int_equal(news.drained, 1);
	assert_int_equal(news.next_us, now_us + CONSOLE_STILL_US);
	expect("");
	now_us += CONSOLE_STILL_US;
	expect("[linux] login: ");
	say(0, "root\n");
	expect("root\r\n");
	/* Interrupted, it goes on behind its name, and nothing is shown twice. */
	say(0, "pass");
	settle();
	now_us += CONSOLE_STILL_US;
	settle();
	say(1, "tick\n");
	settle();
	say(0, "word\n");
	expect("[linux] pass\r\n[rt] tick\r\n[linux] word\r\n");
	say(0, "x");
	settle();
	now_us += CONSOLE_STILL_US;
	settle();
	say(1, "y\n");
	settle();
	say(0, "\n\n");
	expect("[linux] x\r\n[rt] y\r\n[linux] \r\n");
}

static void power_off_shows_everything(void **state)
{
	(void)state;
	say(0, "half");
	console_collect(&console, UINT64_MAX);
	console_transmit(&console, uart);
	assert_string_equal(screen, "[linux] half");
}

static void control_sequences_are_left_out(void **state)
{
	static const struct {
		const char *said, *shown;
	} rows[] = {
		{"\033[1;31mred\033[0m", "red"},
		{"\033]0;title\007text", "text"},
		{"\033]0;title\033\\text", "text"},
		{"\033P1$r\033\\a\033_b\033\\c\033^d\033\\e\033Xf\033\\g", "aceg"},
		{"\033(Ba\033=b\033cc\0337d", "abcd"},
		{"\033[2J\033[H\033[?25lclear\033[6n", "clear"},
		{"a\033[3\bb", "b"},
		{"a\tb", "a       b"},
		{"12345678\tb", "12345678        b"},
		{"abc\b\bX", "aX"},
		{"\b\b\ba", "a"},
		{"\a\v\f\016\017a\177", "a"},
		{"\303\244\342\202\254\360\237\230\200", "\303\244\342\202\254\360\237\230\200"},
		{"\303\244\bb", "b"},
		{"\302\2331mno\302\200", "?1mno?"},
		{"\233a\377\300\200", "?a???"},
		{"\342\202a", "?a"},
		{"10%\r20%\r\r", "10%\r\n[linux] 20%"},
		{"\r\033[Kprompt", "prompt"},
	};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		char shown[100];

		start_all(NULL);
		snprintf(shown, sizeof(shown), "[linux] %s\r\n[linux] next\r\n", rows[i].shown);
		say(0, rows[i].said);
		say(0, "\nnext\n");
		expect(shown);
	}
	/* What is not ended does not hide the next line. */
	start_all(NULL);
	say(0, "a\033]0;never ended\nb\033[12\nc\n");
	expect("[linux] a\r\n[linux] b\r\n[linux] c\r\n");
}

/* Whatever a guest prints, the terminal gets no control character of its making in the view of all. */
static void no_byte_of_a_guest_controls_the_terminal(void **state)
{
	unsigned random = 1;

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		for (unsigned i = 0; i < 500; i++) {
			random = random * 1103515245 + 12345;
			say_bytes(round & 1, (const char[]){(char)(random >> 16)}, 1);
		}
		now_us += CONSOLE_STILL_US / 2;
		settle();
	}
	for (size_t i = 0; i < screen_length; i++) {
		uint8_t c = (uint8_t)screen[i];

		assert_true(c >= ' ' || c == '\n' || c == '\r');
		assert_true(c != 0x7f);
		if (c >= 0x80 && c < 0xa0) /* only inside a character, and never behind 0xc2 */
			assert_true((uint8_t)screen[i - 1] >= 0x80 && (uint8_t)screen[i - 1] != 0xc2);
	}
}

static void a_long_line_is_one_line(void **state)
{
	char text[1001], shown[1100];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[1000] = 0;
	say(0, text);
	say(0, "\nend\n");
	snprintf(shown, sizeof(shown), "[linux] %s\r\n[linux] end\r\n", text);
	expect(shown);
}

static unsigned count_shown(const char *what)
{
	unsigned count = 0;

	for (const char *at = screen; (at = strstr(at, what)) != NULL; at++)
		count++;
	return count;
}

/* A terminal that takes 5 bytes a pass, a VM that floods, one that says a line now and then. */
static void a_flood_is_counted_and_starves_nobody(void **state)
{
	unsigned long sent = 0, shown, said_dropped = 0, waited_passes = 0;

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		say(0, "0123456789abcde\n");
		sent += 16;
		if (i == 2000)
			say(1, "alive\n");
		uart_room = 5;
		pass();
		now_us += 1000;
		if (i >= 2000 && !strstr(screen, "[rt] alive"))
			waited_passes++;
	}
	/* It waited behind what was on its way to the terminal already, no longer. */
	assert_true(waited_passes <= 4096 / 5);
	uart_room = SIZE_MAX;
	settle();
	now_us += 2000000;
	settle();
	assert_true(dropped[0] > 0);
	shown = 0;
	for (char *line = strtok(screen, "\r\n"); line; line = strtok(NULL, "\r\n")) {
		unsigned long count;

		if (sscanf(line, "[linux] %lu bytes dropp%*s", &count) == 1 && strstr(line, "bytes dropped"))
			said_dropped += count;
		else if (strncmp(line, "[linux] ", 8) == 0)
			shown += strlen(line + 8);
	}
	assert_int_equal(said_dropped, dropped[0]);
	/* Line ends: as many as were shown or dropped make up the rest. */
	assert_true(sent - dropped[0] - shown <= sent / 16);
}

static void every_byte_is_shown_or_counted(void **state)
{
	unsigned sent = 0, count;
	char text[32];
	unsigned last = 0;

	(void)state;
	/* Without line ends bytes can be counted exactly. */
	for (unsigned i = 0; i < 3000; i++) {
		say(0, "#######");
		sent += 7;
		uart_room = 3;
		pass();
	}
	uart_room = SIZE_MAX;
	settle();
	now_us += CONSOLE_STILL_US;
	settle();
	assert_true(dropped[0] > 0);
	assert_int_equal(count_shown("#") + dropped[0], sent);
	snprintf(text, sizeof(text), "[linux] %lu bytes dropped", (unsigned long)dropped[0]);
	assert_int_equal(count_shown("bytes dropped"), 1);
	assert_non_null(strstr(screen, text));

	/* Out of view: shown or said to be forgotten. */
	forget_screen();
	keys(ESCAPE "1");
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(text, sizeof(text), "line %u\n", i);
		say(0, text);
		settle();
	}
	forget_screen();
	keys(ESCAPE "a");
	settle();
	assert_non_null(strstr(screen, "bytes of earlier output were not kept"));
	assert_non_null(strstr(screen, "[linux] line 1999\r\n"));
	count = 0;
	for (char *at = screen; (at = strstr(at, "[linux] line ")) != NULL; at++) {
		unsigned number = (unsigned)atoi(at + 13);

		assert_true(count == 0 || number == last + 1);
		last = number;
		count++;
	}
	assert_true(count > CONSOLE_KEPT / 12);
}

static void the_attached_vm_has_the_terminal(void **state)
{
	struct console_action action;

	(void)state;
	say(0, "\033[2J~ # ");
	say(1, "hidden\nhalf");
	expect("\033[2J~ # ");
	action = keys("l");
	assert_int_equal(action.kind, CONSOLE_TYPE);
	assert_int_equal(action.vm, 0);
	assert_int_equal(action.byte, 'l');
	action = keys(ESCAPE ESCAPE);
	assert_int_equal(action.kind, CONSOLE_TYPE);
	assert_int_equal(action.byte, 0x1d);
	expect("");

	/* The other: what was missed, and its unfinished line. */
	assert_int_equal(keys(ESCAPE "n").kind, CONSOLE_NOTHING);
	expect("\r\n-- rt: keys reach it; Ctrl-] h for help --\r\nhidden\r\nhalf");
	assert_int_equal(keys("x").vm, 1);
	/* Back: the prompt is there again, without its control sequences. */
	keys(ESCAPE "0");
	expect("\r\n-- linux: keys reach it; Ctrl-] h for help --\r\n~ # ");
	/* All: unfinished lines are shown behind their names. */
	keys(ESCAPE "a");
	now_us += CONSOLE_STILL_US;
	forget_screen();
	say(0, "ls\n");
	say(1, "way\n");
	settle();
	assert_int_equal(count_shown("hidden"), 0);
	assert_int_equal(count_shown("way"), 1);
}

static void next_goes_round(void **state)
{
	(void)state;
	keys(ESCAPE "]");
	assert_int_equal(console.view, 1);
	keys(ESCAPE "]"); /* mute has no console */
	assert_int_equal(console.view, CONSOLE_VIEW_ALL);
	keys(ESCAPE "n");
	assert_int_equal(console.view, 0);
	forget_screen();
	keys(ESCAPE "2");
	expect("-- mute has no console here --\r\n");
	keys(ESCAPE "9");
	expect("-- there is no VM 9 --\r\n");
	assert_int_equal(console.view, 0);
	keys(ESCAPE "z");
	settle();
	assert_non_null(strstr(screen, "n or ] next VM"));
	assert_non_null(strstr(screen, "VM 2: mute (no console here)"));
	assert_non_null(strstr(screen, "VM 0: linux (attached)"));
}

static void keys_reach_no_vm_in_the_view_of_all(void **state)
{
	(void)state;
	assert_int_equal(keys("abc").kind, CONSOLE_NOTHING);
	assert_int_equal(keys(ESCAPE ESCAPE).kind, CONSOLE_NOTHING);
	expect("-- all VMs, line by line; keys reach none: Ctrl-] 0..9 attaches one --\r\n");
}

static void quit_asks_first(void **state)
{
	struct console_action action;

	(void)state;
	assert_int_equal(keys(ESCAPE "q").kind, CONSOLE_NOTHING);
	assert_int_equal(keys("n").kind, CONSOLE_NOTHING);
	expect("-- stop all VMs and quit? y or n --\r\n-- not quit --\r\n");
	assert_int_equal(keys(ESCAPE "q" ESCAPE).kind, CONSOLE_NOTHING);
	assert_false(console.confirming);
	action = keys(ESCAPE "qy");
	assert_int_equal(action.kind, CONSOLE_COMMAND);
	assert_int_equal(action.command.verb, MONITOR_QUIT);
}

static void log_lines_stand_alone_in_every_view(void **state)
{
	struct log_entry entry;
	char line[300], shown[400];

	(void)state;
	say(0, "~ # ec");
	forget_screen();
	log_warn("VM rt: unknown register");
	assert_true(log_read(console.log_next, &entry));
	console_log_text(&entry, false, line, sizeof(line));
	assert_non_null(strstr(line, "[signalbox] 0.0"));
	assert_non_null(strstr(line, " cpu0: warning: VM rt: unknown register"));
	snprintf(shown, sizeof(shown), "\r\n%s\r\n~ # ec", line);
	expect(shown);
	/* Not inside a guest's control sequence, unless that stands still. */
	say(0, "\033[3");
	settle();
	log_error("x");
	settle();
	say(0, "1m");
	settle();
	assert_ptr_equal(strstr(screen, "\033[31m\r\n[signalbox]"), screen);
	forget_screen();
	say(0, "\033[3");
	settle();
	log_error("x");
	now_us += CONSOLE_STILL_US;
	settle();
	assert_int_equal(count_shown("[signalbox]"), 1);
	console_log_text(&entry, true, line, sizeof(line));
	assert_ptr_equal(strstr(line, "\033[1m[signalbox]\033[0m "), line);
	assert_non_null(strstr(line, "\033[33mwarning: VM rt: unknown register\033[0m"));
}

static void a_gap_in_the_log_is_said(void **state)
{
	(void)state;
	for (unsigned i = 0; i < LOG_LINES_KEPT + 7; i++)
		log_info("line");
	for (unsigned i = 0; i < 50; i++)
		settle();
	assert_ptr_equal(strstr(screen, "-- 7 lines of the log are not shown --\r\n"), screen);
	assert_int_equal(count_shown("[signalbox]"), LOG_LINES_KEPT);
}

static void the_monitor_holds_output_back(void **state)
{
	struct console_action action;

	(void)state;
	keys(ESCAPE "m");
	expect("-- monitor: help lists the commands, Ctrl-C leaves --\r\n> ");
	say(0, "while away\n");
	keys("vm r");
	expect("vm r");
	log_info("words");
	settle();
	assert_ptr_equal(strstr(screen, "\r\n[signalbox] "), screen);
	assert_string_equal(screen + screen_length - 9, "s\r\n> vm r");
	forget_screen();
	action = keys("t --json\r");
	assert_int_equal(action.kind, CONSOLE_COMMAND);
	assert_int_equal(action.command.verb, MONITOR_VM);
	assert_int_equal(action.command.vm, 1);
	assert_true(action.command.json);
	console_print(&console, "answer\n");
	console_prompt(&console);
	expect("t --json\r\nanswer\r\n> ");
	keys("nonsense\r");
	expect("nonsense\r\nno command \"nonsense\": \"help\" lists them\r\n> ");
	keys("\003");
	expect("\r\n-- all VMs, line by line; keys reach none: Ctrl-] 0..9 attaches one --\r\n"
		   "[linux] while away\r\n");
	keys(ESCAPE "mattach rt\r");
	settle();
	assert_int_equal(console.view, 1);
	assert_int_equal(console.mode, CONSOLE_NORMAL);
	assert_int_equal(keys("k").vm, 1);
	forget_screen();
	keys(ESCAPE "mattach mute\r");
	settle();
	assert_string_equal(screen + screen_length - 34, "-- mute has no console here --\r\n> ");
}

static void the_monitor_does_what_needs_nobody_else(void **state)
{
	(void)state;
	log_info("first words");
	settle();
	keys(ESCAPE "m");
	forget_screen();
	assert_int_equal(keys("help\r").kind, CONSOLE_NOTHING);
	settle();
	assert_non_null(strstr(screen, "  irq [INTID|NAME]         interrupts"));
	assert_string_equal(screen + screen_length - 4, "\r\n> ");
	forget_screen();
	assert_int_equal(keys("log 1\r").kind, CONSOLE_NOTHING);
	settle();
	assert_non_null(strstr(screen, "first words\r\n> "));
	forget_screen();
	keys("log level error\r");
	log_info("not kept");
	expect("log level error\r\nthe log keeps lines up to \"error\"\r\n> ");
	keys("log level info\r");
}

static void an_answer_too_long_is_counted(void **state)
{
	char text[1001];

	(void)state;
	memset(text, 'x', 1000);
	text[1000] = 0;
	keys(ESCAPE "m");
	forget_screen();
	assert_int_equal(console_room(&console), CONSOLE_OUT_SIZE);
	for (unsigned i = 0; i < 40; i++)
		console_print(&console, text);
	settle();
	assert_int_equal(count_shown("x"), CONSOLE_OUT_SIZE);
	assert_non_null(strstr(screen, "-- 7232 bytes of the monitor's answer did not fit --"));
}

static void the_banner_says_how_to_leave(void **state)
{
	(void)state;
	console_banner(&console);
	expect("-- Ctrl-] h for help, Ctrl-] q to quit; VMs: 0 linux, 1 rt, 2 mute --\r\n"
		   "-- all VMs, line by line; keys reach none: Ctrl-] 0..9 attaches one --\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lines_do_not_mix, start_all),
		cmocka_unit_test(names_have_colours),
		cmocka_unit_test_setup(a_still_line_is_shown_and_continued, start_all),
		cmocka_unit_test_setup(power_off_shows_everything, start_all),
		cmocka_unit_test(control_sequences_are_left_out),
		cmocka_unit_test_setup(no_byte_of_a_guest_controls_the_terminal, start_all),
		cmocka_unit_test_setup(a_long_line_is_one_line, start_all),
		cmocka_unit_test_setup(a_flood_is_counted_and_starves_nobody, start_all),
		cmocka_unit_test_setup(every_byte_is_shown_or_counted, start_all),
		cmocka_unit_test_setup(the_attached_vm_has_the_terminal, start_attached),
		cmocka_unit_test_setup(next_goes_round, start_attached),
		cmocka_unit_test_setup(keys_reach_no_vm_in_the_view_of_all, start_all),
		cmocka_unit_test_setup(quit_asks_first, start_all),
		cmocka_unit_test_setup(log_lines_stand_alone_in_every_view, start_attached),
		cmocka_unit_test_setup(a_gap_in_the_log_is_said, start_all),
		cmocka_unit_test_setup(the_monitor_holds_output_back, start_all),
		cmocka_unit_test_setup(the_monitor_does_what_needs_nobody_else, start_all),
		cmocka_unit_test_setup(an_answer_too_long_is_counted, start_all),
		cmocka_unit_test_setup(the_banner_says_how_to_leave, start_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
