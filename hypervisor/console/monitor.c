/* SPDX-License-Identifier: Apache-2.0 */
#include "console/monitor.h"

#include <string.h>

#include "base/format.h"

#define LOG_COUNT_USUAL 20

/* A line taken apart. */
struct parser {
	char *word[MONITOR_WORDS_MAX];
	unsigned word_count;
	const struct monitor_names *names;
	struct report *report;
};

/* One command. `parse` reads the words behind its name. */
struct command {
	const char *name, *arguments, *help;
	enum err (*parse)(const struct parser *parser, struct monitor_command *out);
	bool has_json;
};

static const char *const levels[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

const char *monitor_level_text(enum log_level level)
{
	return (unsigned)level < ARRAY_COUNT(levels) ? levels[level] : "?";
}

static enum err parse_nothing(const struct parser *parser, struct monitor_command *out);
static enum err parse_help(const struct parser *parser, struct monitor_command *out);
static enum err parse_vm(const struct parser *parser, struct monitor_command *out);
static enum err parse_some_vm(const struct parser *parser, struct monitor_command *out);
static enum err parse_irq(const struct parser *parser, struct monitor_command *out);
static enum err parse_log(const struct parser *parser, struct monitor_command *out);
static enum err parse_attach(const struct parser *parser, struct monitor_command *out);

static const struct command commands[MONITOR_VERB_COUNT] = {
	[MONITOR_HELP] = {.name = "help",
					  .arguments = "[COMMAND]",
					  .help = "this list, or what a command does",
					  .parse = parse_help},
	[MONITOR_VM] = {.name = "vm",
					.arguments = "[NAME]",
					.help = "the VMs; of one, all that happened by cause",
					.parse = parse_some_vm,
					.has_json = true},
	[MONITOR_IRQ] = {.name = "irq",
					 .arguments = "[INTID|NAME|move]",
					 .help = "interrupts: whose they are; give one to another VM",
					 .parse = parse_irq,
					 .has_json = true},
	[MONITOR_CPU] = {.name = "cpu",
					 .arguments = "",
					 .help = "the pCPUs: what runs on them, exits, kicks",
					 .parse = parse_nothing,
					 .has_json = true},
	[MONITOR_LOG] = {.name = "log",
					 .arguments = "[COUNT|level WORD]",
					 .help = "newest lines of the log; which levels are kept",
					 .parse = parse_log},
	[MONITOR_START] = {.name = "start",
					   .arguments = "NAME",
					   .help = "start a stopped VM from its pristine images",
					   .parse = parse_vm},
	[MONITOR_STOP] = {.name = "stop",
					  .arguments = "NAME",
					  .help = "stop a VM at once; its memory is cleared",
					  .parse = parse_vm},
	[MONITOR_RESET] = {.name = "reset",
					   .arguments = "NAME",
					   .help = "stop a VM and start it again",
					   .parse = parse_vm},
	[MONITOR_ATTACH] = {.name = "attach",
						.arguments = "NAME|all",
						.help = "leave the monitor and see one VM or all",
						.parse = parse_attach},
	[MONITOR_QUIT] = {.name = "quit",
					  .arguments = "",
					  .help = "stop all VMs and power the machine off",
					  .parse = parse_nothing},
};

/* `log level` has no row of its own: it is a form of `log`. */
static bool is_command(unsigned verb)
{
	return commands[verb].name != NULL;
}

static int find_command(const char *name)
{
	for (unsigned verb = 0; verb < MONITOR_VERB_COUNT; verb++)
		if (is_command(verb) && strcmp(commands[verb].name, name) == 0)
			return (int)verb;
	return MONITOR_NONE;
}

/* Letters to insert, remove or replace to make one word of the other (Levenshtein). */
static unsigned word_distance(const char *a, const char *b)
{
	unsigned char row[16];
	unsigned length = (unsigned)strnlen(b, sizeof(row) - 1);

	for (unsigned j = 0; j <= length; j++)
		row[j] = (unsigned char)j;
	for (unsigned i = 1; i < sizeof(row) && a[i - 1]; i++) {
		unsigned char diagonal = row[0];

		row[0] = (unsigned char)i;
		for (unsigned j = 1; j <= length; j++) {
			unsigned best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			best = best < row[j - 1] + 1u ? best : row[j - 1] + 1u;
			row[j] = (unsigned char)(best < row[j] + 1u ? best : row[j] + 1u);
		}
	}
	return row[length];
}

static void say_unknown_command(const char *word, struct report *report)
{
	unsigned nearest = 3; /* farther than two letters is no slip of the fingers */
	const char *meant = NULL;

	for (unsigned verb = 0; verb < MONITOR_VERB_COUNT; verb++) {
		unsigned distance = is_command(verb) ? word_distance(word, commands[verb].name) : nearest;

		if (distance < nearest && distance < strlen(commands[verb].name)) {
			nearest = distance;
			meant = commands[verb].name;
		}
	}
	if (meant)
		report_line(report, "no command \"%s\": did you mean \"%s\"?", word, meant);
	else
		report_line(report, "no command \"%s\": \"help\" lists them", word);
}

static int find_vm(const struct parser *parser, const char *word)
{
	for (unsigned vm = 0; vm < parser->names->count; vm++)
		if (strcmp(parser->names->name[vm], word) == 0)
			return (int)vm;
	return MONITOR_NONE;
}

static enum err say_unknown_vm(const struct parser *parser, const char *word)
{
	char known[200];
	size_t length = 0;

	known[0] = 0;
	for (unsigned vm = 0; vm < parser->names->count && length < sizeof(known); vm++)
		length += format_text(known + length, sizeof(known) - length, "%s%s", vm ? ", " : "",
							  parser->names->name[vm]);
	report_line(parser->report, "no VM \"%s\": there are %s", word, known);
	return ERR_INVALID;
}

static enum err say_usage(const struct parser *parser, enum monitor_verb verb)
{
	const struct command *command = &commands[verb];

	report_line(parser->report, "usage: %s%s%s%s", command->name, *command->arguments ? " " : "",
				command->arguments, command->has_json ? " [--json]" : "");
	return ERR_INVALID;
}

/* Decimal or 0x hexadecimal, up to `last`. */
static bool parse_number(const char *word, unsigned last, unsigned *out)
{
	bool hex = word[0] == '0' && word[1] == 'x';
	unsigned base = hex ? 16 : 10, value = 0;

	word += hex ? 2 : 0;
	if (!*word)
		return false;
	for (; *word; word++) {
		const char *digits = "0123456789abcdef", *digit = strchr(digits, *word);

		if (!digit || (unsigned)(digit - digits) >= base)
			return false;
		value = value * base + (unsigned)(digit - digits);
		if (value > last)
			return false;
	}
	*out = value;
	return true;
}

static enum err parse_nothing(const struct parser *parser, struct monitor_command *out)
{
	return parser->word_count == 1 ? OK : say_usage(parser, out->verb);
}

static enum err parse_help(const struct parser *parser, struct monitor_command *out)
{
	if (parser->word_count > 2)
		return say_usage(parser, out->verb);
	if (parser->word_count == 1)
		return OK;
	out->topic = find_command(parser->word[1]);
	if (out->topic != MONITOR_NONE)
		return OK;
	say_unknown_command(parser->word[1], parser->report);
	return ERR_INVALID;
}

static enum err parse_vm(const struct parser *parser, struct monitor_command *out)
{
	if (parser->word_count != 2)
		return say_usage(parser, out->verb);
	out->vm = find_vm(parser, parser->word[1]);
	return out->vm == MONITOR_NONE ? say_unknown_vm(parser, parser->word[1]) : OK;
}

static enum err parse_some_vm(const struct parser *parser, struct monitor_command *out)
{
	return parser->word_count == 1 ? OK : parse_vm(parser, out);
}

static enum err parse_attach(const struct parser *parser, struct monitor_command *out)
{
	if (parser->word_count != 2 || strcmp(parser->word[1], "all") != 0)
		return parse_vm(parser, out);
	out->vm = MONITOR_ALL;
	return OK;
}

static enum err say_move_usage(const struct parser *parser)
{
	report_line(parser->report, "usage: irq move INTID NAME [device] [force]");
	return ERR_INVALID;
}

static enum err parse_move(const struct parser *parser, struct monitor_command *out)
{
	unsigned intid;

	if (parser->word_count < 4 || !parse_number(parser->word[2], MONITOR_INTID_LAST, &intid))
		return say_move_usage(parser);
	out->intid = (int)intid;
	out->vm = find_vm(parser, parser->word[3]);
	if (out->vm == MONITOR_NONE)
		return say_unknown_vm(parser, parser->word[3]);
	for (unsigned i = 4; i < parser->word_count; i++) {
		if (!strcmp(parser->word[i], "device"))
			out->move |= MONITOR_MOVE_DEVICE;
		else if (!strcmp(parser->word[i], "force"))
			out->move |= MONITOR_MOVE_FORCE;
		else
			return say_move_usage(parser);
	}
	out->verb = MONITOR_IRQ_MOVE;
	return OK;
}

static enum err parse_irq(const struct parser *parser, struct monitor_command *out)
{
	unsigned intid;

	if (parser->word_count >= 2 && !strcmp(parser->word[1], "move"))
		return parse_move(parser, out);

	if (parser->word_count != 2 || parser->word[1][0] < '0' || parser->word[1][0] > '9' ||
		find_vm(parser, parser->word[1]) != MONITOR_NONE)
		return parse_some_vm(parser, out);
	if (!parse_number(parser->word[1], MONITOR_INTID_LAST, &intid)) {
		report_line(parser->report, "\"%s\" is no INTID: 0 to %u, or the name of a VM", parser->word[1],
					MONITOR_INTID_LAST);
		return ERR_INVALID;
	}
	out->intid = (int)intid;
	return OK;
}

static enum err parse_log_level(const struct parser *parser, struct monitor_command *out)
{
	for (unsigned level = 0; level < ARRAY_COUNT(levels); level++) {
		if (strcmp(parser->word[2], levels[level]) != 0)
			continue;
		out->verb = MONITOR_LOG_LEVEL;
		out->level = (enum log_level)level;
		return OK;
	}
	report_line(parser->report, "no level \"%s\": there are error, warn, info, debug", parser->word[2]);
	return ERR_INVALID;
}

static enum err parse_log(const struct parser *parser, struct monitor_command *out)
{
	out->count = LOG_COUNT_USUAL;
	if (parser->word_count == 1)
		return OK;
	if (parser->word_count == 3 && strcmp(parser->word[1], "level") == 0)
		return parse_log_level(parser, out);
	if (parser->word_count > 2 || strcmp(parser->word[1], "level") == 0)
		return say_usage(parser, out->verb);
	if (parse_number(parser->word[1], LOG_LINES_KEPT, &out->count) && out->count > 0)
		return OK;
	report_line(parser->report, "\"%s\" is no count of lines: 1 to %u are kept", parser->word[1],
				LOG_LINES_KEPT);
	return ERR_INVALID;
}

/* Cuts the line into words; --json may stand anywhere and is no word. False when there are too many. */
static bool split(char *line, struct parser *parser, bool *json)
{
	for (;;) {
		char *word;

		while (*line == ' ')
			*line++ = 0;
		if (!*line)
			return true;
		word = line;
		while (*line && *line != ' ')
			line++;
		if (*line)
			*line++ = 0;
		if (strcmp(word, "--json") == 0) {
			*json = true;
			continue;
		}
		if (parser->word_count == MONITOR_WORDS_MAX)
			return false;
		parser->word[parser->word_count++] = word;
	}
}

/* "vm reset NAME" means "reset NAME"; likewise start and stop. */
static void drop_leading_vm(struct parser *parser)
{
	int verb;

	if (parser->word_count != 3 || strcmp(parser->word[0], "vm") != 0)
		return;
	verb = find_command(parser->word[1]);
	if (verb != MONITOR_START && verb != MONITOR_STOP && verb != MONITOR_RESET)
		return;
	parser->word[0] = parser->word[1];
	parser->word[1] = parser->word[2];
	parser->word_count = 2;
}

enum err monitor_parse(char *line, const struct monitor_names *names, struct monitor_command *out,
					   struct report *report)
{
	struct parser parser = {.names = names, .report = report};
	struct monitor_command command = {.vm = MONITOR_NONE, .intid = MONITOR_NONE, .topic = MONITOR_NONE};
	enum err result;
	int verb;

	if (!split(line, &parser, &command.json)) {
		report_line(report, "no command has more than %d words", MONITOR_WORDS_MAX);
		return ERR_INVALID;
	}
	if (parser.word_count == 0 && !command.json)
		return ERR_NOT_FOUND;
	drop_leading_vm(&parser);
	verb = parser.word_count > 0 ? find_command(parser.word[0]) : MONITOR_NONE;
	if (verb == MONITOR_NONE) {
		say_unknown_command(parser.word_count > 0 ? parser.word[0] : "--json", report);
		return ERR_INVALID;
	}
	if (command.json && !commands[verb].has_json) {
		report_line(report, "\"%s\" has no --json", commands[verb].name);
		return ERR_INVALID;
	}
	command.verb = (enum monitor_verb)verb;
	result = commands[verb].parse(&parser, &command);
	if (result == OK)
		*out = command;
	return result;
}

void monitor_help(int topic, struct report *report)
{
	for (unsigned verb = 0; verb < MONITOR_VERB_COUNT; verb++) {
		char usage[40];

		if (!is_command(verb) || (topic != MONITOR_NONE && topic != (int)verb))
			continue;
		format_text(usage, sizeof(usage), "%s %s", commands[verb].name, commands[verb].arguments);
		report_line(report, "  %-24s %s", usage, commands[verb].help);
	}
	if (topic == MONITOR_NONE || commands[topic].has_json)
		report_line(report, "  %-24s %s", "... --json", "vm, irq and cpu as one line of JSON");
	if (topic == MONITOR_NONE)
		report_line(report, "  %-24s %s", "Ctrl-C", "leave the monitor");
}
