/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of a line for the monitor, and what they may name. Used by console/monitor.c, which has the table
 * of commands, and by the files that read the words of one command. Pure; no lock.
 */
#ifndef CONSOLE_PARSER_H
#define CONSOLE_PARSER_H

#include "console/monitor.h"

#define PARSER_MOVE_USAGE "irq move INTID NAME [VCPU] [device] [force]"
#define PARSER_MODE_USAGE "irq mode NAME virtual|direct|auto"
#define PARSER_PRIORITY_USAGE "sched priority NAME NUMBER"
#define PARSER_BUDGET_USAGE "sched budget NAME none|BUDGET-US PERIOD-US [hard]"

struct parser {
	char *word[MONITOR_WORDS_MAX];
	unsigned word_count;
	const struct monitor_names *names;
	struct report *report;
};

/*
 * Cuts the line into words; --json may be anywhere and does not count as a word. False when there are too
 * many.
 */
MUST_USE bool parser_split(struct parser *parser, char *line, bool *json);

/* Decimal or 0x hexadecimal, up to `last`. */
MUST_USE bool parser_number(const char *word, unsigned last, unsigned *out);

/*
 * The VM of that name. MONITOR_NONE if there is none: then the answer lists the VMs, and the command is
 * ERR_INVALID.
 */
int parser_vm(const struct parser *parser, const char *word);
enum err parser_unknown_vm(const struct parser *parser, const char *word);

/*
 * `irq` in all its forms (console/parser_irq.c). ERR_NOT_FOUND: it is none of them, and nothing was reported.
 */
MUST_USE enum err parser_irq(const struct parser *parser, struct monitor_command *out);

/* The forms of `sched` that change something (console/parser_sched.c). ERR_NOT_FOUND as above. */
MUST_USE enum err parser_sched(const struct parser *parser, struct monitor_command *out);

#endif
