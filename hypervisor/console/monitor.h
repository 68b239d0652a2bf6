/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of the monitor, as a table, and a line of text as one of them. Parsing changes nothing: flow/
 * performs the command. Pure; no lock.
 */
#ifndef CONSOLE_MONITOR_H
#define CONSOLE_MONITOR_H

#include "base/error.h"
#include "base/log.h"
#include "base/report.h"
#include "machine/api/gic_registers.h"
#include "vm/config.h"

#define MONITOR_NONE -1     /* no VM, no vCPU, no INTID was named */
#define MONITOR_ALL -2      /* `attach all` */
#define MONITOR_WORDS_MAX 7 /* of one line */
#define MONITOR_INTID_LAST (GIC_INTID_MAX - 1)
#define MONITOR_LINE_MAX 100 /* bytes of a line with its closing 0 */

enum monitor_verb {
	MONITOR_HELP,
	MONITOR_VM,
	MONITOR_IRQ,
	MONITOR_IRQ_MOVE, /* forms of irq */
	MONITOR_IRQ_MODE,
	MONITOR_CPU,
	MONITOR_SCHED,
	MONITOR_SCHED_PRIORITY, /* forms of sched */
	MONITOR_SCHED_BUDGET,
	MONITOR_LOG,
	MONITOR_LOG_LEVEL,
	MONITOR_START,
	MONITOR_STOP,
	MONITOR_RESET,
	MONITOR_ATTACH,
	MONITOR_QUIT,
	MONITOR_VERB_COUNT,
};

/* Options of `irq move`. */
enum monitor_move { MONITOR_MOVE_DEVICE = 1, MONITOR_MOVE_FORCE = 2 };

struct monitor_command {
	enum monitor_verb verb;
	int vm;               /* index, MONITOR_NONE, or MONITOR_ALL */
	int vcpu;             /* index, or MONITOR_NONE: irq move */
	int intid;            /* or MONITOR_NONE */
	unsigned count;       /* of lines: log */
	enum log_level level; /* log level */
	int topic;            /* the enum monitor_verb that `help` explains, or MONITOR_NONE */
	bool json;
	unsigned move;                 /* irq move: enum monitor_move */
	enum config_delivery delivery; /* irq mode */
	struct config_turn turn;       /* sched priority; sched budget */
};

/* The VMs that a command may name. */
struct monitor_names {
	const char *name[VM_MAX];
	unsigned count;
};

/*
 * Reads a line; its words are cut in place. ERR_INVALID with a message in `report`; ERR_NOT_FOUND
 * without one when the line is empty.
 */
MUST_USE enum err monitor_parse(char *line, const struct monitor_names *names, struct monitor_command *out,
								struct report *report);

/*
 * The list of commands, or the explanation of one: one call for each line. `topic` as in struct
 * monitor_command.
 */
void monitor_help(int topic, struct report *report);

/* "error", "warn", "info", "debug". */
const char *monitor_level_text(enum log_level level);

/* "virtual", "direct", "auto". */
const char *monitor_delivery_text(enum config_delivery delivery);

#endif
