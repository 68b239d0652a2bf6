/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers: an extension's register is there when, and only when, the ID register announces it
 * (Arm DDI 0487); state survives exits.
 */
#include <inttypes.h>

#include "lib/cpu.h"
#include "lib/exception.h"
#include "lib/fp.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "probe/probe.h"

#define STATE_ROUNDS 2000

/* A 32-bit read of `address` with known words in x2..x30: how many of them changed. state.S */
unsigned state_kept_by_read(uint64_t address);

/* name, encoding, ID register, lowest bit of its 4-bit field, least value that announces the register */
#define ANNOUNCED(row) \
	row("PMCR_EL0", s3_3_c9_c12_0, id_aa64dfr0_el1, 8, 1) \
		row("PMSCR_EL1", s3_0_c9_c9_0, id_aa64dfr0_el1, 32, 1) \
			row("TRBLIMITR_EL1", s3_0_c9_c11_0, id_aa64dfr0_el1, 44, 1) \
				row("ZCR_EL1", s3_0_c1_c2_0, id_aa64pfr0_el1, 32, 1) \
					row("AMCR_EL0", s3_3_c13_c2_0, id_aa64pfr0_el1, 44, 1) \
						row("ERRIDR_EL1", s3_0_c5_c3_0, id_aa64pfr0_el1, 28, 1) \
							row("GCR_EL1 (MTE)", s3_0_c1_c0_6, id_aa64pfr1_el1, 8, 2) \
								row("SMCR_EL1", s3_0_c1_c2_6, id_aa64pfr1_el1, 24, 1) \
									row("RNDR", s3_3_c2_c4_0, id_aa64isar0_el1, 60, 1) \
										row("LORC_EL1", s3_0_c10_c4_3, id_aa64mmfr1_el1, 16, 1)

/* Registers that EL1 never has: reserved, IMPLEMENTATION DEFINED and unknown, EL2's, EL3's. */
#define NEVER(row) \
	row("S3_0_C15_C0_0 (implementation defined)", s3_0_c15_c0_0) \
		row("S3_7_C15_C7_7 (implementation defined)", s3_7_c15_c7_7) \
			row("S3_0_C11_C7_7 (implementation defined)", s3_0_c11_c7_7) row("VBAR_EL2", s3_4_c12_c0_0) \
				row("HCR_EL2", s3_4_c1_c1_0) row("ICH_HCR_EL2", s3_4_c12_c11_0) row("SCR_EL3", s3_6_c1_c1_0)

#define IDENTITY(row) \
	row(midr_el1) row(mpidr_el1) row(revidr_el1) row(ctr_el0) row(dczid_el0) row(id_aa64pfr0_el1) \
		row(id_aa64pfr1_el1) row(id_aa64dfr0_el1) row(id_aa64dfr1_el1) row(id_aa64isar0_el1) \
			row(id_aa64isar1_el1) row(id_aa64mmfr0_el1) row(id_aa64mmfr1_el1) row(id_aa64mmfr2_el1) \
				row(cntfrq_el0)

static void check_undefined(const char *name, bool present, struct fault fault, uint64_t value)
{
	bool is_undefined = ESR_EC(fault.esr) == EC_UNKNOWN; /* otherwise: there, and not enabled */

	if (fault.taken)
		check(is_undefined != present, "%s: ESR 0x%" PRIx64 ", %sannounced", name, fault.esr,
			  present ? "" : "not ");
	else
		check(present, "%s: 0x%" PRIx64 ", %sannounced", name, value, present ? "" : "not ");
}

static bool id_announces(uint64_t id, unsigned shift, unsigned least)
{
	unsigned field = id >> shift & 0xf;

	return field != 0xf && field >= least; /* 0xf: none that the architecture defines */
}

#define CPACR_ZEN_SMEN (3 << 16 | 3 << 24)

static void hidden_registers(void)
{
	struct fault fault;
	uint64_t value, cpacr = sysreg_read(cpacr_el1);

	/* Otherwise CPACR_EL1 traps SVE and SME to EL1 itself, before anybody else is asked. */
	sysreg_write(cpacr_el1, cpacr | CPACR_ZEN_SMEN);
	cpu_barrier();

#define ROW_ANNOUNCED(name, encoding, id, shift, least) \
	fault_expect(); \
	value = sysreg_read(encoding); \
	fault = fault_caught(); \
	check_undefined(name, id_announces(sysreg_read(id), shift, least), fault, value);
#define ROW_NEVER(name, encoding) \
	fault_expect(); \
	value = sysreg_read(encoding); \
	fault = fault_caught(); \
	check_undefined(name, false, fault, value);
	ANNOUNCED(ROW_ANNOUNCED)
	NEVER(ROW_NEVER)
	sysreg_write(cpacr_el1, cpacr);
}

