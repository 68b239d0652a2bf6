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

/* Accesses whose syndrome does not tell register and size: hardware does them, others may abort. */
static void check_undecodable(const char *what, uint64_t address, struct fault fault)
{
	if (fault.taken)
		check_abort(what, address, fault, EC_DATA_ABORT);
	else
		check(true, "%s 0x%" PRIx64 ": done", what, address);
}

static void mmio_undecodable(void)
{
	const uint64_t address[] = {console_base + UART_FR, gic_distributor + GICD_TYPER};

	for (unsigned i = 0; i < 2; i++) {
		uint64_t at = address[i];

		fault_expect();
		__asm__ volatile("ldp w2, w3, [%0]" ::"r"(at) : "x2", "x3", "memory");
		check_undecodable("ldp", address[i], fault_caught());
		fault_expect();
		__asm__ volatile("ldr w2, [%0], #0" : "+r"(at)::"x2", "memory");
		check_undecodable("ldr with write-back", address[i], fault_caught());
	}
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
	{"mmio-undecodable", mmio_undecodable, true},
	{"undefined", undefined, false},
	{"nested", nested, false},
	{0},
};
