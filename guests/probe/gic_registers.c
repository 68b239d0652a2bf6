/* SPDX-License-Identifier: Apache-2.0 */
/* The distributor's and redistributor's registers (Arm IHI 0069), in every width. */
#include <inttypes.h>

#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/tree.h"
#include "probe/probe.h"
#include "probe/taken.h"

#define PIDR2_ARCH(pidr2) ((pidr2) >> 4 & 0xf)
#define ARCH_GICV3 3
#define GICD_RESERVED 0x7fc0
#define GICD_ITARGETSR 0x0800
#define EDGE_SGIS 0xaaaaaaaa

static uint32_t dist(unsigned offset)
{
	return mmio_read32(gic_distributor + offset);
}

static void about(void)
{
	uint64_t mpidr[CPU_MAX];
	uint64_t typer = mmio_read64(gic_redistributor() + GICR_TYPER);
	unsigned cpus = tree_cpus(mpidr);

	check(PIDR2_ARCH(dist(GICD_PIDR2)) == ARCH_GICV3, "GICD_PIDR2 0x%" PRIx32, dist(GICD_PIDR2));
	check(PIDR2_ARCH(mmio_read32(gic_redistributor() + GICD_PIDR2)) == ARCH_GICV3, "GICR_PIDR2");
	note("GICD_TYPER 0x%" PRIx32 ", %u interrupts", dist(GICD_TYPER), taken_spi_end());
	note("GICD_IIDR 0x%" PRIx32 " GICR_IIDR 0x%" PRIx32, dist(GICD_IIDR),
		 mmio_read32(gic_redistributor() + 4));
	note("GICR_TYPER 0x%" PRIx64, typer);
	check((dist(GICD_CTLR) & 0x12) == 0x12, "GICD_CTLR 0x%" PRIx32 ": affinity routing, Group 1",
		  dist(GICD_CTLR));
	check((typer >> 32) == (sysreg_read(mpidr_el1) & 0xffffff), "GICR_TYPER has our affinity");
	check((typer >> 4 & 1) == (cpus == 1), "GICR_TYPER.Last with %u CPUs", cpus);
	check((mmio_read32(gic_redistributor() + GICR_WAKER) & 6) == 0, "GICR_WAKER: awake");
}

/* Writing ones sets, writing ones to the partner clears, both read the same, zeros do nothing. */
static void check_pair(const char *name, uint64_t base, unsigned set, unsigned clear, unsigned bank)
{
	uint64_t s = base + set + 4 * bank;
	uint64_t c = base + clear + 4 * bank;
	uint32_t bits = bank ? 0x80000001 : 0x00000005; /* SGIs of the first */
	bool good;

	mmio_write32(c, bits);
	good = (mmio_read32(s) & bits) == 0;
	mmio_write32(s, bits);
	mmio_write32(s, 0);
	mmio_write32(c, 0);
	good &= (mmio_read32(s) & bits) == bits && (mmio_read32(c) & bits) == bits;
	mmio_write32(c, bits & -bits);
	good &= (mmio_read32(s) & bits) == (bits & (bits - 1));
	mmio_write32(c, bits);
	good &= (mmio_read32(c) & bits) == 0;
	check(good, "%s, interrupts from %u: set and clear", name, 32 * bank);
}

static void pairs(void)
{
	uint64_t sgi_frame = gic_redistributor() + GICR_SGI_BASE;
	unsigned bank = taken_spi_end() / 32 - 1;

	check_pair("ISENABLER", gic_distributor, GICD_ISENABLER, GICD_ICENABLER, bank);
	check_pair("ISPENDR", gic_distributor, GICD_ISPENDR, GICD_ICPENDR, bank);
	check_pair("ISACTIVER", gic_distributor, GICD_ISACTIVER, GICD_ICACTIVER, bank);
	check_pair("ISENABLER", sgi_frame, GICD_ISENABLER, GICD_ICENABLER, 0);
	check_pair("ISPENDR", sgi_frame, GICD_ISPENDR, GICD_ICPENDR, 0);
	check_pair("ISACTIVER", sgi_frame, GICD_ISACTIVER, GICD_ICACTIVER, 0);
}

