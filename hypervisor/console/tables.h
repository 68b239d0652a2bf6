/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's answers: rows of plain data, as text tables that fit 100 columns or as one line of JSON with
 * the same content. flow/ takes the snapshots. docs/console.md explains each column. Pure; no lock.
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
	uint64_t exits, interrupts, starts;
	const char *delivery; /* "virtual" "direct" "auto": what was asked for */
	const char *mode;     /* "virtual" "direct": how interrupts come now; in JSON only */
	const char *refused;  /* why that is not what was asked for; in JSON only */
	/* How its vCPUs share pCPUs; in JSON only. */
	uint64_t shared_pcpus, priority;
	int budget_us, period_us;
	bool budget_hard;
};

/* Of one VM: how often something happened on each of its vCPUs. */
struct monitor_cause_row {
	const char *cause;
	uint64_t total;
	const uint64_t *vcpus;
};

struct monitor_irq_row {
	uint64_t intid;
	const char *trigger; /* "edge" "level" */
	int pcpu;
	const char *owner; /* a VM, or "signalbox" */
	int vcpu, vintid;  /* vintid in JSON only */
	const char *mode;  /* "virtual" "direct"; NULL unless a VM owns it */
	bool enabled;
	const char *state;
	uint64_t taken, listed, queued, spilled, dropped;
	uint64_t moves, moved_us; /* from one VM to another: how often, and when the last time; in JSON only */
};

struct monitor_cpu_row {
	uint64_t pcpu, mpidr;
	const char *vm; /* whose vCPU runs there */
	int vcpu;
	const char *state;
	uint64_t exits, notify, attend, unowned, long_batches;
	bool housekeeping;
	uint64_t shared_by; /* vCPUs, 0: at most one vCPU is there; in JSON only */
};

/* A pCPU that vCPUs share. */
struct monitor_pcpu_row {
	uint64_t pcpu, vcpus;
	uint64_t promised_permille; /* by budgets, of its time */
	uint64_t idle_permille;     /* since the last such answer, or boot */
	uint64_t idle_us, switches;
};

/* A vCPU that shares its pCPU. */
struct monitor_sched_row {
	uint64_t pcpu;
	const char *vm;
	uint64_t vcpu, priority;
	int budget_us, period_us;
	bool budget_hard;
	uint64_t used_permille; /* of the pCPU's time, since the last such answer, or boot */
	uint64_t ran_us, stolen_us;
	uint64_t switches, preemptions, wait_worst_us;
	uint64_t wakes; /* in JSON only */
};

/* Of one VM: how many waits from a wake until the vCPU ran were that long. */
struct monitor_wait_row {
	const char *wait;
	uint64_t below_ns; /* in JSON only */
	uint64_t total;
	const uint64_t *vcpus;
};

enum table_kind {
	TABLES_VM,
	TABLES_CAUSES,
	TABLES_IRQ,
	TABLES_CPU,
	TABLES_PCPUS,
	TABLES_SCHED,
	TABLES_WAITS
};

/* One table that is being made: set what comes before `row_count`, then make the head, the rows, the tail. */
struct tables_answer {
	enum table_kind kind;
	bool json;
	bool follows, more;              /* another table of the same answer comes before it; after it */
	unsigned vcpu_first, vcpu_count; /* that are shown of a row with a number for each */
	unsigned row_count;
};

/* Each writes at most `size` bytes with the closing 0, and returns the length that the text has. */
size_t tables_head(struct tables_answer *answer, char *out, size_t size);
/* `row` is of the type that `kind` names. */
size_t tables_row(struct tables_answer *answer, const void *row, char *out, size_t size);
size_t tables_tail(struct tables_answer *answer, char *out, size_t size);

#endif
