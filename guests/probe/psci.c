/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI with the specification's return codes (Arm DEN 0022), and resets. */
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "probe/probe.h"

#define CPU_ON_32 0x84000003
#define AFFINITY_INFO_32 0x84000004
#define MIGRATE 0x84000005
#define NO_SUCH_CPU 0xff00
#define ADDRESS_OUTSIDE 0x7ff00000
#define AFFINITY_ON 0
#define AFFINITY_OFF 1
#define ON_PENDING -5
#define MIGRATION_NOT_REQUIRED 2
#define RESET_COUNT_OFFSET 0xff0
#define RESETS 2
#define MARK 0x6d61726b
#define RAM_MARK_ABOVE 0x200000 /* above the image's end: no loader writes there */

static void psci_about(void)
{
	static const uint32_t mandatory[] = {PSCI_VERSION,      PSCI_CPU_OFF,     CPU_ON_32,
										 PSCI_CPU_ON,       AFFINITY_INFO_32, PSCI_SYSTEM_OFF,
										 PSCI_SYSTEM_RESET, PSCI_FEATURES,    PSCI_CPU_SUSPEND};
	int32_t version = psci_call(PSCI_VERSION, 0, 0, 0);

	check(version >= 0x10000, "version %d.%d", version >> 16, version & 0xffff);
	for (unsigned i = 0; i < sizeof(mandatory) / sizeof(mandatory[0]); i++)
		check(psci_call(PSCI_FEATURES, mandatory[i], 0, 0) >= 0, "feature 0x%08" PRIx32, mandatory[i]);
	check(psci_call(PSCI_FEATURES, 0x8400ffff, 0, 0) == PSCI_NOT_SUPPORTED, "an unknown feature is not");
	check(psci_call(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0) == MIGRATION_NOT_REQUIRED, "migration is not required");
	check(psci_call(MIGRATE, 0, 0, 0) == PSCI_NOT_SUPPORTED, "nor is it supported");
}

static void psci_codes(void)
{
	uint64_t self = sysreg_read(mpidr_el1) & 0xff00ffffff;
	uint64_t mpidr[CPU_MAX];
	int32_t level_1;

	check(psci_call(PSCI_CPU_ON, NO_SUCH_CPU, 0x40200000, 0) == PSCI_INVALID_PARAMETERS,
		  "CPU_ON: no such CPU");
	check(psci_call(PSCI_CPU_ON, self, 0x40200000, 0) == PSCI_ALREADY_ON, "CPU_ON: already on");
	check(psci_call(PSCI_AFFINITY_INFO, self, 0, 0) == AFFINITY_ON, "AFFINITY_INFO: on");
	check(psci_call(PSCI_AFFINITY_INFO, NO_SUCH_CPU, 0, 0) == PSCI_INVALID_PARAMETERS,
		  "AFFINITY_INFO: no such CPU");
	level_1 = psci_call(PSCI_AFFINITY_INFO, self, 1, 0);
	check(level_1 == AFFINITY_ON || level_1 == PSCI_INVALID_PARAMETERS, "AFFINITY_INFO, level 1: %" PRId32,
		  level_1);
	check(psci_call(PSCI_CPU_SUSPEND, 0xffffffff, 0, 0) == PSCI_INVALID_PARAMETERS,
		  "CPU_SUSPEND: a bad state");
	if (tree_cpus(mpidr) > 1 && probe_is_signalbox())
		check(psci_call(PSCI_CPU_ON, mpidr[1], ADDRESS_OUTSIDE, 0) == PSCI_INVALID_ADDRESS,
			  "CPU_ON: an address outside memory");
}

static void psci_suspend(void)
{
	uint64_t start = timer_now();
	uint64_t ticks = timer_ticks(20000);

	gic_enable(TIMER_VIRTUAL_INTID);
	timer_arm(start + ticks);
	check(psci_call(PSCI_CPU_SUSPEND, 0, 0, 0) == 0, "CPU_SUSPEND returns 0");
	check(timer_now() - start >= ticks, "woken by the timer after %" PRIu64 " ticks", timer_now() - start);
	timer_disarm();
	gic_disable(TIMER_VIRTUAL_INTID);
}

