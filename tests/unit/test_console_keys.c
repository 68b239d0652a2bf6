/* SPDX-License-Identifier: Apache-2.0 */
/* Where keys go, what the views show, and the monitor as part of the terminal. */
#include "console_terminal.h"

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

	/* The other VM: what was missed, and its unfinished line. */
	assert_int_equal(keys(ESCAPE "n").kind, CONSOLE_NOTHING);
	expect("\r\n-- rt: keys go to this VM; Ctrl-] h for help --\r\nhidden\r\nhalf");
	assert_int_equal(keys("x").vm, 1);
	/* The first VM again: its prompt is there, without the control sequences. */
	keys(ESCAPE "0");
	expect("\r\n-- linux: keys go to this VM; Ctrl-] h for help --\r\n~ # ");
	/* All VMs: unfinished lines are shown after their names. */
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
	expect("-- all VMs, line by line; keys go to no VM: Ctrl-] 0..9 attaches one --\r\n");
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
	/* Not inside a guest's control sequence, unless the sequence does not continue. */
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
	expect("\r\n-- all VMs, line by line; keys go to no VM: Ctrl-] 0..9 attaches one --\r\n"
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
	assert_non_null(strstr(screen, "  irq [INTID|NAME|move|mode]   list interrupts"));
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
		   "-- all VMs, line by line; keys go to no VM: Ctrl-] 0..9 attaches one --\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
