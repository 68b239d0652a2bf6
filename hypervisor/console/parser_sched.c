/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of `sched` that change how a VM shares its pCPUs: its priority, and its budget. */
#include <string.h>

#include "console/parser.h"
#include "sched/queue.h"

#define TIME_US_MAX 99999999 /* what is possible says vm/config_turn.c */

static enum err say_usage(const struct parser *parser, const char *usage)
{
	report_line(parser->report, "usage: %s", usage);
	return ERR_INVALID;
}

static enum err parse_vm(const struct parser *parser, struct monitor_command *out)
{
	out->vm = parser_vm(parser, parser->word[2]);
	return out->vm == MONITOR_NONE ? parser_unknown_vm(parser, parser->word[2]) : OK;
}

static enum err parse_priority(const struct parser *parser, struct monitor_command *out)
{
	unsigned priority;

	if (parser->word_count != 4)
		return say_usage(parser, PARSER_PRIORITY_USAGE);
	out->verb = MONITOR_SCHED_PRIORITY;
	if (parse_vm(parser, out) != OK)
		return ERR_INVALID;
	if (parser_number(parser->word[3], QUEUE_PRIORITIES - 1, &priority)) {
		out->turn.priority = (uint8_t)priority;
		return OK;
	}
	report_line(parser->report, "\"%s\" is no priority: 0 to %d", parser->word[3], QUEUE_PRIORITIES - 1);
	return ERR_INVALID;
}

static enum err parse_time(const struct parser *parser, const char *word, uint64_t *out)
{
	unsigned time_us;

	if (parser_number(word, TIME_US_MAX, &time_us)) {
		*out = time_us;
		return OK;
	}
	report_line(parser->report, "\"%s\" is no time in microseconds", word);
	return ERR_INVALID;
}

static enum err parse_budget(const struct parser *parser, struct monitor_command *out)
{
	bool none = parser->word_count == 4 && !strcmp(parser->word[3], "none");

	out->turn.budget_hard = parser->word_count == 6 && !strcmp(parser->word[5], "hard");
	if (!none && parser->word_count != 5 && !out->turn.budget_hard)
		return say_usage(parser, PARSER_BUDGET_USAGE);
	out->verb = MONITOR_SCHED_BUDGET;
	if (parse_vm(parser, out) != OK)
		return ERR_INVALID;
	if (none)
		return OK;
	if (parse_time(parser, parser->word[3], &out->turn.budget_us) != OK)
		return ERR_INVALID;
	if (out->turn.budget_us == 0) {
		report_line(parser->report, "a budget of 0 is none at all: give \"none\" for no limit");
		return ERR_INVALID;
	}
	return parse_time(parser, parser->word[4], &out->turn.period_us);
}

enum err parser_sched(const struct parser *parser, struct monitor_command *out)
{
	if (parser->word_count > 1 && !strcmp(parser->word[1], "priority"))
		return parse_priority(parser, out);
	if (parser->word_count > 1 && !strcmp(parser->word[1], "budget"))
		return parse_budget(parser, out);
	return ERR_NOT_FOUND;
}
