/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's answer to each command in each state of a VM: the command acts, or the answer says why not.
 */
#include "console_terminal.h"
#include "flow/housekeeping/monitor.h"
#include "flow/housekeeping/show.h"
#include "flow/own/move.h"
#include "seizure_vm.h"

#define MISTAKE "linux has a mistake in its description and cannot start; the log says which\n"

static enum obstacle delivered;

/* As the real functions where the VM does not run. */
enum obstacle delivery_change(struct vm *vm, enum config_delivery wanted, const struct vm *caller)
{
	(void)caller;
	(void)wanted;
	delivered = vm->state == VM_STARTING || vm->state == VM_STOPPING ? OBSTACLE_ACTIVE : OBSTACLE_NONE;
	return delivered;
}

const char *obstacle_words(enum obstacle result)
{
	assert_int_equal(result, OBSTACLE_ACTIVE);
	return "it starts or stops";
}

enum move_result move_interrupt(const struct move_request *request)
{
	return request->to->state == VM_RUNNING ? MOVE_DONE : MOVE_NOT_RUNNING;
}

const char *move_words(enum move_result result)
{
	return result == MOVE_DONE ? "has it now" : "cannot have it now: it does not run";
}

void show_answer(struct console *terminal, const struct monitor_command *command)
{
	(void)command;
	console_print(terminal, "table\n");
}

static const struct {
	const char *command;
	enum vm_state state;
	enum vm_after after;
	const char *answer; /* "": it acts, and the log reports it */
	enum vm_state then;
	enum vm_after then_after;
} rows[] = {
	{"start", VM_BROKEN, 0, MISTAKE, VM_BROKEN, 0},
	{"start", VM_STOPPED, 0, "", VM_STARTING, 0},
	{"start", VM_STARTING, 0, "linux is starting already\n", VM_STARTING, 0},
	{"start", VM_RUNNING, 0, "linux is running: stop it first, or reset it\n", VM_RUNNING, 0},
	{"start", VM_STOPPING, VM_THEN_STOPPED, "linux is stopping: start it when it is off\n", VM_STOPPING,
	 VM_THEN_STOPPED},
	{"start", VM_STOPPING, VM_THEN_RESTART, "linux is resetting already\n", VM_STOPPING, VM_THEN_RESTART},
	{"stop", VM_BROKEN, 0, "linux is off already\n", VM_BROKEN, 0},
	{"stop", VM_STOPPED, 0, "linux is off already\n", VM_STOPPED, 0},
	{"stop", VM_STARTING, 0, "", VM_STOPPING, VM_THEN_STOPPED},
	{"stop", VM_RUNNING, 0, "", VM_STOPPING, VM_THEN_STOPPED},
	{"stop", VM_STOPPING, VM_THEN_STOPPED, "linux is stopping already\n", VM_STOPPING, VM_THEN_STOPPED},
	{"stop", VM_STOPPING, VM_THEN_RESTART, "", VM_STOPPING, VM_THEN_STOPPED},
	{"reset", VM_BROKEN, 0, MISTAKE, VM_BROKEN, 0},
	{"reset", VM_STOPPED, 0, "linux is off: start it\n", VM_STOPPED, 0},
	{"reset", VM_STARTING, 0, "", VM_STOPPING, VM_THEN_RESTART},
	{"reset", VM_RUNNING, 0, "", VM_STOPPING, VM_THEN_RESTART},
	{"reset", VM_STOPPING, VM_THEN_STOPPED, "linux is stopping: start it when it is off\n", VM_STOPPING,
	 VM_THEN_STOPPED},
	{"reset", VM_STOPPING, VM_THEN_RESTART, "linux is resetting already\n", VM_STOPPING, VM_THEN_RESTART},
	{"irq move 40", VM_BROKEN, 0, "linux cannot have it now: it does not run\n", VM_BROKEN, 0},
	{"irq move 40", VM_STOPPED, 0, "linux cannot have it now: it does not run\n", VM_STOPPED, 0},
	{"irq move 40", VM_RUNNING, 0, "linux has it now\n", VM_RUNNING, 0},
	{"irq mode", VM_BROKEN, 0, MISTAKE, VM_BROKEN, 0},
	{"irq mode", VM_STOPPED, 0, "linux has direct delivery when it starts\n", VM_STOPPED, 0},
	{"irq mode", VM_STARTING, 0, "linux keeps its delivery: it starts or stops\n", VM_STARTING, 0},
	{"irq mode", VM_RUNNING, 0, "linux has direct delivery now\n", VM_RUNNING, 0},
	{"irq mode", VM_STOPPING, 0, "linux keeps its delivery: it starts or stops\n", VM_STOPPING, 0},
	{"vm", VM_BROKEN, 0, "table\n", VM_BROKEN, 0},
	{"irq", VM_BROKEN, 0, "table\n", VM_BROKEN, 0},
};

