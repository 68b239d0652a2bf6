/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `case=walk`: what is there and is not on the list of what guests have (known.c), or is announced and is not
 * there. `case=reset`: writes every register that it can, and resets itself; everything is as after power-on
 * then. A shared memory keeps what was there in the first life. `case=cpu`: the same of a CPU that goes off
 * and comes again. `case=show`: all values. `case=caches`: cleans all by set and way. `case=lock`: locks the
 * OS lock. `case=keep`: see keep.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/fp.h"
#include "lib/layout.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "registers/registers.h"

#define SEEN_MAX 400
#define MARK 0x7265676973746572

/* All registers of one life, at its beginning. */
struct seen {
	uint64_t mark;
	struct entry_state entry;
	struct fp_state fp;
	uint32_t count;
	struct {
		uint32_t encoding;
		uint64_t value;
	} row[SEEN_MAX];
};

static unsigned failed;

static void say(const char *what, unsigned encoding)
{
	printf("registers: %s S%u_%u_C%u_C%u_%u\n", what, encoding >> 14, encoding >> 11 & 7, encoding >> 7 & 15,
		   encoding >> 3 & 15, encoding & 7);
}

static void look(struct seen *seen)
{
	uint64_t value;

	memset(seen, 0, sizeof(*seen));
	for (unsigned n = ENCODING_FIRST; n <= ENCODING_LAST; n++) {
		const struct known *known = known_find(n);

		if (!register_read(n, &value) || seen->count == SEEN_MAX)
			continue;
		if (known && (known->kind == MOVES || known->kind == START))
			continue;
		seen->row[seen->count].encoding = n;
		seen->row[seen->count++].value = value;
	}
	seen->entry = entry_state;
	fp_save(&seen->fp);
	seen->mark = MARK;
}

/* Each becomes what it was not, but for those without which the guest cannot go on. How many took it? */
static unsigned dirty(const struct seen *seen)
{
	unsigned changed = 0;
	uint64_t value;

	fp_fill(99);
	for (unsigned i = 0; i < seen->count; i++) {
		unsigned encoding = seen->row[i].encoding;

		changed += register_write(encoding, ~seen->row[i].value) && register_read(encoding, &value) &&
				   value != seen->row[i].value;
	}
	sysreg_write(cntv_cval_el0, ~UINT64_C(0));
	register_write(ENCODING(2, 3, 0, 5, 0), ~UINT64_C(0)); /* DBGDTRTX_EL0 */
	register_write(ENCODING(2, 0, 1, 0, 4), 0);            /* OSLAR_EL1: unlocks */
	return changed;
}

static void compare(const struct seen *before, const struct seen *now)
{
	for (unsigned i = 0; i < now->count; i++)
		if (now->row[i].value != before->row[i].value) {
			say("FAILED: not as after power-on:", now->row[i].encoding);
			printf("registers: 0x%" PRIx64 ", was 0x%" PRIx64 "\n", now->row[i].value, before->row[i].value);
			failed++;
		}
	if (before->count != now->count || memcmp(&before->fp, &now->fp, sizeof(now->fp)) != 0 ||
		memcmp(&before->entry, &now->entry, sizeof(now->entry)) != 0) {
		printf("registers: FAILED: the first instruction found other registers, or FP registers changed\n");
		failed++;
	}
}

static void walk(void)
{
	unsigned there = 0;
	uint64_t value;

	for (unsigned n = ENCODING_FIRST; n <= ENCODING_LAST; n++) {
		const struct known *known = known_find(n);
		bool read = register_read(n, &value);

		there += read;
		/* A write of 0 to what cannot be read, and is not known to be harmless, tells whether it is there. */
		if (!known && (read || register_write(n, 0)))
			say(read ? "stranger" : "stranger, written", n);
		if (known && known->by.least && known_is_announced(known) != read) {
			say(read ? "FAILED: not announced:" : "FAILED: announced:", n);
			failed++;
		}
	}
	printf("registers: %u can be read\n", there);
}