static void identity(void)
{
	uint64_t pfr0 = sysreg_read(id_aa64pfr0_el1);

#define ROW_IDENTITY(name) note("%-16s 0x%016" PRIx64, #name, sysreg_read(name));
	IDENTITY(ROW_IDENTITY)
	check((pfr0 >> 24 & 0xf) == 1, "the GIC's system registers are announced");
	check((pfr0 >> 16 & 0xf) != 0xf && (pfr0 >> 20 & 0xf) != 0xf, "FP and SIMD are announced");
	check((sysreg_read(id_aa64mmfr0_el1) >> 28 & 0xf) != 0xf, "4 KiB pages are announced");
	check(sysreg_read(s3_0_c0_c7_7) == 0, "the reserved end of the ID space reads 0");
}

/*
 * DDI 0487, CNTFRQ_EL0: the highest level alone writes it. An RTOS that finds itself there sets it. QEMU's
 * virt machine without virtualization has EL1 alone.
 */
static void exception_levels(void)
{
	uint64_t pfr0 = sysreg_read(id_aa64pfr0_el1), frequency = sysreg_read(cntfrq_el0);
	unsigned el1 = pfr0 >> 4 & 15, el2 = pfr0 >> 8 & 15, el3 = pfr0 >> 12 & 15;
	struct fault fault;

	fault_expect();
	sysreg_write(cntfrq_el0, frequency);
	fault = fault_caught();
	check(fault.taken == (el2 || el3), "CNTFRQ_EL0 is %s at EL1; EL2 is %sannounced, EL3 is %sannounced",
		  fault.taken ? "undefined" : "written", el2 ? "" : "not ", el3 ? "" : "not ");
	check(!fault.taken || ESR_EC(fault.esr) == EC_UNKNOWN, "ESR 0x%" PRIx64, fault.esr);
	check(el1 && (!el2 || el2 <= el1) && (!el3 || el3 <= el1), "no level has more than EL1: %u, %u, %u", el1,
		  el2, el3);
	if (probe_is_signalbox())
		check(el2, "Signalbox needs EL2, so that the processor has it");
	else
		note("a machine without EL2 and EL3 announces none: QEMU's virt, unless virtualization=on");
}

#define SGI_GROUP_0 12

static void gic_system_registers(void)
{
	check(sysreg_read(s3_0_c12_c12_5) & 1, "ICC_SRE_EL1 0x%" PRIx64, sysreg_read(s3_0_c12_c12_5));
	sysreg_write(s3_0_c12_c12_5, 0);
	check(sysreg_read(s3_0_c12_c12_5) & 1, "ICC_SRE_EL1.SRE cannot be cleared");
	sysreg_write(s3_0_c4_c6_0, 0x80);
	check(sysreg_read(s3_0_c4_c6_0) == 0x80, "ICC_PMR_EL1 keeps 0x80");
	sysreg_write(s3_0_c4_c6_0, 0xff);
	note("ICC_PMR_EL1 keeps 0x%" PRIx64 " of 0xff", sysreg_read(s3_0_c4_c6_0));
	note("ICC_CTLR_EL1 0x%" PRIx64, sysreg_read(s3_0_c12_c12_4));
	check(sysreg_read(s3_0_c12_c11_3) == 0xff, "ICC_RPR_EL1 is idle");
	check(sysreg_read(s3_0_c12_c12_2) == GIC_SPURIOUS, "ICC_HPPIR1_EL1 has nothing");
	sysreg_write(s3_0_c12_c11_7, (uint64_t)SGI_GROUP_0 << 24 | 1); /* ICC_SGI0R_EL1 */
	check(!gic_is_pending(SGI_GROUP_0), "a Group 0 SGI does not reach a Group 1 one");
	sysreg_write(s3_0_c12_c12_1, 1022); /* EOI of a special INTID */
	check(sysreg_read(s3_0_c12_c11_3) == 0xff, "EOI of a special INTID is ignored");
}

#define LEVELS(clidr) ((clidr) >> 24 & 7) /* LoC */
#define HAS_DATA(clidr, level) (((clidr) >> 3 * (level)&7) >= 2)

