/* SPDX-License-Identifier: Apache-2.0 */
#include "console/monitor.h"

#include <string.h>

#include "base/format.h"
#include "console/parser.h"

#define LOG_COUNT_USUAL 20

/* One command. `parse` reads the words after its name. */
struct command {
	const char *name, *arguments, *help;
	const char *form[2]; /* further ones, that `help NAME` lists */
	enum err (*parse)(const struct parser *parser, struct monitor_command *out);
	bool has_json;
};

static const char *const levels[] = {
	[LOG_ERROR] = "error",
	[LOG_WARN] = "warn",
	[LOG_INFO] = "info",
	[LOG_DEBUG] = "debug",
};

static const char *const deliveries[] = {
	[CONFIG_DELIVERY_VIRTUAL] = "virtual",
	[CONFIG_DELIVERY_DIRECT] = "direct",
	[CONFIG_DELIVERY_AUTO] = "auto",
};

const char *monitor_delivery_text(enum config_delivery delivery)
{
	return (unsigned)delivery < ARRAY_COUNT(deliveries) ? deliveries[delivery] : "?";
}

const char *monitor_level_text(enum log_level level)
{
	return (unsigned)level < ARRAY_COUNT(levels) ? levels[level] : "?";
}

static enum err parse_nothing(const struct parser *parser, struct monitor_command *out);
static enum err parse_help(const struct parser *parser, struct monitor_command *out);
static enum err parse_vm(const struct parser *parser, struct monitor_command *out);
static enum err parse_some_vm(const struct parser *parser, struct monitor_command *out);
static enum err parse_irq(const struct parser *parser, struct monitor_command *out);
static enum err parse_sched(const struct parser *parser, struct monitor_command *out);
static enum err parse_log(const struct parser *parser, struct monitor_command *out);
static enum err parse_attach(const struct parser *parser, struct monitor_command *out);

static const struct command commands[MONITOR_VERB_COUNT] = {
	[MONITOR_HELP] = {.name = "help",
					  .arguments = "[COMMAND]",
					  .help = "list the commands, or explain one",
					  .parse = parse_help},
	[MONITOR_VM] = {.name = "vm",
					.arguments = "[NAME]",
					.help = "list VMs; with NAME, its counts by cause",
					.parse = parse_some_vm,
					.has_json = true},
	[MONITOR_IRQ] = {.name = "irq",
					 .arguments = "[INTID|NAME|move|mode]",
					 .help = "list interrupts and owners; move; set delivery",
					 .form = {PARSER_MOVE_USAGE, PARSER_MODE_USAGE},
					 .parse = parse_irq,
					 .has_json = true},
	[MONITOR_CPU] = {.name = "cpu",
					 .arguments = "",
					 .help = "list pCPUs: what runs there, exits, messages",
					 .parse = parse_nothing,
					 .has_json = true},
	[MONITOR_SCHED] = {.name = "sched",
					   .arguments = "[NAME|priority|budget]",
					   .help = "list vCPUs that share pCPUs; set their shares",
					   .form = {PARSER_PRIORITY_USAGE, PARSER_BUDGET_USAGE},
					   .parse = parse_sched,
					   .has_json = true},
	[MONITOR_LOG] = {.name = "log",
					 .arguments = "[COUNT|level WORD]",
					 .help = "show newest lines; set which levels are kept",
					 .parse = parse_log},
	[MONITOR_START] = {.name = "start",
					   .arguments = "NAME",
					   .help = "start a stopped VM from its original images",
					   .parse = parse_vm},
	[MONITOR_STOP] = {.name = "stop",
					  .arguments = "NAME",
					  .help = "stop a VM at once and zero its memory",
					  .parse = parse_vm},
	[MONITOR_RESET] = {.name = "reset",
					   .arguments = "NAME",
					   .help = "stop a VM and start it again",
					   .parse = parse_vm},
	[MONITOR_ATTACH] = {.name = "attach",
						.arguments = "NAME|all",
						.help = "leave the monitor and show one VM or all",
						.parse = parse_attach},
	[MONITOR_QUIT] = {.name = "quit",
					  .arguments = "",
					  .help = "stop all VMs and power the machine off",
					  .parse = parse_nothing},
};

/* `log level` has no row of its own, being a form of `log`; nor have the forms of `irq` and `sched`. */
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
	unsigned nearest = 3; /* a distance of more than two letters is no typing mistake */
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

static enum err say_usage(const struct parser *parser, enum monitor_verb verb)
{
	const struct command *command = &commands[verb];

	report_line(parser->report, "usage: %s%s%s%s", command->name, *command->arguments ? " " : "",
				command->arguments, command->has_json ? " [--json]" : "");
	return ERR_INVALID;
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
	out->vm = parser_vm(parser, parser->word[1]);
	return out->vm == MONITOR_NONE ? parser_unknown_vm(parser, parser->word[1]) : OK;
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

static enum err parse_irq(const struct parser *parser, struct monitor_command *out)
{
	enum err result = parser_irq(parser, out);

	return result == ERR_NOT_FOUND ? say_usage(parser, out->verb) : result;
}

static enum err parse_sched(const struct parser *parser, struct monitor_command *out)
{
	enum err result = parser_sched(parser, out);

	return result == ERR_NOT_FOUND ? parse_some_vm(parser, out) : result;
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
	if (parser_number(parser->word[1], LOG_LINES_KEPT, &out->count) && out->count > 0)
		return OK;
	report_line(parser->report, "\"%s\" is no count of lines: 1 to %u are kept", parser->word[1],
				LOG_LINES_KEPT);
	return ERR_INVALID;
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
	struct monitor_command command = {
		.vm = MONITOR_NONE, .vcpu = MONITOR_NONE, .intid = MONITOR_NONE, .topic = MONITOR_NONE};
	enum err result;
	int verb;

	if (!parser_split(&parser, line, &command.json)) {
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
		report_line(report, "  %-28s %s", usage, commands[verb].help);
		for (unsigned f = 0; f < ARRAY_COUNT(commands[verb].form); f++)
			if (topic != MONITOR_NONE && commands[verb].form[f])
				report_line(report, "  %s", commands[verb].form[f]);
	}
	if (topic == MONITOR_NONE || commands[topic].has_json)
		report_line(report, "  %-28s %s", "... --json", "answer of vm, irq, cpu or sched as a line of JSON");
	if (topic == MONITOR_NONE)
		report_line(report, "  %-28s %s", "Ctrl-C", "leave the monitor");
}
