/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of `irq`: showing interrupts, moving one, and setting the delivery of a VM. */
#include <string.h>

#include "console/parser.h"

static enum err say_usage(const struct parser *parser, const char *usage)
{
	report_line(parser->report, "usage: %s", usage);
	return ERR_INVALID;
}

/* The word of the vCPU comes after the VM's name, and begins with a digit. */
static enum err parse_vcpu(const struct parser *parser, struct monitor_command *out, unsigned *next)
{
	const char *word = *next < parser->word_count ? parser->word[*next] : "";
	unsigned vcpu;

	if (*word < '0' || *word > '9')
		return OK;
	if (!parser_number(word, VCPU_PER_VM_MAX - 1, &vcpu)) {
		report_line(parser->report, "\"%s\" is no vCPU: 0 to %d", word, VCPU_PER_VM_MAX - 1);
		return ERR_INVALID;
	}
	out->vcpu = (int)vcpu;
	++*next;
	return OK;
}

static enum err parse_move(const struct parser *parser, struct monitor_command *out)
{
	unsigned intid, next = 4;
	enum err result;

	if (parser->word_count < 4 || !parser_number(parser->word[2], MONITOR_INTID_LAST, &intid))
		return say_usage(parser, PARSER_MOVE_USAGE);
	out->verb = MONITOR_IRQ_MOVE;
	out->intid = (int)intid;
	out->vm = parser_vm(parser, parser->word[3]);
	if (out->vm == MONITOR_NONE)
		return parser_unknown_vm(parser, parser->word[3]);
	result = parse_vcpu(parser, out, &next);
	for (; result == OK && next < parser->word_count; next++) {
		if (!strcmp(parser->word[next], "device"))
			out->move |= MONITOR_MOVE_DEVICE;
		else if (!strcmp(parser->word[next], "force"))
			out->move |= MONITOR_MOVE_FORCE;
		else
			result = say_usage(parser, PARSER_MOVE_USAGE);
	}
	return result;
}

static enum err parse_mode(const struct parser *parser, struct monitor_command *out)
{
	if (parser->word_count != 4)
		return say_usage(parser, PARSER_MODE_USAGE);
	out->verb = MONITOR_IRQ_MODE;
	out->vm = parser_vm(parser, parser->word[2]);
	if (out->vm == MONITOR_NONE)
		return parser_unknown_vm(parser, parser->word[2]);
	for (int d = CONFIG_DELIVERY_VIRTUAL; d <= CONFIG_DELIVERY_AUTO; d++) {
		out->delivery = (enum config_delivery)d;
		if (!strcmp(parser->word[3], monitor_delivery_text(out->delivery)))
			return OK;
	}
	report_line(parser->report, "no mode \"%s\": there are virtual, direct, auto", parser->word[3]);
	return ERR_INVALID;
}

/* One VM, or one interrupt: names begin with a letter. */
static enum err parse_shown(const struct parser *parser, struct monitor_command *out)
{
	const char *word = parser->word[1];
	unsigned intid;

	if (*word < '0' || *word > '9') {
		out->vm = parser_vm(parser, word);
		return out->vm == MONITOR_NONE ? parser_unknown_vm(parser, word) : OK;
	}
	if (!parser_number(word, MONITOR_INTID_LAST, &intid)) {
		report_line(parser->report, "\"%s\" is no INTID: 0 to %u, or the name of a VM", word,
					MONITOR_INTID_LAST);
		return ERR_INVALID;
	}
	out->intid = (int)intid;
	return OK;
}

enum err parser_irq(const struct parser *parser, struct monitor_command *out)
{
	if (parser->word_count == 1)
		return OK;
	if (!strcmp(parser->word[1], "move"))
		return parse_move(parser, out);
	if (!strcmp(parser->word[1], "mode"))
		return parse_mode(parser, out);
	return parser->word_count == 2 ? parse_shown(parser, out) : ERR_NOT_FOUND;
}