static void show(void)
{
	static struct seen now;

	look(&now);
	for (unsigned i = 0; i < now.count; i++) {
		say("has", now.row[i].encoding);
		printf("registers: = 0x%" PRIx64 "\n", now.row[i].value);
	}
}

static void reset(void)
{
	static struct seen now;
	struct region share = tree_region(tree_node("signalbox,shared-memory", 0), 0);
	struct seen *first = (struct seen *)share.base;

	boot_map_memory(share);
	look(&now);
	if (first->mark == MARK) {
		compare(first, &now);
		return;
	}
	memcpy(first, &now, sizeof(now));
	printf("registers: %u written\n", dirty(&now));
	fflush(stdout);
	entry_leave(PSCI_SYSTEM_RESET);
}

static struct seen cpu_seen[2];
static volatile unsigned cpu_life;

static void cpu_work(void)
{
	look(&cpu_seen[cpu_life]);
	dirty(&cpu_seen[cpu_life]);
	entry_leave(PSCI_CPU_OFF);
}

static void cpu(void)
{
	uint64_t mpidr[CPU_MAX];

	tree_cpus(mpidr);
	for (cpu_life = 0; cpu_life < 2; cpu_life++) {
		uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US);

		failed += boot_cpu(1, cpu_work) != 0;
		while (timer_now() < end &&
			   (cpu_seen[cpu_life].mark != MARK || psci_call(PSCI_AFFINITY_INFO, mpidr[1], 0, 0) != 1))
			;
	}
	failed += cpu_seen[1].mark != MARK;
	compare(&cpu_seen[0], &cpu_seen[1]);
}

/* Cleans by set and way, as boot loaders do, level by level (DDI 0487, DC CSW). */
static void caches(void)
{
	uint64_t levels = sysreg_read(clidr_el1), line = sysreg_read(ctr_el0) >> 16 & 15;
	unsigned cleaned = 0;

	for (unsigned level = 0; level < (levels >> 24 & 7); level++) {
		uint64_t size;

		if ((levels >> 3 * level & 7) < 2) /* no data */
			continue;
		sysreg_write(csselr_el1, level << 1);
		size = sysreg_read(ccsidr_el1);
		failed += sysreg_read(csselr_el1) != level << 1 || (size & 7) + 2 != line;
		for (unsigned set = 0; set <= (size >> 13 & 0x7fff); set++)
			for (unsigned way = 0; way <= (size >> 3 & 0x3ff); way++, cleaned++)
				__asm__ volatile("dc csw, %0" ::"r"((uint64_t)(set << 6 | level << 1)) : "memory");
	}
	printf("registers: %u levels, %u sets and ways cleaned\n", (unsigned)(levels >> 24 & 7), cleaned);
}

/* DDI 0487, OSLSR_EL1: locked after power-on, and by OSLAR_EL1; OSLM says that there is one. */
static void lock(void)
{
	const unsigned oslar = ENCODING(2, 0, 1, 0, 4), oslsr = ENCODING(2, 0, 1, 1, 4);
	uint64_t value[3] = {0};

	failed += !register_read(oslsr, &value[0]);
	failed += !register_write(oslar, 0) || !register_read(oslsr, &value[1]);
	failed += !register_write(oslar, ~UINT64_C(0)) || !register_read(oslsr, &value[2]);
	failed += value[0] != 10 || value[1] != 8 || value[2] != 10;
	printf("registers: OSLSR_EL1 %u %u %u\n", (unsigned)value[0], (unsigned)value[1], (unsigned)value[2]);
}

static void keep_all(void)
{
	failed += keep();
}

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} cases[] = {{"walk", walk},     {"reset", reset}, {"cpu", cpu},      {"show", show},
				 {"caches", caches}, {"lock", lock},   {"keep", keep_all}};

	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (strcmp(argument_text("case", "walk"), cases[i].name) == 0) {
			cases[i].run();
			printf("registers: %s: %s\n", cases[i].name, failed ? "FAILED" : "ok");
		}
	return 0;
}
