/* SPDX-License-Identifier: Apache-2.0 */
/* Input: keys for the attached VM, for the console itself, and for the monitor. */
#include <string.h>

#include "base/format.h"
#include "console/screen.h"

#define CTRL_BRACKET 0x1d

static const struct console_action nothing = {.kind = CONSOLE_NOTHING};

static void say_view(struct console *console)
{
	if (console->view == CONSOLE_VIEW_ALL)
		screen_note(console, "all VMs, line by line; keys go to no VM: Ctrl-] 0..9 attaches one");
	else
		screen_note(console, "%.32s: keys go to this VM; Ctrl-] h for help",
					console->names.name[console->view]);
}

void console_banner(struct console *console)
{
	char vms[200];
	size_t length = 0;

	vms[0] = 0;
	for (unsigned vm = 0; vm < console->setup.vm_count && length < sizeof(vms); vm++)
		length += format_text(vms + length, sizeof(vms) - length, "%s %u %.32s", vm > 0 ? "," : "", vm,
							  console->names.name[vm]);
	screen_note(console, "Ctrl-] h for help, Ctrl-] q to quit; VMs:%s", vms);
	say_view(console);
}

/* Says why a VM cannot be attached. */
static bool check_attachable(struct console *console, int view)
{
	if (view >= (int)console->setup.vm_count)
		screen_note(console, "there is no VM %d", view);
	else if (view >= 0 && !console->setup.source[view].output)
		screen_note(console, "%.32s has no console here", console->names.name[view]);
	else
		return true;
	screen_restore(console);
	return false;
}

static void enter_view(struct console *console, int view)
{
	if (!check_attachable(console, view))
		return;
	screen_begin_line(console);
	console->mode = CONSOLE_NORMAL;
	if (console->view >= 0)
		console->vm[console->view].shown = 0; /* it was shown as it came, not after its name */
	console->view = view;
	console->told_no_key = false;
	console->restore = view >= 0;
	say_view(console);
}

/* The VM after the attached one that has a console, or the view of all after the last. */
static int next_view(const struct console *console)
{
	for (int vm = console->view + 1; vm < (int)console->setup.vm_count; vm++)
		if (console->setup.source[vm].output)
			return vm;
	return CONSOLE_VIEW_ALL;
}

static void open_monitor(struct console *console)
{
	if (console->mode == CONSOLE_MONITOR)
		return;
	screen_note(console, "monitor: help lists the commands, Ctrl-C leaves");
	console->mode = CONSOLE_MONITOR;
	editor_clear(&console->editor);
	screen_restore(console);
}

static void say_keys(struct console *console)
{
	static const char *const lines[] = {
		"Ctrl-] and then: n or ] next VM, 0..9 VM by number, a all VMs, m monitor,",
		"q quit, Ctrl-] itself sends Ctrl-] to the VM, h or ? this help",
	};

	for (unsigned i = 0; i < ARRAY_COUNT(lines); i++)
		screen_note(console, "%s", lines[i]);
	for (unsigned vm = 0; vm < console->setup.vm_count; vm++)
		screen_note(console, "VM %u: %.32s%s%s", vm, console->names.name[vm],
					console->setup.source[vm].output ? "" : " (no console here)",
					console->view == (int)vm ? " (attached)" : "");
	screen_restore(console);
}

void console_key_lost(struct console *console, unsigned vm)
{
	if (console->told_no_key)
		return;
	console->told_no_key = true;
	screen_note(console, "%.32s does not run: keys are lost; Ctrl-] m opens the monitor",
				console->names.name[vm]);
	screen_restore(console);
}

/* A key for the attached VM. */
static struct console_action type(struct console *console, uint8_t byte)
{
	if (console->mode == CONSOLE_NORMAL && console->view >= 0)
		return (struct console_action){
			.kind = CONSOLE_TYPE,
			.vm = (unsigned)console->view,
			.byte = byte,
		};
	if (console->mode == CONSOLE_NORMAL && !console->told_no_key) {
		console->told_no_key = true;
		say_view(console);
	}
	return nothing;
}

