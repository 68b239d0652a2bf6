/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An attached VM has the terminal, but the log is read: whatever the VM sends, a line of the log comes in
 * time, and every terminal shows it as a line of its own. Terminals differ; here are several.
 */
#include "console_terminal.h"

#define LOG_WAITS_MAX_US 200000
#define STEP_US 10000

enum variant {
	BEL_ENDS_STRINGS = 1,
	CONTROL_ENDS_SEQUENCES = 2, /* otherwise they are obeyed inside of a sequence */
	CAN_IN_STRINGS_IS_TEXT = 4,
	OBEYS_C1 = 8,  /* in UTF-8 */
	OVERLONG = 16, /* takes overlong UTF-8 for what it would mean */
	VARIANTS = 32,
};

/* A terminal: the text that it shows, without the movements of its cursor. */
static struct {
	unsigned variant;
	enum { GROUND, AFTER_ESC, CSI, OSC, STRING } state;
	unsigned missing;
	uint32_t point, length;
	size_t used;
	char text[1 << 20];
} term;

static void obey_c1(uint32_t point)
{
	if (point == 0x9b)
		term.state = CSI;
	else if (point == 0x9d)
		term.state = OSC;
	else if (point == 0x90 || point == 0x98 || point == 0x9e || point == 0x9f)
		term.state = STRING;
}

static void shows_utf8(uint8_t byte)
{
	if ((byte & 0xc0) != 0x80) {
		term.missing = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
		term.point = byte & (0x3f >> term.missing);
		term.length = term.missing;
		return;
	}
	if (!term.missing)
		return;
	term.point = term.point << 6 | (byte & 0x3f);
	if (--term.missing == 0 && (term.variant & OBEYS_C1) && (term.length == 1 || (term.variant & OVERLONG)))
		obey_c1(term.point);
}

static bool is_control(uint8_t byte)
{
	bool string = term.state == OSC || term.state == STRING;

	if (byte == 0x1b) {
		term.state = AFTER_ESC;
		return true;
	}
	if (byte == 0x18 || byte == 0x1a) {
		if (!string || !(term.variant & CAN_IN_STRINGS_IS_TEXT))
			term.state = GROUND;
		return true;
	}
	if (byte >= ' ' || term.state == GROUND)
		return false;
	if (string && byte == '\a')
		term.state = term.state == OSC || (term.variant & BEL_ENDS_STRINGS) ? GROUND : STRING;
	else if (term.variant & CONTROL_ENDS_SEQUENCES)
		term.state = GROUND;
	return string || byte != '\n';
}

static void shows(uint8_t byte)
{
	if (byte >= 0x80) {
		shows_utf8(byte);
		return;
	}
	term.missing = 0;
	if (is_control(byte))
		return;
	if (term.state == GROUND || byte == '\n') {
		if (byte != '\r')
			term.text[term.used++] = (char)byte;
	} else if (term.state == AFTER_ESC) {
		term.state = byte == '['            ? CSI
					 : byte == ']'          ? OSC
					 : strchr("PX^_", byte) ? STRING
					 : byte < '0'           ? AFTER_ESC
											: GROUND;
	} else if (term.state == CSI && byte >= '@') {
		term.state = GROUND;
	}
}

/* Every line of the log that was written is a line on every terminal. */
static void expect_log_everywhere(unsigned lines)
{
	char line[40];

	for (unsigned variant = 0; variant < VARIANTS; variant++) {
		char *from = term.text;

		memset(&term, 0, sizeof(term));
		term.variant = variant;
		for (size_t i = 0; i < screen_length; i++)
			shows((uint8_t)screen[i]);
		for (unsigned n = 0; n < lines; n++) {
			snprintf(line, sizeof(line), "cpu0: said %u.\n", n);
			from = strstr(from, line);
			assert_non_null(from);
			while (from > term.text && from[-1] != '\n')
				from--;
			assert_ptr_equal(strstr(from, "[signalbox] "), from);
		}
	}
}

/*
 * A line is logged, and the VM continues with one byte in each step. The line comes in time, whatever these
 * bytes are.
 */
static void expect_in_time(unsigned number, const char *then, size_t length)
{
	char line[40];
	uint64_t since = now_us;

	snprintf(line, sizeof(line), "said %u.", number);
	log_info("%s", line);
	for (unsigned n = 0; !strstr(screen, line); n++) {
		assert_true(now_us - since < LOG_WAITS_MAX_US);
		now_us += STEP_US;
		if (length)
			say_bytes(0, &then[n % length], 1);
		pass();
	}
	for (size_t i = 0; i < length; i++) {
		say_bytes(0, &then[i], 1);
		pass();
	}
}

static const struct {
	const char *begun, *then;
} rows[] = {
	{"\033]", "x"},
	{"\033]0;title", "0"},
	{"\033[", "1"},
	{"\033[", ";"},
	{"\033[3", "\n"},
	{"\033P1$r", "q"},
	{"\033X", "sos"},
	{"\033^", "pm"},
	{"\033_", "apc\a"},
	{"\033(", "(B"},
	{"\033", "\033"},
	{"\033]", "\033]"},
	{"\033]0\n", "\r\n"},
	{"\033P\a", "\a"},
	{"\303", ""},
	{"\342\202", ""},
	{"\302\233", "1"},
	{"\302\235", "0"},
	{"\340\202\233", "1"},
	{"\360\200\202\220", "x"},
	{"\033]\030\033]", "x"},
	{"text \033[1;31mred", "x"},
	{"\033[\033P\033]", "\302"},
	{"\360\237", "\230"},
};

static void no_unfinished_sequence_hides_the_log(void **state)
{
	unsigned lines = 0;

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		say(0, rows[i].begun);
		pass();
		expect_in_time(lines++, rows[i].then, strlen(rows[i].then));
		say(0, "m\033\\\030\r\n");
		settle();
	}
	expect_log_everywhere(lines);
}

/* A finished sequence is not cancelled: programs on the terminal continue undisturbed. */
static void a_finished_sequence_is_left_alone(void **state)
{
	(void)state;
	say(0, "\033[1;31mred\033[0m \033]0;title\a\033]2;x\033\\\033(B\303\244 \342\202\254 \033=$ ");
	forget_screen();
	log_info("said 0.");
	settle();
	assert_ptr_equal(strstr(screen, "\r\n[signalbox] "), screen);
	assert_null(strchr(screen, '\030'));
}

static void whatever_a_vm_sends_the_log_is_read(void **state)
{
	static const char alphabet[] =
		"\033\033\033[]PX^_\\;0m\a\n\r\030\032\302\303\340\342\202\220\233\235\236x";
	unsigned random = 1, lines = 0;

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		char sent[6];

		for (unsigned i = 0; i < sizeof(sent); i++) {
			random = random * 1103515245 + 12345;
			sent[i] = alphabet[(random >> 16) % (sizeof(alphabet) - 1)];
		}
		say_bytes(0, sent, random >> 8 & 3);
		pass();
		if (random >> 28 == 0)
			keys(ESCAPE "h");
		expect_in_time(lines++, sent + 3, random >> 10 & 3);
	}
	expect_log_everywhere(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(no_unfinished_sequence_hides_the_log, start_attached),
		cmocka_unit_test_setup(a_finished_sequence_is_left_alone, start_attached),
		cmocka_unit_test_setup(whatever_a_vm_sends_the_log_is_read, start_attached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
