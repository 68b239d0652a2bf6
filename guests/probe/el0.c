/* SPDX-License-Identifier: Apache-2.0 */
/* What EL0 may do, and data in the other byte order (Arm DDI 0487, SCTLR_EL1.E0E and EE). */
#include <inttypes.h>

#include "lib/cpu.h"
#include "lib/exception.h"
#include "lib/gic.h"
#include "lib/layout.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "probe/probe.h"

#define EL0_BASE (UINT64_C(200) << 30) /* an address that nothing else has */
#define BLOCK_SIZE 0x200000
#define CODE 0x7c1 /* DDI 0487, block descriptor: attribute 0, inner shareable, AF, read-only, EL0 too */
#define DEVICE 0x0060000000000445 /* attribute 1, AF, EL0 too, never executed */
#define SCTLR_E0E (1u << 24)
#define SCTLR_EE (1u << 25)
#define EL0PCTEN 1
#define SPI 40

extern uint64_t table_1[]; /* start.S: 1 GiB an entry */
uint64_t el0_run(uint64_t code, uint64_t address, uint64_t value, uint64_t *esr);
uint64_t load_big_endian(uint64_t address);
int32_t cpu_on_big_endian(uint64_t mpidr, volatile uint64_t *seen);
void lose_vectors(void);
extern const char el0_counter[], el0_load[], el0_load_pair[], el0_store[], el0_store_64[];

static uint64_t table_2_el0[512] __attribute__((aligned(4096)));

static void map(void)
{
	table_2_el0[0] = ((uint64_t)el0_counter & ~(uint64_t)(BLOCK_SIZE - 1)) | CODE;
	table_2_el0[1] = (gic_distributor & ~(uint64_t)(BLOCK_SIZE - 1)) | DEVICE;
	table_1[200] = (uint64_t)table_2_el0 | 3;
	cpu_barrier();
}

/* Of the distributor; its SVC comes behind what is asked for, or it is told. */
static uint64_t run(const char *code, uint64_t offset, uint64_t value)
{
	uint64_t place = EL0_BASE + (uint64_t)code % BLOCK_SIZE, esr;
	uint64_t device = EL0_BASE + BLOCK_SIZE + gic_distributor % BLOCK_SIZE;

	map();
	value = el0_run(place, device + offset, value, &esr);
	check(ESR_EC(esr) == EC_SVC, "EL0 goes on: exception class 0x%x", (unsigned)ESR_EC(esr));
	return value;
}

static void counter(void)
{
	uint64_t before = sysreg_read(cntpct_el0), control = sysreg_read(cntkctl_el1), read, esr;

	sysreg_write(cntkctl_el1, control | EL0PCTEN);
	read = run(el0_counter, 0, 0);
	check(read >= before && read <= sysreg_read(cntpct_el0), "CNTPCT_EL0 at EL0: 0x%" PRIx64, read);
	sysreg_write(cntkctl_el1, control & ~(uint64_t)EL0PCTEN);
	el0_run(EL0_BASE + (uint64_t)el0_counter % BLOCK_SIZE, 0, 0, &esr);
	check(ESR_EC(esr) == 0x18, "and trapped to EL1 where it is not allowed: exception class 0x%x",
		  (unsigned)ESR_EC(esr));
	sysreg_write(cntkctl_el1, control);
}

static uint32_t reversed(uint32_t word)
{
	return __builtin_bswap32(word);
}

static void byte_order(void)
{
	uint64_t priority = gic_distributor + GICD_IPRIORITYR + SPI,
			 route = gic_distributor + GICD_IROUTER + 8 * SPI;
	uint32_t ctlr = mmio_read32(gic_distributor), typer = mmio_read32(gic_distributor + GICD_TYPER), read;
	uint64_t sctlr = sysreg_read(sctlr_el1), pair;

	check(run(el0_load, GICD_TYPER, 0) == typer, "EL0, little-endian");
	sysreg_write(sctlr_el1, sctlr | SCTLR_E0E);
	read = (uint32_t)run(el0_load, GICD_TYPER, 0);
	check(read == reversed(typer), "big-endian: LDR 0x%" PRIx32 " of 0x%" PRIx32, read, typer);
	pair = run(el0_load_pair, 0, 0);
	check(pair == (reversed(ctlr) | (uint64_t)reversed(typer) << 32), "LDP 0x%" PRIx64, pair);
	run(el0_store, GICD_IPRIORITYR + SPI, 0x10203040);
	run(el0_store_64, GICD_IROUTER + 8 * SPI, 0);
	check(mmio_read32(gic_distributor + GICD_TYPER) == typer, "while EL1 is little-endian");
	sysreg_write(sctlr_el1, sctlr);
	check(mmio_read32(priority) == 0x40302010, "STR 0x%" PRIx32, mmio_read32(priority));
	check(mmio_read64(route) == 0, "STR, post-index, 0x%" PRIx64, mmio_read64(route));
	read = (uint32_t)load_big_endian(gic_distributor + GICD_TYPER);
	check(read == reversed(typer), "EL1, big-endian: LDR 0x%" PRIx32, read);
}

/* DEN 0022: a CPU starts in its caller's byte order. QEMU's own PSCI starts all little-endian. */
static void cpu_on_byte_order(void)
{
	static volatile uint64_t seen;
	uint64_t mpidr[CPU_MAX], end = timer_now() + timer_ticks(TIMER_PATIENCE_US);
	int32_t result;

	if (tree_cpus(mpidr) < 2 || !probe_is_signalbox()) {
		note("one CPU only, or not Signalbox");
		return;
	}
	seen = 0;
	__asm__ volatile("dc civac, %0\n\tdsb sy" ::"r"(&seen) : "memory"); /* it is written past the caches */
	result = cpu_on_big_endian(mpidr[1], &seen);
	check(result == 0, "CPU_ON by a big-endian caller: %" PRId32, result);
	while (!seen && timer_now() < end)
		;
	check(__builtin_bswap64(seen) & SCTLR_EE, "SCTLR_EL1 0x%" PRIx64, (uint64_t)__builtin_bswap64(seen));
	while (psci_call(PSCI_AFFINITY_INFO, mpidr[1], 0, 0) == 0 && timer_now() < end)
		;
}

/* Natively, too: the exception's vector, and the exception of that one ... */
static void no_vectors(void)
{
	note("no vectors now");
	lose_vectors();
}

const struct probe_case el0_cases[] = {
	{"el0-counter", counter, false},
	{"byte-order", byte_order, false},
	{"cpu-on-byte-order", cpu_on_byte_order, false},
	{"no-vectors", no_vectors, true},
	{0},
};