/* The key after Ctrl-]. */
static struct console_action command_key(struct console *console, uint8_t byte)
{
	switch (byte) {
	case 'n':
	case ']':
		enter_view(console, next_view(console));
		break;
	case 'a':
		enter_view(console, CONSOLE_VIEW_ALL);
		break;
	case 'm':
		open_monitor(console);
		break;
	case 'h':
	case '?':
		say_keys(console);
		break;
	case 'q':
		screen_note(console, "stop all VMs and quit? y or n");
		console->confirming = true;
		break;
	case CTRL_BRACKET:
		return type(console, byte);
	default:
		if (byte >= '0' && byte <= '9')
			enter_view(console, byte - '0');
		else
			say_keys(console);
		break;
	}
	return nothing;
}

static void report_to_console(void *context, const char *text)
{
	console_print(context, text);
	console_print(context, "\n");
}

static void print_log(struct console *console, unsigned count)
{
	uint64_t next = console->log_next > count ? console->log_next - count : 0;
	char text[LOG_LINE_MAX + 80];
	struct log_entry entry;

	for (; next < console->log_next && log_read(next, &entry); next = entry.sequence + 1) {
		console_log_text(&entry, console->setup.colour, text, sizeof(text));
		report_to_console(console, text);
	}
}

/* Does what only concerns the console; hands other commands to the caller. */
static struct console_action perform(struct console *console, const struct monitor_command *command)
{
	struct report report = {.line = report_to_console, .context = console};

	switch (command->verb) {
	case MONITOR_HELP:
		monitor_help(command->topic, &report);
		break;
	case MONITOR_LOG:
		print_log(console, command->count);
		break;
	case MONITOR_LOG_LEVEL:
		log_set_level(command->level);
		report_line(&report, "the log keeps lines up to \"%s\"", monitor_level_text(command->level));
		break;
	case MONITOR_ATTACH:
		enter_view(console, command->vm == MONITOR_ALL ? CONSOLE_VIEW_ALL : command->vm);
		break;
	default:
		return (struct console_action){.kind = CONSOLE_COMMAND, .command = *command};
	}
	console_prompt(console);
	return nothing;
}

static struct console_action run_line(struct console *console)
{
	struct report report = {.line = report_to_console, .context = console};
	struct monitor_command command;
	char line[MONITOR_LINE_MAX];

	memcpy(line, console->editor.line, sizeof(line));
	editor_clear(&console->editor);
	if (monitor_parse(line, &console->names, &command, &report) == OK)
		return perform(console, &command);
	console_prompt(console);
	return nothing;
}

static struct console_action monitor_key(struct console *console, uint8_t byte)
{
	char echo[EDITOR_ECHO_MAX];
	enum editor_event event = editor_key(&console->editor, byte, echo);

	console_print(console, echo);
	if (event == EDITOR_ENTER)
		return run_line(console);
	if (event == EDITOR_LEAVE)
		enter_view(console, console->view);
	return nothing;
}

static struct console_action confirm(struct console *console, uint8_t byte)
{
	console->confirming = false;
	if (byte == 'y' || byte == 'Y')
		return (struct console_action){.kind = CONSOLE_COMMAND, .command = {.verb = MONITOR_QUIT}};
	screen_note(console, "not quit");
	screen_restore(console);
	return nothing;
}

struct console_action console_key(struct console *console, uint8_t byte)
{
	if (console->escaped) {
		console->escaped = false;
		return command_key(console, byte);
	}
	if (console->confirming)
		return confirm(console, byte);
	if (byte == CTRL_BRACKET) {
		console->escaped = true;
		return nothing;
	}
	return console->mode == CONSOLE_MONITOR ? monitor_key(console, byte) : type(console, byte);
}

void console_print(struct console *console, const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			screen_put(console, "\r", 1);
		screen_put(console, text, 1);
		console->open = *text == '\n' ? CONSOLE_OPEN_NONE : CONSOLE_OPEN_PROMPT;
	}
}

unsigned console_room(const struct console *console)
{
	return ring_free(&console->out);
}

void console_prompt(struct console *console)
{
	if (console->mode == CONSOLE_MONITOR)
		screen_restore(console);
}