/* The shift of the way in a set/way operand: its highest bit is bit 31 (DDI 0487, DC CSW). */
static unsigned way_shift(unsigned way_last)
{
	return way_last ? (unsigned)__builtin_clz(way_last) : 0;
}

/* Cleans one level. How many operations was that? CCSIDR_EL1 has another format with FEAT_CCIDX. */
static unsigned clean_level(unsigned level)
{
	bool ccidx = sysreg_read(id_aa64mmfr2_el1) >> 20 & 15;
	uint64_t size;
	unsigned set_last, way_last, line;

	sysreg_write(csselr_el1, level << 1);
	size = sysreg_read(ccsidr_el1);
	line = (size & 7) + 4;
	set_last = ccidx ? size >> 32 & 0xffffff : size >> 13 & 0x7fff;
	way_last = size >> 3 & (ccidx ? 0x1fffff : 0x3ff);
	for (unsigned set = 0; set <= set_last; set++)
		for (unsigned way = 0; way <= way_last; way++)
			__asm__ volatile(
				"dc csw, %0" ::"r"((uint64_t)way << way_shift(way_last) | (uint64_t)set << line | level << 1)
				: "memory");
	return (set_last + 1) * (way_last + 1);
}

/*
 * As boot loaders and RTOSes do on each CPU. A VM's caches have one set and one way each, so that this is a
 * handful of exits.
 */
static void clean_by_set_and_way(void)
{
	static volatile uint64_t written;
	uint64_t clidr = sysreg_read(clidr_el1), type = sysreg_read(ctr_el0), selected = sysreg_read(csselr_el1);
	unsigned levels = LEVELS(clidr), caches = 0, cleaned = 0;

	written = clidr ^ type;
	for (unsigned level = 0; level < levels; level++) {
		if (!HAS_DATA(clidr, level))
			continue;
		caches++;
		cleaned += clean_level(level);
		check(sysreg_read(csselr_el1) == level << 1 && (sysreg_read(ccsidr_el1) & 7) + 2 >= (type >> 16 & 15),
			  "level %u has no shorter lines than CTR_EL0 says", level + 1);
	}
	sysreg_write(csselr_el1, selected);
	cpu_barrier();
	check(written == (clidr ^ type), "memory is as it was");
	check(caches > 0 && (!probe_is_signalbox() || cleaned == caches), "%u caches: %u sets and ways cleaned",
		  caches, cleaned);
}

/* Registers that only a careless world switch changes, and a pattern each may hold. */
#define STATE(row) \
	row(tpidrro_el0, 0x1111222233334444) row(sp_el0, 0x5555666677778880) row(par_el1, 0x800) \
		row(contextidr_el1, 0x12345678) row(fpcr, 0x01000000) row(fpsr, 0x0800001f) row(cntkctl_el1, 3) \
			row(csselr_el1, 2) row(amair_el1, 0) row(mdscr_el1, 0x1000)

static unsigned state_lost(void)
{
	unsigned lost = 0;

#define ROW_CHECK(name, pattern) lost += sysreg_read(name) != (pattern);
	STATE(ROW_CHECK)
	return lost;
}

static void state(void)
{
	unsigned lost = 0, lost_fp = 0, lost_general = 0;

	fp_fill(7);
#define ROW_WRITE(name, pattern) sysreg_write(name, pattern);
	STATE(ROW_WRITE)
	for (unsigned i = 0; i < STATE_ROUNDS; i++) {
		hvc_call(PSCI_VERSION, i, 0, 0);
		lost_general += state_kept_by_read(gic_distributor + GICD_TYPER);
		mmio_write32(gic_redistributor() + GICR_SGI_BASE + GICD_ICENABLER, 0);
		lost += state_lost();
	}
	sysreg_write(fpcr, 0);
	sysreg_write(fpsr, 0);
	sysreg_write(mdscr_el1, 0);
	lost_fp = fp_check(7);
	check(lost_fp == 0, "FP registers over %u exits: %u lost", 3 * STATE_ROUNDS, lost_fp);
	check(lost_general == 0, "general registers: %u lost", lost_general);
	check(lost == 0, "system registers: %u lost", lost);
}

const struct probe_case register_cases[] = {
	{"hidden-registers", hidden_registers, false},
	{"id-registers", identity, false},
	{"exception-levels", exception_levels, false},
	{"set-and-way", clean_by_set_and_way, false},
	{"gic-system-registers", gic_system_registers, false},
	{"state", state, false},
	{0},
};
