/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One terminal for all: the output of every VM and the log go to one UART, and a person's keys go to
 * one VM, or to the monitor. docs/console.md shows what it looks like.
 *
 * The housekeeping pCPU alone calls all of it, so it takes no lock of its own (log_read() takes LOCK_LOG).
 * Pure: bytes come from the VMs' rings and from console_key(), and leave through console_transmit().
 *
 * Views. "All": whole lines of plain text behind "[name] ", the beginning of a line when it has not
 * grown for CONSOLE_STILL_US. One VM attached: its bytes unchanged, keys go to it. The monitor: its prompt.
 * What a VM prints while it is out of view is kept as plain text, the newest CONSOLE_KEPT bytes, and shown
 * when it comes into view. Lines of the log are shown in every view, at the latest CONSOLE_LOG_US after they
 * came: then a control sequence that an attached VM has not ended is cancelled.
 *
 * Only the VMs' rings wait for a slow terminal: bytes are taken from them while there is room for what they
 * become, from each VM its quota in turn. A guest that writes into a full ring loses bytes there; the device
 * counts them, and the console reports the count.
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include "base/log.h"
#include "base/ring.h"
#include "console/editor.h"
#include "console/monitor.h"
#include "console/sequence.h"
#include "console/text.h"

#define CONSOLE_OUT_SIZE 32768  /* bytes on their way to the UART: VMs use little of it, answers all */
#define CONSOLE_KEPT 8192       /* bytes of a VM's output while it is out of view */
#define CONSOLE_QUOTA 64        /* bytes taken from one VM in one pass */
#define CONSOLE_STILL_US 100000 /* the beginning of a line is shown after this time without more of it */
#define CONSOLE_LOG_US 150000   /* a line of the log waits so long for a guest's control sequence */
#define CONSOLE_FULL_US 1000    /* when the terminal's room ended a pass, the next pass comes by then */
#define CONSOLE_VIEW_ALL -1

/* One VM's side. `output` NULL: it has no console here. */
struct console_source {
	const char *name;
	struct ring *output;
	const uint64_t *dropped; /* bytes lost because `output` was full; read atomically */
};

struct console_setup {
	struct console_source source[VM_MAX];
	unsigned vm_count;
	int view;          /* VM attached at first, or CONSOLE_VIEW_ALL */
	bool colour;       /* SGR colours for names */
	bool whole_lines;  /* a line's beginning is not shown before its end */
	uint64_t log_next; /* sequence of the first log line to show: earlier ones were printed during boot */
};

struct console_vm {
	struct text text;   /* its last line, as plain text */
	uint16_t shown;     /* how much of that line is on the terminal after the VM's name */
	bool begun;         /* some part of the line was shown or kept */
	uint64_t news_us;   /* when its last byte came */
	uint64_t said;      /* how many dropped bytes were reported */
	uint64_t said_us;   /* and when */
	uint64_t forgotten; /* kept bytes that made room for newer ones */
	struct ring kept;   /* what it printed out of view */
	uint8_t kept_bytes[CONSOLE_KEPT];
};

enum console_mode { CONSOLE_NORMAL, CONSOLE_MONITOR };

struct console {
	struct console_setup setup;
	struct monitor_names names;
	struct console_vm vm[VM_MAX];
	struct ring out;
	uint8_t out_bytes[CONSOLE_OUT_SIZE];
	struct editor editor;
	uint64_t log_next;
	uint64_t print_dropped;   /* bytes of console_print() that did not fit and were not reported yet */
	unsigned first;           /* VM that the next pass begins with */
	bool log_waited;          /* the last pass had no room for the log: this one begins with it */
	bool log_polite;          /* a line of the log waits for a guest's control sequence, */
	uint64_t log_since_us;    /* since then */
	struct sequence sequence; /* the state of the terminal after the attached VM's bytes */
	int view;                 /* VM attached, or CONSOLE_VIEW_ALL */
	int open;                 /* whose unfinished line the cursor is in: a VM, or one of CONSOLE_OPEN_* */
	enum console_mode mode;
	bool escaped;     /* the last key was Ctrl-] */
	bool confirming;  /* "quit? (y/n)" was asked */
	bool restore;     /* the attached VM's last line is to be shown after what was kept */
	bool told_no_key; /* the message that keys are lost was shown in this view */
	bool held;        /* `held_byte` is the next byte for the UART */
	uint8_t held_byte;
};

void console_init(struct console *console, const struct console_setup *setup);

/* Shows how to leave and to switch, and which VMs there are. Once, when the VMs start. */
void console_banner(struct console *console);

/* The results of one pass. */
struct console_news {
	uint64_t drained; /* a bit for each VM from whose ring bytes were taken: pl011_refresh() it */
	uint64_t next_us; /* when to call again at the latest, if nothing happens before; UINT64_MAX: no need */
	bool more;        /* a quota or the terminal's room ended the pass: call again once bytes have left */
};

/*
 * One pass: takes output from the log and the VMs' rings. Call it when a VM wrote, a line was logged, a
 * key was given, the UART has taken bytes, or at `next_us`. With UINT64_MAX as time unfinished lines are
 * shown at once: before the machine is powered off.
 */
struct console_news console_collect(struct console *console, uint64_t now_us);

/*
 * Hands bytes to `put` (uart_put()) until it returns false or none is left. True when some are left: the
 * transmit interrupt has to call again.
 */
bool console_transmit(struct console *console, bool (*put)(uint8_t byte));

/* What the caller does for a key. */
struct console_action {
	enum { CONSOLE_NOTHING, CONSOLE_TYPE, CONSOLE_COMMAND } kind;
	unsigned vm; /* CONSOLE_TYPE: `byte` is for this VM */
	uint8_t byte;
	/* CONSOLE_COMMAND: one of vm, irq, cpu, start, stop, reset, quit; the console does the others. */
	struct monitor_command command;
};

/*
 * Takes a key. After a command that was not `quit`, the caller answers with console_print() and then
 * calls console_prompt() before it gives another key.
 */
struct console_action console_key(struct console *console, uint8_t byte);
/* A CONSOLE_TYPE could not be done, since its VM does not run: shows a message, once in a view. */
void console_key_lost(struct console *console, unsigned vm);

/*
 * Text of the monitor; "
 * " ends a line. Text that does not fit is dropped, counted and reported.
 */
void console_print(struct console *console, const char *text);
/* Bytes that console_print() takes now: for long answers in pieces. */
unsigned console_room(const struct console *console);
/* The prompt again, when the monitor is open. */
void console_prompt(struct console *console);

/* A line of the log as people see it, without line end; for printing during boot, too. */
size_t console_log_text(const struct log_entry *entry, bool colour, char *out, size_t size);

#endif
