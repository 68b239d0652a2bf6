/* SPDX-License-Identifier: Apache-2.0 */
/* Accesses and instructions that fault, and what EL1 gets to see of it. */
#include <inttypes.h>
#include <stddef.h>

#include "lib/console.h"
#include "lib/cpu.h"
#include "lib/exception.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "probe/probe.h"

#define NOTHING_DEVICE 0x0d000000 /* no device stands there, and our map says device */
#define NOTHING_MEMORY 0x7ff00000 /* beyond RAM, and our map says memory */
#define ISS_WRITE (1u << 6)
#define ISS_MAINTENANCE (1u << 8)
#define NESTED_DEPTH 40

static void check_abort(const char *what, uint64_t address, struct fault fault, unsigned ec)
{
	check(fault.taken && ESR_EC(fault.esr) == ec && ESR_FSC(fault.esr) == FSC_EXTERNAL &&
			  fault.far == address,
		  "%s 0x%" PRIx64 ": ESR 0x%" PRIx64 " FAR 0x%" PRIx64 ", external abort", what, address, fault.esr,
		  fault.far);
}

static void read_unmapped(void)
{
	static const uint64_t address[] = {NOTHING_DEVICE, NOTHING_MEMORY};

	for (unsigned i = 0; i < 2; i++) {
		struct fault fault;

		fault_expect();
		(void)mmio_read32(address[i]);
		fault = fault_caught();
		check_abort("read", address[i], fault, EC_DATA_ABORT);
		check(!(fault.esr & ISS_WRITE), "and ESR says read");
	}
}

static void write_unmapped(void)
{
	static const uint64_t address[] = {NOTHING_DEVICE, NOTHING_MEMORY};

	for (unsigned i = 0; i < 2; i++) {
		struct fault fault;

		fault_expect();
		mmio_write32(address[i], 1);
		fault = fault_caught();
		check_abort("write", address[i], fault, EC_DATA_ABORT);
		check(fault.esr & ISS_WRITE, "and ESR says write");
	}
}

static void fetch_unmapped(void)
{
	struct fault fault;

	fault_expect();
	((void (*)(void))NOTHING_MEMORY)();
	fault = fault_caught();
	check_abort("fetch", NOTHING_MEMORY, fault, EC_FETCH_ABORT);
	check(fault.elr == NOTHING_MEMORY, "ELR 0x%" PRIx64, fault.elr);
}

/* Pairs, and what writes its base back: their syndrome does not tell register and size. */
static void mmio_undecodable(void)
{
	const uint64_t id = gic_distributor + 0xffe0, priority = gic_distributor + GICD_IPRIORITYR + 40;
	uint64_t at = id, low, high, first = mmio_read32(id), second = mmio_read32(id + 4),
			 fourth = mmio_read32(id + 12);

	fault_expect();
	__asm__ volatile("ldp %w0, %w1, [%2]" : "=&r"(low), "=r"(high) : "r"(id) : "memory");
	check(!fault_caught().taken && low == first && high == second, "ldp: 0x%" PRIx64 " 0x%" PRIx64, low,
		  high);
	fault_expect();
	__asm__ volatile("ldp %w0, %w1, [%2, #8]!" : "=&r"(low), "=&r"(high), "+r"(at)::"memory");
	check(!fault_caught().taken && high == fourth && at == id + 8, "ldp, pre-index: 0x%" PRIx64, high);
	fault_expect();
	__asm__ volatile("ldr %w0, [%1], #-8" : "=&r"(low), "+r"(at)::"memory");
	check(!fault_caught().taken && at == id, "ldr, post-index: 0x%" PRIx64, low);
	fault_expect();
	__asm__ volatile("ldrsb %0, [%1], #16" : "=&r"(low), "+r"(at)::"memory");
	check(!fault_caught().taken && at == id + 16, "ldrsb, post-index: 0x%" PRIx64, low);
	at = priority;
	fault_expect();
	__asm__ volatile("stp %w1, %w2, [%0], #8" : "+r"(at) : "r"(0x10203040), "r"(0x50607080) : "memory");
	check(!fault_caught().taken && at == priority + 8 && mmio_read32(priority) == 0x10203040 &&
			  mmio_read32(priority + 4) == 0x50607080,
		  "stp, post-index");
	fault_expect();
	__asm__ volatile("stp wzr, wzr, [%0, #-8]" ::"r"(at) : "memory");
	check(!fault_caught().taken && mmio_read64(priority) == 0, "stp of zeros");
	at = console_base + UART_FR;
	fault_expect();
	__asm__ volatile("ldr %w0, [%1], #0" : "=&r"(low), "+r"(at)::"memory");
	check(!fault_caught().taken && low == mmio_read32(at), "ldr of the console, with write-back of the same");
}