static void perform(const char *words)
{
	struct console_action action;

	start(CONSOLE_VIEW_ALL, false);
	keys(ESCAPE "m");
	action = keys(words);
	assert_int_equal(action.kind, CONSOLE_COMMAND);
	forget_screen();
	assert_true(monitor_perform(&console, &action.command, true));
	while (console_transmit(&console, uart))
		;
}

static void each_command_in_each_state(void **state)
{
	struct vm *vm = &box.vm[0];
	char line[40], answer[100];

	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++) {
		const char *end = strchr(rows[i].answer, '\n');

		set_up(state);
		strcpy(config.name, "linux");
		vm->state = rows[i].state;
		vm->after = rows[i].after;
		snprintf(line, sizeof(line), "%s linux%s\r", rows[i].command,
				 strcmp(rows[i].command, "irq mode") ? "" : " direct");
		snprintf(answer, sizeof(answer), "%.*s%s", end ? (int)(end - rows[i].answer) : 0, rows[i].answer,
				 end ? "\r\n" : "");
		perform(line);
		assert_string_equal(screen, answer);
		assert_int_equal(vm->state, rows[i].then);
		assert_int_equal(vm->after, rows[i].then_after);
	}
}

/* A command that only shows has --json, a form for programs; for a command that acts, --json is refused. */
static void only_tables_are_json(void **state)
{
	static const char *const acting[] = {"start linux --json\r", "stop linux --json\r",
										 "reset linux --json\r"};

	set_up(state);
	strcpy(config.name, "linux");
	perform("vm linux --json\r");
	assert_string_equal(screen, "table\r\n");
	for (unsigned i = 0; i < ARRAY_COUNT(acting); i++) {
		start(CONSOLE_VIEW_ALL, false);
		keys(ESCAPE "m");
		forget_screen();
		assert_int_equal(keys(acting[i]).kind, CONSOLE_NOTHING);
		settle();
		assert_non_null(strstr(screen, "has no --json\r\n"));
	}
	assert_int_equal(box.vm[0].state, VM_RUNNING);
}

/* A VM with one vCPU, which shares its pCPU. */
static void set_up_shares(void **state, enum vm_state vm_state, uint32_t shares)
{
	struct vm *vm = &box.vm[0];

	set_up(state);
	box.config.vm_count = 1;
	box.config.vm[0] = (struct config_vm){.name = "linux", .valid = true, .vcpu_count = 1, .shares = shares};
	box.config.vm[0].pcpu[0] = (uint8_t)vcpu.pcpu;
	vm->config = &box.config.vm[0];
	vm->state = vm_state;
	vcpu.shares = shares;
	queue_init(&box.pcpu[vcpu.pcpu].queue);
	queue_add(&box.pcpu[vcpu.pcpu].queue, &vcpu.turn);
}

/* Asked for here, and done by the pCPU that has the queue. */
static void shares_change(void **state)
{
	static const struct {
		const char *command;
		enum vm_state state;
		uint32_t shares;
		const char *answer;
		bool asked;
	} wanted[] = {
		{"sched priority linux 5\r", VM_RUNNING, 1, "linux has priority 5\r\n", true},
		{"sched priority linux 5\r", VM_STOPPED, 1, "linux has priority 5\r\n", true},
		{"sched budget linux 200 1000\r", VM_RUNNING, 1, "linux has a budget of 200 us in 1000 us\r\n", true},
		{"sched budget linux 200 1000 hard\r", VM_RUNNING, 1,
		 "linux has a budget of 200 us in 1000 us, and waits when it is spent\r\n", true},
		{"sched budget linux none\r", VM_RUNNING, 1, "linux has no budget: it has no limit\r\n", true},
		{"sched budget linux 2000 1000\r", VM_RUNNING, 1,
		 "linux: budget-us: 2000 is not between 100 and 1000\r\n", false},
		{"sched priority linux 5\r", VM_RUNNING, 0,
		 "linux: shares no processor: priority and budget would do nothing\r\n", false},
		{"sched priority linux 5\r", VM_BROKEN, 1,
		 "linux has a mistake in its description and cannot start; the log says which\r\n", false},
	};

	for (unsigned i = 0; i < ARRAY_COUNT(wanted); i++) {
		set_up_shares(state, wanted[i].state, wanted[i].shares);
		perform(wanted[i].command);
		assert_string_equal(screen, wanted[i].answer);
		assert_int_equal(box.pcpu[vcpu.pcpu].reshared, wanted[i].asked);
		assert_int_equal(vcpu.reshared != 0, wanted[i].asked);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_command_in_each_state),
		cmocka_unit_test(only_tables_are_json),
		cmocka_unit_test(shares_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
