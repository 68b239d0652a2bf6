/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/monitor.h"

#include "base/format.h"
#include "flow/life.h"
#include "flow/move.h"
#include "flow/show.h"

static void say(struct console *console, const struct vm *vm, const char *words)
{
	char text[160];

	format_text(text, sizeof(text), "%s %s\n", vm->config->name, words);
	console_print(console, text);
}

static void start(struct console *console, struct vm *vm)
{
	enum err result = life_start(vm);

	if (result == ERR_INVALID)
		say(console, vm, "has a mistake in its description and cannot start; the log says which");
	else if (result == ERR_CONFLICT)
		say(console, vm, "is not off: stop it first, or reset it");
}

static void stop(struct console *console, struct vm *vm, enum vm_after after)
{
	if (vm->state == VM_STOPPED || vm->state == VM_BROKEN)
		say(console, vm, "is off already");
	else
		life_stop(vm, after);
}

void monitor_perform(struct console *console, const struct monitor_command *command)
{
	switch (command->verb) {
	case MONITOR_VM:
	case MONITOR_IRQ:
	case MONITOR_CPU:
		show_answer(console, command);
		break;
	case MONITOR_IRQ_MOVE:
		say(console, &box.vm[command->vm],
			move_words(move_interrupt((uint32_t)command->intid, &box.vm[command->vm],
									  command->move & MONITOR_MOVE_DEVICE, command->move & MONITOR_MOVE_FORCE,
									  NULL)));
		break;
	case MONITOR_START:
		start(console, &box.vm[command->vm]);
		break;
	case MONITOR_STOP:
		stop(console, &box.vm[command->vm], VM_THEN_STOPPED);
		break;
	case MONITOR_RESET:
		stop(console, &box.vm[command->vm], VM_THEN_RESTART);
		break;
	default:
		break; /* the console has done it */
	}
}
