/* SPDX-License-Identifier: Apache-2.0 */
/* What the terminal shows when VMs print. */
#include "console_terminal.h"

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
	/* After an interruption the line continues after its VM's name, and nothing is shown twice. */
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

/* For programs: no line comes within another one, even if that one does not continue for long. */
static void whole_lines_wait_for_their_end(void **state)
{
	(void)state;
	console.setup.whole_lines = true;
	say(0, "pass");
	settle();
	now_us += 100 * CONSOLE_STILL_US;
	assert_true(console_collect(&console, now_us).next_us == UINT64_MAX);
	say(1, "tick\n");
	settle();
	say(0, "word\nhalf");
	expect("[rt] tick\r\n[linux] password\r\n");
	console_collect(&console, UINT64_MAX); /* before the machine goes off */
	expect("[linux] half");
}

static void power_off_shows_everything(void **state)
{
	struct console_news news;

	(void)state;
	for (unsigned i = 0; i < 300; i++)
		say(1, "last words\n");
	say(0, "half");
	do
		news = console_collect(&console, UINT64_MAX);
	while (console_transmit(&console, uart) || news.more);
	assert_int_equal(count_shown("[rt] last words\r\n"), 300);
	assert_int_equal(count_shown("[linux] half"), 1);
}

/* It is taken in pieces, but what is left of it is known to come: the log waits for its end. */
static void power_off_cuts_no_line(void **state)
{
	char line[3 * CONSOLE_QUOTA] = "";
	struct console_news news;

	(void)state;
	memset(line, 'x', sizeof(line) - 2);
	line[sizeof(line) - 2] = '\n';
	say(1, line);
	log_info("off");
	do
		news = console_collect(&console, UINT64_MAX);
	while (console_transmit(&console, uart) || news.more);
	line[sizeof(line) - 2] = 0;
	assert_int_equal(count_shown(line), 1);
}

/* The terminal may take everything at once, and so never report that there is room again. */
static void a_full_terminal_is_tried_again(void **state)
{
	struct console_news news = {0};

	(void)state;
	uart_room = 0;
	for (unsigned i = 0; i < 20; i++) {
		say(0, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"
			   "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n");
		do
			news = console_collect(&console, now_us);
		while (news.next_us == now_us);
	}
	assert_true(news.more);
	assert_int_equal(news.next_us, now_us + CONSOLE_FULL_US);
	uart_room = SIZE_MAX;
	assert_false(console_transmit(&console, uart));
	news = console_collect(&console, now_us);
	assert_true(news.drained & 1);
}

static const struct {
	const char *said, *shown;
} control_rows[] = {
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

static void control_sequences_are_left_out(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(control_rows); i++) {
		char shown[100];

		start_all(NULL);
		snprintf(shown, sizeof(shown), "[linux] %s\r\n[linux] next\r\n", control_rows[i].shown);
		say(0, control_rows[i].said);
		say(0, "\nnext\n");
		expect(shown);
	}
	/* An unfinished line does not hide the next one. */
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
		if (c >= 0x80 && c < 0xa0) /* only inside a character, and never after 0xc2 */
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
	/* The line waited only for the bytes that were already on their way to the terminal. */
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
	/* The rest is line ends. */
	assert_true(sent - dropped[0] - shown <= sent / 16);
}

static void every_byte_is_shown_or_counted(void **state)
{
	unsigned sent = 0;
	char text[32];

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
}

static void the_newest_lines_are_kept_out_of_view(void **state)
{
	unsigned count = 0, last = 0;
	char text[32];

	(void)state;
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
	for (char *at = screen; (at = strstr(at, "[linux] line ")) != NULL; at++) {
		unsigned number = (unsigned)atoi(at + 13);

		assert_true(count == 0 || number == last + 1);
		last = number;
		count++;
	}
	assert_true(count > CONSOLE_KEPT / 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(lines_do_not_mix, start_all),
		cmocka_unit_test(names_have_colours),
		cmocka_unit_test_setup(a_still_line_is_shown_and_continued, start_all),
		cmocka_unit_test_setup(a_full_terminal_is_tried_again, start_all),
		cmocka_unit_test_setup(whole_lines_wait_for_their_end, start_all),
		cmocka_unit_test_setup(power_off_shows_everything, start_all),
		cmocka_unit_test_setup(power_off_cuts_no_line, start_all),
		cmocka_unit_test(control_sequences_are_left_out),
		cmocka_unit_test_setup(no_byte_of_a_guest_controls_the_terminal, start_all),
		cmocka_unit_test_setup(a_long_line_is_one_line, start_all),
		cmocka_unit_test_setup(a_flood_is_counted_and_starves_nobody, start_all),
		cmocka_unit_test_setup(every_byte_is_shown_or_counted, start_all),
		cmocka_unit_test_setup(the_newest_lines_are_kept_out_of_view, start_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