static void widths(void)
{
	uint64_t at = gic_distributor + GICD_IPRIORITYR + TAKEN_SPI;
	uint64_t route = gic_distributor + GICD_IROUTER + 8 * TAKEN_SPI;
	uint32_t kept;

	mmio_write32(at, 0xffffffff);
	kept = mmio_read8(at);
	note("priority bits 0x%02" PRIx32, kept);
	check(mmio_read32(at) == kept * 0x01010101, "a word of priorities reads 0x%" PRIx32, mmio_read32(at));
	mmio_write8(at + 2, 0x40);
	check(mmio_read8(at + 2) == 0x40 && mmio_read8(at + 1) == kept && mmio_read8(at + 3) == kept,
		  "a byte of them is written alone");
	mmio_write32(at, 0xa0a0a0a0);
	mmio_write64(route, 0x0000000100);
	check(mmio_read64(route) == 0x100 && mmio_read32(route) == 0x100 && mmio_read32(route + 4) == 0,
		  "IROUTER as doubleword and words");
	mmio_write32(route, 0);
	check(mmio_read64(route) == 0, "IROUTER's low word is written alone");
	check(mmio_read64(gic_redistributor() + GICR_TYPER) ==
			  ((uint64_t)mmio_read32(gic_redistributor() + GICR_TYPER + 4) << 32 |
			   mmio_read32(gic_redistributor() + GICR_TYPER)),
		  "GICR_TYPER as doubleword and words");
}

/* No width or offset does harm, or reads what the manual does not allow. */
static void reserved(void)
{
	uint64_t d = gic_distributor;
	uint64_t r = gic_redistributor();

	check(dist(GICD_RESERVED) == 0, "a reserved offset reads 0");
	mmio_write32(d + GICD_RESERVED, 0xffffffff);
	check(dist(GICD_RESERVED) == 0, "and ignores writes");
	check(mmio_read32(r + GICD_RESERVED) == 0 && mmio_read32(r + GICR_SGI_BASE + GICD_RESERVED) == 0,
		  "so do the redistributor's");
	mmio_write32(d + GICD_ITARGETSR + TAKEN_SPI, 0xffffffff);
	check(dist(GICD_ITARGETSR + TAKEN_SPI) == 0, "ITARGETSR reads 0 with affinity routing");
	mmio_write32(d + GICD_SGIR, 1u << 24 | 1);
	check(!gic_is_pending(1), "GICD_SGIR does nothing with affinity routing");
	mmio_write32(d + GICD_ISENABLER, 0xffffffff);
	check(dist(GICD_ISENABLER) == 0, "the distributor's first bank is not there");
	check(mmio_read32(r + GICR_SGI_BASE + GICD_ICFGR) == EDGE_SGIS, "SGIs are edge-triggered");
	for (unsigned offset = 0; offset < 0x10000; offset += 0x400) {
		(void)mmio_read8(d + offset + 1);
		(void)mmio_read16(d + offset + 2);
		(void)mmio_read64(d + offset);
		(void)mmio_read16(r + offset);
		(void)mmio_read64(r + GICR_SGI_BASE + offset);
	}
	mmio_write16(d + GICD_TYPER, 0xffff);
	mmio_write8(d + GICD_TYPER, 0xff);
	check(PIDR2_ARCH(dist(GICD_PIDR2)) == ARCH_GICV3, "odd widths do no harm");
}

static void beyond(void)
{
	unsigned bank = 31;

	if (taken_spi_end() > 32 * bank) {
		note("all INTIDs are implemented");
		return;
	}
	mmio_write32(gic_distributor + GICD_ISENABLER + 4 * bank, 0xffffffff);
	check(dist(GICD_ISENABLER + 4 * bank) == 0, "INTID %u is not there", 32 * bank);
	check(dist(GICD_IPRIORITYR + 32 * bank) == 0, "nor has it a priority");
}

static void gic_registers(void)
{
	about();
	pairs();
	widths();
	reserved();
	beyond();
}

const struct probe_case gic_cases[] = {
	{"gic-registers", gic_registers, false},
	{0},
};
