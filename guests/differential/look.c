/* SPDX-License-Identifier: Apache-2.0 */
/* Operations that change nothing: reads of anything in any size, writes to what is reserved, digests. */
#include <stddef.h>

#include "differential/differential.h"
#include "lib/cpu.h"
#include "lib/gic.h"

#define GICD_ITARGETSR 0x0800
#define GICD_IGRPMODR 0x0d00

/* Registers that two GICs may answer differently: the maker, and how many INTIDs and LPIs there are. */
struct range {
	uint32_t first, end;
};
static const struct range dist_own[] = {
	{GICD_CTLR, GICD_STATUSR}, /* GICD_CTLR.RWP, GICD_TYPER, GICD_IIDR, GICD_TYPER2 */
	{0xc000, 0x10000},         /* implementation defined, identification */
};
static const struct range redist_own[] = {
	{0x0000, 0x0010},   /* GICR_CTLR of LPIs, GICR_IIDR, GICR_TYPER */
	{0x0040, 0x0080},   /* GICR_SETLPIR, GICR_CLRLPIR, GICR_PROPBASER, GICR_PENDBASER */
	{0x00a0, 0x0100},   /* GICR_INVLPIR, GICR_INVALLR, GICR_SYNCR */
	{0xc000, 0x10000},  /* implementation defined, identification */
	{0x1c000, 0x20000}, /* the same of the second frame */
};

static bool is_own(const struct range *ranges, unsigned count, uint32_t offset)
{
	for (unsigned i = 0; i < count; i++)
		if (offset >= ranges[i].first && offset < ranges[i].end)
			return true;
	return false;
}

static uint64_t read_sized(uint64_t at, unsigned size_log2)
{
	switch (size_log2) {
	case 0:
		return mmio_read8(at);
	case 1:
		return mmio_read16(at);
	case 2:
		return mmio_read32(at);
	default:
		return mmio_read64(at);
	}
}

static void write_sized(uint64_t at, unsigned size_log2, uint64_t value)
{
	if (size_log2 == 0)
		mmio_write8(at, (uint8_t)value);
	else if (size_log2 == 1)
		mmio_write16(at, (uint16_t)value);
	else if (size_log2 == 2)
		mmio_write32(at, (uint32_t)value);
	else
		mmio_write64(at, value);
}

/* Most registers are in the first 4 KiB of a frame. */
static uint32_t offset_in(uint32_t size)
{
	return random_one_in(4) ? random_below(size) : random_below(0x1000);
}

bool play_look(void)
{
	bool dist = random_one_in(2);
	unsigned size_log2 = random_one_in(4) ? random_below(4) : 2;
	uint32_t offset = offset_in(0x10000) & ~((1u << size_log2) - 1);
	uint64_t at = gic_distributor;

	if (!dist) {
		offset |= random_one_in(4) ? 0 : GICR_SGI_BASE;
		at = redistributor_of(random_below(cpu_count));
	}
	if (dist ? is_own(dist_own, sizeof(dist_own) / sizeof(*dist_own), offset)
			 : is_own(redist_own, sizeof(redist_own) / sizeof(*redist_own), offset))
		return false;
	log_chose(dist ? "dist" : "redist", offset);
	log_chose("size", 1u << size_log2);
	log_saw("value", read_sized(at + offset, size_log2));
	return true;
}

/* Reserved with affinity routing and one security state, absent here, or read-only: writes do nothing. */
static const struct range reserved[] = {
	{GICD_TYPER, GICD_STATUSR},
	{0x0014, GICD_IGROUPR + 4},
	{GICD_ISENABLER, GICD_ISENABLER + 4},
	{GICD_ICENABLER, GICD_ICENABLER + 4},
	{GICD_ISPENDR, GICD_ISPENDR + 4},
	{GICD_ICPENDR, GICD_ICPENDR + 4},
	{GICD_ISACTIVER, GICD_ISACTIVER + 4},
	{GICD_ICACTIVER, GICD_ICACTIVER + 4},
	{GICD_IPRIORITYR, GICD_IPRIORITYR + 32},
	{GICD_ITARGETSR, GICD_ICFGR + 8},
	{GICD_IGRPMODR, 0x1000},
	{GICD_IROUTER, GICD_IROUTER + 32 * 8},
	{GICD_IROUTER + 1020 * 8, 0x8000},
};

bool play_reserved(void)
{
	const struct range *range = &reserved[random_below(sizeof(reserved) / sizeof(*reserved))];
	unsigned size_log2 = random_one_in(4) ? random_below(4) : 2;
	uint32_t offset = range->first + random_below(range->end - range->first);
	uint64_t value = (uint64_t)random_bits() << 32 | random_bits();

	offset &= ~((1u << size_log2) - 1);
	if (offset < range->first || offset + (1u << size_log2) > range->end)
		return false;
	log_chose("reserved", offset);
	log_chose("size", 1u << size_log2);
	log_chose("value", value);
	write_sized(gic_distributor + offset, size_log2, value);
	if (offset >= GICD_STATUSR)
		log_saw("value", read_sized(gic_distributor + offset, size_log2));
	return true;
}

static void see_word(const struct interrupt *interrupt)
{
	static const uint16_t offsets[] = {GICD_IGROUPR, GICD_ISENABLER, GICD_ICENABLER, GICD_ISPENDR,
									   GICD_ICPENDR, GICD_ISACTIVER, GICD_ICACTIVER};
	uint64_t at = interrupt_frame(interrupt);
	unsigned bank = interrupt->intid / 32;

	log_saw("bank", bank);
	for (unsigned i = 0; i < sizeof(offsets) / sizeof(*offsets); i++)
		log_saw("", mmio_read32(at + offsets[i] + 4 * bank));
	log_saw("", mmio_read32(at + GICD_ICFGR + 8 * bank));
	log_saw("", mmio_read32(at + GICD_ICFGR + 8 * bank + 4));
}

/* Every word that has an interrupt of ours, and the priorities and routes of those. */
bool play_digest(void)
{
	for (unsigned i = 0; i < interrupt_count; i++) {
		const struct interrupt *interrupt = &interrupts[i];

		if (i == 0 || !interrupt_is_beside(interrupt, interrupt - 1))
			see_word(interrupt);
		log_saw("", mmio_read8(interrupt_frame(interrupt) + GICD_IPRIORITYR + interrupt->intid));
		if (!interrupt_is_private(interrupt))
			log_saw("", mmio_read32(gic_distributor + GICD_IROUTER + 8 * interrupt->intid));
	}
	return true;
}
