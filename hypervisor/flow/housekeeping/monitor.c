/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/housekeeping/monitor.h"

#include "base/format.h"
#include "flow/housekeeping/change_share.h"
#include "flow/housekeeping/show.h"
#include "flow/life/life.h"
#include "flow/own/delivery.h"
#include "flow/own/move.h"

static void say(struct console *console, const struct vm *vm, const char *words)
{
	char text[160];

	format_text(text, sizeof(text), "%s %s\n", vm->config->name, words);
	console_print(console, text);
}

static const char has_mistake[] = "has a mistake in its description and cannot start; the log says which";

/* Why a command changes nothing, by the state that the VM is in. */
static const char *const refusals[][VM_STOPPING + 1] = {
	[MONITOR_START] =
		{
			[VM_BROKEN] = has_mistake,
			[VM_STOPPED] = "changed its state just now; start it again",
			[VM_STARTING] = "is starting already",
			[VM_RUNNING] = "is running: stop it first, or reset it",
			[VM_STOPPING] = "is stopping: start it when it is off",
		},
	[MONITOR_STOP] =
		{
			[VM_BROKEN] = "is off already",
			[VM_STOPPED] = "is off already",
			[VM_STARTING] = "changed its state just now; stop it again",
			[VM_RUNNING] = "changed its state just now; stop it again",
			[VM_STOPPING] = "is stopping already",
		},
	[MONITOR_RESET] =
		{
			[VM_BROKEN] = has_mistake,
			[VM_STOPPED] = "is off: start it",
			[VM_STARTING] = "changed its state just now; reset it again",
			[VM_RUNNING] = "changed its state just now; reset it again",
			[VM_STOPPING] = "is stopping: start it when it is off",
		},
};

/* A VM that is resetting gets the same answer to every command. */
static void refuse(struct console *console, struct vm *vm, enum monitor_verb verb)
{
	enum vm_state state = atomic_load(&vm->state);

	if (state == VM_STOPPING && atomic_load(&vm->after) == VM_THEN_RESTART)
		say(console, vm, "is resetting already");
	else
		say(console, vm, refusals[verb][state]);
}

/* Start, stop or reset. */
static void change_life(struct console *console, struct vm *vm, enum monitor_verb verb)
{
	bool done;

	log_forgive(&vm->log);
	if (verb == MONITOR_START)
		done = life_start(vm) == OK;
	else
		done = life_stop(vm, verb == MONITOR_RESET ? VM_THEN_RESTART : VM_THEN_STOPPED);
	if (!done)
		refuse(console, vm, verb);
}

static bool move(struct console *console, const struct monitor_command *command, bool last)
{
	const struct move_request request = {
		.intid = (uint32_t)command->intid,
		.to = &box.vm[command->vm],
		.vcpu = command->vcpu == MONITOR_NONE ? MOVE_AS_ROUTED : command->vcpu,
		.device = command->move & MONITOR_MOVE_DEVICE,
		.force = command->move & MONITOR_MOVE_FORCE,
	};
	enum move_result result = move_interrupt(&request);

	if ((result == MOVE_ACTIVE || result == MOVE_BUSY) && !last)
		return false;
	say(console, request.to, move_words(result));
	return true;
}

static bool deliver(struct console *console, const struct monitor_command *command, bool last)
{
	struct vm *vm = &box.vm[command->vm];
	enum obstacle result = delivery_change(vm, command->delivery, NULL);
	char text[160];

	if (obstacle_may_pass(result) && !last)
		return false;
	if (result == OBSTACLE_NONE && vm->state == VM_BROKEN)
		format_text(text, sizeof(text), "%s", has_mistake);
	else if (result == OBSTACLE_NONE)
		format_text(text, sizeof(text), "has %s delivery%s", monitor_delivery_text(command->delivery),
					vm->state == VM_RUNNING ? " now" : " when it starts");
	else
		format_text(text, sizeof(text), "%s: %s",
					obstacle_may_pass(result) ? "keeps its delivery" : "cannot have direct delivery",
					obstacle_words(result));
	say(console, vm, text);
	return true;
}

bool monitor_perform(struct console *console, const struct monitor_command *command, bool last)
{
	switch (command->verb) {
	case MONITOR_VM:
	case MONITOR_IRQ:
	case MONITOR_CPU:
	case MONITOR_SCHED:
		show_answer(console, command);
		break;
	case MONITOR_IRQ_MOVE:
		return move(console, command, last);
	case MONITOR_IRQ_MODE:
		return deliver(console, command, last);
	case MONITOR_SCHED_PRIORITY:
	case MONITOR_SCHED_BUDGET:
		if (box.vm[command->vm].state == VM_BROKEN)
			say(console, &box.vm[command->vm], has_mistake);
		else
			change_share(console, command);
		break;
	case MONITOR_START:
	case MONITOR_STOP:
	case MONITOR_RESET:
		change_life(console, &box.vm[command->vm], command->verb);
		break;
	default:
		break; /* the console has done it */
	}
	return true;
}
