/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/housekeeping/change_share.h"

#include "base/format.h"
#include "flow/box/reshare.h"

static void print_line(void *context, const char *text)
{
	console_print(context, text);
	console_print(context, "\n");
}

/* Of what it has, one property is another. */
static struct config_turn wanted(const struct vm *vm, const struct monitor_command *command)
{
	struct config_turn turn = vm->config->turn;

	if (command->verb == MONITOR_SCHED_PRIORITY) {
		turn.priority = command->turn.priority;
		return turn;
	}
	turn.budget_us = command->turn.budget_us;
	turn.period_us = command->turn.period_us;
	turn.budget_hard = command->turn.budget_hard;
	return turn;
}

static void say_what_it_has(struct report *report, const struct vm *vm, enum monitor_verb verb)
{
	const struct config_turn *turn = &vm->config->turn;

	if (verb == MONITOR_SCHED_PRIORITY)
		report_line(report, "%s has priority %u", vm->config->name, turn->priority);
	else if (turn->budget_us == 0)
		report_line(report, "%s has no budget: it has no limit", vm->config->name);
	else
		report_line(report, "%s has a budget of %llu us in %llu us%s", vm->config->name,
					(unsigned long long)turn->budget_us, (unsigned long long)turn->period_us,
					turn->budget_hard ? ", and waits when it is spent" : "");
}

void change_share(struct console *console, const struct monitor_command *command)
{
	struct report report = {.line = print_line, .context = console};
	const struct vm *vm = &box.vm[command->vm];
	struct config_turn turn = wanted(vm, command);

	if (!config_change_turn(&box.config, vm->number, &turn, &report))
		return;
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		if (vm->vcpu[v]->shares)
			reshare_ask(vm->vcpu[v]);
	say_what_it_has(&report, vm, command->verb);
}