/* Hardware does them, or they are external aborts: nobody's end. */
static void check_aborted_or_done(const char *what, uint64_t address, struct fault fault)
{
	if (fault.taken)
		check_abort(what, address, fault, EC_DATA_ABORT);
	else
		check(true, "%s 0x%" PRIx64 ": done", what, address);
}

static void mmio_impossible(void)
{
	const uint64_t at = gic_distributor + GICD_IPRIORITYR + 40;

	fault_expect();
	__asm__ volatile("ldxr w2, [%0]" ::"r"(at) : "x2", "memory");
	check_aborted_or_done("ldxr", at, fault_caught());
	fault_expect();
	__asm__ volatile("ldr b2, [%0], #0" ::"r"(at) : "memory");
	check_aborted_or_done("ldr of SIMD", at, fault_caught());
	fault_expect();
	__asm__ volatile("prfm pldl1keep, [%0]\n\tprfm pstl1keep, [%0]\n\tdc cvac, %0\n\tdc civac, %0" ::"r"(at)
					 : "memory");
	check(!fault_caught().taken, "prefetches and cleaning: nothing");
}

#define WALKED (UINT64_C(100) << 30) /* an address that nothing else has */
#define NO_TABLE 0x0b800000          /* nothing is there */

extern uint64_t table_1[];
static uint64_t table_2_broken[512] __attribute__((aligned(4096)));

/* DDI 0487, ESR_EL1: AT and cache maintenance say CM, and that they write. */
static void check_walk(const char *what, unsigned level, uint64_t esr, struct fault fault)
{
	esr |= 1u << 25 | 0x14 | level; /* IL; synchronous External abort on translation table walk */
	check(fault.taken && fault.esr == esr && fault.far == WALKED,
		  "%s, level-%u table: ESR 0x%" PRIx64 " (0x%" PRIx64 ") FAR 0x%" PRIx64, what, level, fault.esr, esr,
		  fault.far);
}

static void walk_at(unsigned level)
{
	cpu_barrier();
	fault_expect();
	(void)mmio_read32(WALKED);
	check_walk("load", level, (uint64_t)EC_DATA_ABORT << 26, fault_caught());
	fault_expect();
	mmio_write32(WALKED, 0);
	check_walk("store", level, (uint64_t)EC_DATA_ABORT << 26 | ISS_WRITE, fault_caught());
	fault_expect();
	((void (*)(void))WALKED)();
	check_walk("fetch", level, (uint64_t)EC_FETCH_ABORT << 26, fault_caught());
	fault_expect();
	__asm__ volatile("at s1e1r, %0\n\tisb" ::"r"(WALKED) : "memory");
	check_walk("AT", level, (uint64_t)EC_DATA_ABORT << 26 | ISS_MAINTENANCE | ISS_WRITE, fault_caught());
}

static void walk_unmapped(void)
{
	table_1[100] = NO_TABLE | 3;
	walk_at(2);
	table_2_broken[0] = NO_TABLE | 3;
	table_1[100] = (uint64_t)table_2_broken | 3;
	__asm__ volatile("dsb sy\n\ttlbi vmalle1is\n\tdsb sy" ::: "memory");
	walk_at(3);
	table_1[100] = 0;
	__asm__ volatile("dsb sy\n\ttlbi vmalle1is\n\tdsb sy\n\tisb" ::: "memory");
}

static void undefined(void)
{
	struct fault fault;

	fault_expect();
	__asm__ volatile("udf #0");
	fault = fault_caught();
	check(fault.taken && ESR_EC(fault.esr) == EC_UNKNOWN, "udf: ESR 0x%" PRIx64, fault.esr);
}

static unsigned depth, depth_max, wrong;

/* A supervisor call inside a supervisor call, each with an exit to the hypervisor on the way. */
static void nest(struct frame *frame)
{
	uint64_t elr = frame->elr;

	if (++depth > depth_max)
		depth_max = depth;
	wrong += hvc_call(PSCI_VERSION, 0, 0, 0) < 0;
	if (depth < NESTED_DEPTH)
		__asm__ volatile("svc #0" ::: "memory");
	wrong += frame->elr != elr;
	depth--;
}

static void nested(void)
{
	exception_supervisor_call = nest;
	__asm__ volatile("svc #0" ::: "memory");
	exception_supervisor_call = NULL;
	check(depth_max == NESTED_DEPTH && depth == 0 && wrong == 0, "%u exceptions deep and back, %u wrong",
		  depth_max, wrong);
}

const struct probe_case fault_cases[] = {
	{"read-unmapped", read_unmapped, false},
	{"write-unmapped", write_unmapped, false},
	{"fetch-unmapped", fetch_unmapped, false},
	{"mmio-undecodable", mmio_undecodable, false},
	{"mmio-impossible", mmio_impossible, false},
	{"walk-unmapped", walk_unmapped, false},
	{"undefined", undefined, false},
	{"nested", nested, false},
	{0},
};
