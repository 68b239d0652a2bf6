/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor: commands and mistakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/bits.h"
#include "console/monitor.h"

static char said[4096];

static void say(void *context, const char *text)
{
	(void)context;
	strncat(said, text, sizeof(said) - strlen(said) - 1);
	strncat(said, "\n", sizeof(said) - strlen(said) - 1);
}

static const struct monitor_names names = {.name = {"linux", "rt", "reset"}, .count = 3};

static enum err parse(const char *text, struct monitor_command *out)
{
	struct report report = {.line = say};
	char line[MONITOR_LINE_MAX];

	snprintf(line, sizeof(line), "%s", text);
	said[0] = 0;
	return monitor_parse(line, &names, out, &report);
}

#define NONE MONITOR_NONE
#define VIRTUAL CONFIG_DELIVERY_VIRTUAL

static const struct {
	const char *line;
	struct monitor_command command;
} command_rows[] = {
	{"help", {MONITOR_HELP, NONE, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"  help   irq  ", {MONITOR_HELP, NONE, NONE, NONE, 0, LOG_ERROR, MONITOR_IRQ, false, 0, VIRTUAL, {0}}},
	{"vm", {MONITOR_VM, NONE, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"vm rt", {MONITOR_VM, 1, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"vm reset", {MONITOR_VM, 2, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"vm --json", {MONITOR_VM, NONE, NONE, NONE, 0, LOG_ERROR, NONE, true, 0, VIRTUAL, {0}}},
	{"--json vm rt", {MONITOR_VM, 1, NONE, NONE, 0, LOG_ERROR, NONE, true, 0, VIRTUAL, {0}}},
	{"irq", {MONITOR_IRQ, NONE, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"irq 33", {MONITOR_IRQ, NONE, NONE, 33, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"irq 0x21", {MONITOR_IRQ, NONE, NONE, 33, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"irq 1019 --json", {MONITOR_IRQ, NONE, NONE, 1019, 0, LOG_ERROR, NONE, true, 0, VIRTUAL, {0}}},
	{"irq move 34 rt", {MONITOR_IRQ_MOVE, 1, NONE, 34, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"irq move 34 rt device force",
	 {MONITOR_IRQ_MOVE,
	  1,
	  NONE,
	  34,
	  0,
	  LOG_ERROR,
	  NONE,
	  false,
	  MONITOR_MOVE_DEVICE | MONITOR_MOVE_FORCE,
	  VIRTUAL,
	  {0}}},
	{"irq move 34 rt 0", {MONITOR_IRQ_MOVE, 1, 0, 34, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"irq move 34 rt 15 force device",
	 {MONITOR_IRQ_MOVE,
	  1,
	  15,
	  34,
	  0,
	  LOG_ERROR,
	  NONE,
	  false,
	  MONITOR_MOVE_DEVICE | MONITOR_MOVE_FORCE,
	  VIRTUAL,
	  {0}}},
	{"irq mode rt virtual", {MONITOR_IRQ_MODE, 1, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"irq mode linux direct",
	 {MONITOR_IRQ_MODE, 0, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, CONFIG_DELIVERY_DIRECT, {0}}},
	{"irq mode rt auto",
	 {MONITOR_IRQ_MODE, 1, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, CONFIG_DELIVERY_AUTO, {0}}},
	{"irq linux", {MONITOR_IRQ, 0, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"cpu", {MONITOR_CPU, NONE, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"sched", {MONITOR_SCHED, NONE, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"sched rt --json", {MONITOR_SCHED, 1, NONE, NONE, 0, LOG_ERROR, NONE, true, 0, VIRTUAL, {0}}},
	{"sched priority rt 31",
	 {MONITOR_SCHED_PRIORITY, 1, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {.priority = 31}}},
	{"sched budget rt 200 1000",
	 {MONITOR_SCHED_BUDGET,
	  1,
	  NONE,
	  NONE,
	  0,
	  LOG_ERROR,
	  NONE,
	  false,
	  0,
	  VIRTUAL,
	  {.budget_us = 200, .period_us = 1000}}},
	{"sched budget linux 200 1000 hard",
	 {MONITOR_SCHED_BUDGET,
	  0,
	  NONE,
	  NONE,
	  0,
	  LOG_ERROR,
	  NONE,
	  false,
	  0,
	  VIRTUAL,
	  {.budget_us = 200, .period_us = 1000, .budget_hard = true}}},
	{"sched budget rt none",
	 {MONITOR_SCHED_BUDGET, 1, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"log", {MONITOR_LOG, NONE, NONE, NONE, 20, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"log 256", {MONITOR_LOG, NONE, NONE, NONE, 256, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"log level debug", {MONITOR_LOG_LEVEL, NONE, NONE, NONE, 20, LOG_DEBUG, NONE, false, 0, VIRTUAL, {0}}},
	{"start rt", {MONITOR_START, 1, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"stop linux", {MONITOR_STOP, 0, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"reset rt", {MONITOR_RESET, 1, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"vm reset rt", {MONITOR_RESET, 1, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"vm stop reset", {MONITOR_STOP, 2, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"attach rt", {MONITOR_ATTACH, 1, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"attach all", {MONITOR_ATTACH, MONITOR_ALL, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
	{"quit", {MONITOR_QUIT, NONE, NONE, NONE, 0, LOG_ERROR, NONE, false, 0, VIRTUAL, {0}}},
};

static void every_command_is_understood(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(command_rows); i++) {
		struct monitor_command got;

		memset(&got, 0xa5, sizeof(got));
		assert_int_equal(parse(command_rows[i].line, &got), OK);
		assert_string_equal(said, "");
		assert_int_equal(got.verb, command_rows[i].command.verb);
		assert_int_equal(got.vm, command_rows[i].command.vm);
		assert_int_equal(got.vcpu, command_rows[i].command.vcpu);
		assert_int_equal(got.intid, command_rows[i].command.intid);
		assert_int_equal(got.topic, command_rows[i].command.topic);
		assert_int_equal(got.count, command_rows[i].command.count);
		assert_int_equal(got.level, command_rows[i].command.level);
		assert_int_equal(got.json, command_rows[i].command.json);
		assert_int_equal(got.move, command_rows[i].command.move);
		assert_int_equal(got.delivery, command_rows[i].command.delivery);
		assert_int_equal(got.turn.priority, command_rows[i].command.turn.priority);
		assert_int_equal(got.turn.budget_us, command_rows[i].command.turn.budget_us);
		assert_int_equal(got.turn.period_us, command_rows[i].command.turn.period_us);
		assert_int_equal(got.turn.budget_hard, command_rows[i].command.turn.budget_hard);
	}
}

static const struct {
	const char *line, *words;
} mistake_rows[] = {
	{"strt rt", "no command \"strt\": did you mean \"start\"?\n"},
	{"rest", "no command \"rest\": did you mean \"reset\"?\n"},
	{"vms", "no command \"vms\": did you mean \"vm\"?\n"},
	{"x", "no command \"x\": \"help\" lists them\n"},
	{"--json", "no command \"--json\": \"help\" lists them\n"},
	{"averyveryverylongcommandthatdoesnotexist", "no command \"averyveryverylongcommandthatdoesnotexist\": "
												 "\"help\" lists them\n"},
	{"help me", "no command \"me\": \"help\" lists them\n"},
	{"help vm rt", "usage: help [COMMAND]\n"},
	{"vm foo", "no VM \"foo\": there are linux, rt, reset\n"},
	{"vm linux rt", "usage: vm [NAME] [--json]\n"},
	{"irq 1020", "\"1020\" is no INTID: 0 to 1019, or the name of a VM\n"},
	{"irq 99999999999999999999", "\"99999999999999999999\" is no INTID: 0 to 1019, or the name of a VM\n"},
	{"irq 3a", "\"3a\" is no INTID: 0 to 1019, or the name of a VM\n"},
	{"irq 0x", "\"0x\" is no INTID: 0 to 1019, or the name of a VM\n"},
	{"irq move 34 rtx", "no VM \"rtx\": there are linux, rt, reset\n"},
	{"irq move 34", "usage: irq move INTID NAME [VCPU] [device] [force]\n"},
	{"irq move 1020 rt", "usage: irq move INTID NAME [VCPU] [device] [force]\n"},
	{"irq move 34 rt device 1", "usage: irq move INTID NAME [VCPU] [device] [force]\n"},
	{"irq move 34 rt 16", "\"16\" is no vCPU: 0 to 15\n"},
	{"irq move 34 rt 1st", "\"1st\" is no vCPU: 0 to 15\n"},
	{"irq mode", "usage: irq mode NAME virtual|direct|auto\n"},
	{"irq mode rt", "usage: irq mode NAME virtual|direct|auto\n"},
	{"irq mode rtx direct", "no VM \"rtx\": there are linux, rt, reset\n"},
	{"irq mode rt quick", "no mode \"quick\": there are virtual, direct, auto\n"},
	{"irq mode rt direct now", "usage: irq mode NAME virtual|direct|auto\n"},
	{"irq rtx", "no VM \"rtx\": there are linux, rt, reset\n"},
	{"irq 1 2", "usage: irq [INTID|NAME|move|mode] [--json]\n"},
	{"cpu 1", "usage: cpu [--json]\n"},
	{"sched rt rt", "usage: sched [NAME|priority|budget] [--json]\n"},
	{"sched rtx", "no VM \"rtx\": there are linux, rt, reset\n"},
	{"sched priority", "usage: sched priority NAME NUMBER\n"},
	{"sched priority rt 1 2", "usage: sched priority NAME NUMBER\n"},
	{"sched priority rtx 1", "no VM \"rtx\": there are linux, rt, reset\n"},
	{"sched priority rt 32", "\"32\" is no priority: 0 to 31\n"},
	{"sched priority rt high", "\"high\" is no priority: 0 to 31\n"},
	{"sched budget rt", "usage: sched budget NAME none|BUDGET-US PERIOD-US [hard]\n"},
	{"sched budget rt 100", "usage: sched budget NAME none|BUDGET-US PERIOD-US [hard]\n"},
	{"sched budget rt none hard", "\"none\" is no time in microseconds\n"},
	{"sched budget rt 100 200 soft", "usage: sched budget NAME none|BUDGET-US PERIOD-US [hard]\n"},
	{"sched budget rtx none", "no VM \"rtx\": there are linux, rt, reset\n"},
	{"sched budget rt 100 1ms", "\"1ms\" is no time in microseconds\n"},
	{"sched budget rt 0 100", "a budget of 0 is none at all: give \"none\" for no limit\n"},
	{"sched budget rt 100000000 1", "\"100000000\" is no time in microseconds\n"},
	{"log 0", "\"0\" is no count of lines: 1 to 256 are kept\n"},
	{"log 257", "\"257\" is no count of lines: 1 to 256 are kept\n"},
	{"log -1", "\"-1\" is no count of lines: 1 to 256 are kept\n"},
	{"log level", "usage: log [COUNT|level WORD]\n"},
	{"log level loud", "no level \"loud\": there are error, warn, info, debug\n"},
	{"log 1 2", "usage: log [COUNT|level WORD]\n"},
	{"start", "usage: start NAME\n"},
	{"stop all", "no VM \"all\": there are linux, rt, reset\n"},
	{"reset rt now", "usage: reset NAME\n"},
	{"attach", "usage: attach NAME|all\n"},
	{"quit now", "usage: quit\n"},
	{"quit --json", "\"quit\" has no --json\n"},
	{"a b c d e f g h", "no command has more than 7 words\n"},
};

static void every_mistake_is_explained(void **state)
{
	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(mistake_rows); i++) {
		struct monitor_command got = {.verb = MONITOR_VERB_COUNT};

		assert_int_equal(parse(mistake_rows[i].line, &got), ERR_INVALID);
		assert_string_equal(said, mistake_rows[i].words);
		assert_int_equal(got.verb, MONITOR_VERB_COUNT);
	}
	assert_int_equal(parse("", &(struct monitor_command){0}), ERR_NOT_FOUND);
	assert_int_equal(parse("   ", &(struct monitor_command){0}), ERR_NOT_FOUND);
	assert_string_equal(said, "");
}

static void help_fits_the_screen(void **state)
{
	struct report report = {.line = say};

	(void)state;
	said[0] = 0;
	monitor_help(MONITOR_NONE, &report);
	assert_int_equal(report.line_count, 13);
	for (char *line = strtok(said, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 80);
	said[0] = 0;
	monitor_help(MONITOR_RESET, &report);
	assert_string_equal(said, "  reset NAME                   stop a VM and start it again\n");
	said[0] = 0;
	monitor_help(MONITOR_SCHED, &report);
	assert_string_equal(said,
						"  sched [NAME|priority|budget] list vCPUs that share pCPUs; set their shares\n"
						"  sched priority NAME NUMBER\n"
						"  sched budget NAME none|BUDGET-US PERIOD-US [hard]\n"
						"  ... --json                   answer of vm, irq, cpu or sched as a line of JSON\n");
	said[0] = 0;
	monitor_help(MONITOR_IRQ, &report);
	assert_string_equal(said,
						"  irq [INTID|NAME|move|mode]   list interrupts and owners; move; set delivery\n"
						"  irq move INTID NAME [VCPU] [device] [force]\n"
						"  irq mode NAME virtual|direct|auto\n"
						"  ... --json                   answer of vm, irq, cpu or sched as a line of JSON\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_command_is_understood),
		cmocka_unit_test(every_mistake_is_explained),
		cmocka_unit_test(help_fits_the_screen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