static volatile unsigned came, go_off;

static void second(void)
{
	came += cpu_number() == 1;
	while (!go_off)
		;
}

static bool psci_wait_affinity(uint64_t mpidr, int32_t state)
{
	uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US);

	while (timer_now() < end)
		if (psci_call(PSCI_AFFINITY_INFO, mpidr, 0, 0) == state)
			return true;
	return false;
}

static void psci_cpu(void)
{
	uint64_t mpidr[CPU_MAX];

	if (tree_cpus(mpidr) < 2) {
		note("one CPU only");
		return;
	}
	for (unsigned round = 1; round <= 3; round++) {
		int32_t again;

		go_off = 0;
		check(psci_call(PSCI_AFFINITY_INFO, mpidr[1], 0, 0) == AFFINITY_OFF, "the second CPU is off");
		check(boot_cpu(1, second) == 0, "CPU_ON");
		again = boot_cpu(1, second);
		/* QEMU's own PSCI accepts it now and then. */
		check(again == PSCI_ALREADY_ON || again == ON_PENDING || !probe_is_signalbox(),
			  "CPU_ON again: %" PRId32, again);
		check(psci_wait_affinity(mpidr[1], AFFINITY_ON), "it is on");
		for (uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US); came < round && timer_now() < end;)
			;
		check(came == round, "it runs, round %u", round);
		go_off = 1;
		check(psci_wait_affinity(mpidr[1], AFFINITY_OFF), "it is off again");
	}
}

static volatile uint32_t pristine = MARK;
extern char image_end[];

/*
 * Which boot is this? Shared memory outlives a reset and counts; without it a mark in plain memory, which
 * natively does, while a hypervisor that scrubs memory makes every boot the first.
 */
static unsigned boots(void)
{
	struct share share = probe_share();
	volatile uint32_t *mark = (volatile uint32_t *)(image_end + RAM_MARK_ABOVE);
	volatile uint32_t *count = share.size ? (volatile uint32_t *)(share.base + RESET_COUNT_OFFSET) : mark + 1;

	printf("probe: boot, memory %s, data %s\n", *mark == MARK ? "kept" : "clean",
		   pristine == MARK ? "pristine" : "stale");
	check(pristine == MARK, "data is as loaded");
	check(*mark != MARK || !probe_is_signalbox(), "memory above the image is clean");
	if (!share.size && *mark != MARK)
		*count = 0;
	*mark = MARK;
	pristine = 0;
	return ++*count;
}

static void reset_by(uint64_t function)
{
	unsigned boot = boots();

	note("boot %u", boot);
	if (boot <= RESETS) {
		int32_t result;

		fflush(stdout);
		result = psci_call(function, 0, 0, 0);
		check(result == PSCI_NOT_SUPPORTED && !probe_is_signalbox(), "reset returned %" PRId32, result);
	}
}

static void reset(void)
{
	reset_by(PSCI_SYSTEM_RESET);
}

static void reset2(void)
{
	if (psci_call(PSCI_FEATURES, PSCI_SYSTEM_RESET2, 0, 0) >= 0)
		check(psci_call(PSCI_SYSTEM_RESET2, 0x7fffffff, 0, 0) < 0, "an unknown kind of reset is refused");
	reset_by(PSCI_SYSTEM_RESET2);
}

static void reset_forever(void)
{
	boots();
	psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	check(false, "reset returned");
}

const struct probe_case psci_cases[] = {
	{"psci", psci_about, false},
	{"psci-codes", psci_codes, false},
	{"psci-suspend", psci_suspend, false},
	{"psci-cpu", psci_cpu, false},
	{"reset", reset, true},
	{"reset2", reset2, true},
	{"reset-forever", reset_forever, true},
	{0},
};
