/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's answers: rows of plain data, as a text table that fits 80 columns or as one line of JSON
 * with the same content. flow/ takes the snapshots. Pure; no lock.
 */
#ifndef CONSOLE_TABLES_H
#define CONSOLE_TABLES_H

#include "base/types.h"

#define TABLES_TEXT_MAX 1024 /* bytes of one row as JSON with names of usual length, closing 0 included */

/* Texts may be NULL ("-", or null in JSON); numbers of type int are negative when there is none. */
struct monitor_vm_row {
	uint64_t index;
	const char *name, *state;
	uint64_t pcpus; /* a bit for each pCPU that runs a vCPU of it */
	uint64_t memory_bytes, uptime_us;
	uint64_t exits, starts;
};

struct monitor_irq_row {
	uint64_t intid;
	const char *kind, *trigger; /* "SGI" "PPI" "SPI"; "edge" "level" */
	const char *owner;          /* a VM, or "signalbox" */
	int vcpu, vintid;
	bool enabled, pending, active;
	uint64_t count;
};

struct monitor_cpu_row {
	uint64_t pcpu, mpidr;
	const char *vm; /* whose vCPU is there */
	int vcpu;
	const char *state;
	uint64_t exits, interrupts, kicks;
	bool housekeeping;
};

enum table_kind { TABLES_VM, TABLES_IRQ, TABLES_CPU };

/* One answer on its way: set `kind` and `json`, then the head, the rows, the tail. */
struct tables_answer {
	enum table_kind kind;
	bool json;
	unsigned row_count;
};

/* Each writes at most `size` bytes with the closing 0, and returns the length that the text has. */
size_t tables_head(struct tables_answer *answer, char *out, size_t size);
/* `row` is of the type that `kind` names. */
size_t tables_row(struct tables_answer *answer, const void *row, char *out, size_t size);
size_t tables_tail(struct tables_answer *answer, char *out, size_t size);

#endif
