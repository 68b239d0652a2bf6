/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/gic.h"

#include <stddef.h>

#include "lib/cpu.h"
#include "lib/tree.h"

#define CTLR_ON 0x12 /* GICD_CTLR: ARE, EnableGrp1 */
#define CTLR_RWP (1u << 31)
#define WAKER_SLEEP (1u << 1)
#define WAKER_ASLEEP (1u << 2)
#define TYPER_LAST (1u << 4)
#define REDISTRIBUTOR_STRIDE 0x20000
#define PRIORITY_DEFAULT 0xa0a0a0a0
#define SGI_ALL_OTHERS (UINT64_C(1) << 40)

uint64_t gic_distributor;
uint64_t gic_taken[CPU_MAX], gic_spurious[CPU_MAX];
static uint64_t redistributor[CPU_MAX];
static struct region redistributors;
static gic_handler *handler;
static unsigned eoi_mode;

static uint64_t gic_find_redistributor(void)
{
	uint64_t mpidr = sysreg_read(mpidr_el1);
	uint32_t affinity = (uint32_t)((mpidr & 0xffffff) | (mpidr >> 8 & 0xff000000));

	for (uint64_t at = redistributors.base; at < redistributors.base + redistributors.size;
		 at += REDISTRIBUTOR_STRIDE) {
		uint64_t typer = mmio_read64(at + GICR_TYPER);

		if (typer >> 32 == affinity)
			return at;
		if (typer & TYPER_LAST)
			break;
	}
	return 0;
}

uint64_t gic_redistributor(void)
{
	return redistributor[cpu_number()];
}

/* Group, priority and enable of 32 interrupts. */
static void gic_bank_init(uint64_t base, unsigned bank)
{
	mmio_write32(base + GICD_ICENABLER + 4 * bank, ~0u);
	mmio_write32(base + GICD_IGROUPR + 4 * bank, ~0u);
	for (unsigned i = 0; i < 8; i++)
		mmio_write32(base + GICD_IPRIORITYR + 32 * bank + 4 * i, PRIORITY_DEFAULT);
}

void gic_cpu_init(void)
{
	uint64_t base = gic_find_redistributor();

	redistributor[cpu_number()] = base;
	mmio_write32(base + GICR_WAKER, mmio_read32(base + GICR_WAKER) & ~WAKER_SLEEP);
	while (mmio_read32(base + GICR_WAKER) & WAKER_ASLEEP)
		;
	gic_bank_init(base + GICR_SGI_BASE, 0);
	sysreg_write(s3_0_c12_c12_5, 7);  /* ICC_SRE_EL1 */
	sysreg_write(s3_0_c4_c6_0, 0xff); /* ICC_PMR_EL1 */
	sysreg_write(s3_0_c12_c12_3, 0);  /* ICC_BPR1_EL1: every priority bit preempts */
	gic_eoi_mode(eoi_mode);
	sysreg_write(s3_0_c12_c12_7, 1); /* ICC_IGRPEN1_EL1 */
}

void gic_init(void)
{
	int node = tree_node("arm,gic-v3", 0);

	if (node < 0)
		return;
	gic_distributor = tree_region(node, 0).base;
	redistributors = tree_region(node, 1);
	mmio_write32(gic_distributor + GICD_CTLR, CTLR_ON);
	for (unsigned bank = 1; bank <= (mmio_read32(gic_distributor + GICD_TYPER) & 0x1f); bank++)
		gic_bank_init(gic_distributor, bank);
	while (mmio_read32(gic_distributor + GICD_CTLR) & CTLR_RWP)
		;
	gic_cpu_init();
}

void gic_handle(gic_handler *new_handler)
{
	handler = new_handler;
}

void gic_eoi_mode(unsigned mode)
{
	eoi_mode = mode;
	sysreg_write(s3_0_c12_c12_4, mode << 1); /* ICC_CTLR_EL1.EOImode */
}

void gic_irq_taken(struct frame *frame)
{
	unsigned mode = eoi_mode;                               /* a handler may change it for the next one */
	uint32_t intid = (uint32_t)sysreg_read(s3_0_c12_c12_0); /* ICC_IAR1_EL1 */

	gic_taken[cpu_number()]++;
	if (intid == GIC_SPURIOUS) {
		gic_spurious[cpu_number()]++;
		return;
	}
	if (mode == 1)
		sysreg_write(s3_0_c12_c12_1, intid); /* ICC_EOIR1_EL1 */
	if (handler)
		handler(intid, frame);
	cpu_irq_close(); /* a handler may have opened them */
	if (mode == 1)
		sysreg_write(s3_0_c12_c11_1, intid); /* ICC_DIR_EL1 */
	else
		sysreg_write(s3_0_c12_c12_1, intid);
}

/* The frame that holds an interrupt's registers. */
static uint64_t gic_base(uint32_t intid)
{
	return intid < GIC_SPI_FIRST ? gic_redistributor() + GICR_SGI_BASE : gic_distributor;
}

static void gic_set_bit(uint32_t intid, unsigned offset)
{
	mmio_write32(gic_base(intid) + offset + intid / 32 * 4, 1u << intid % 32);
}

static bool gic_bit(uint32_t intid, unsigned offset)
{
	return mmio_read32(gic_base(intid) + offset + intid / 32 * 4) >> intid % 32 & 1;
}

void gic_enable(uint32_t intid)
{
	gic_set_bit(intid, GICD_ISENABLER);
}
void gic_disable(uint32_t intid)
{
	gic_set_bit(intid, GICD_ICENABLER);
}
void gic_pend(uint32_t intid)
{
	gic_set_bit(intid, GICD_ISPENDR);
}
void gic_unpend(uint32_t intid)
{
	gic_set_bit(intid, GICD_ICPENDR);
}
void gic_activate(uint32_t intid)
{
	gic_set_bit(intid, GICD_ISACTIVER);
}
void gic_deactivate(uint32_t intid)
{
	gic_set_bit(intid, GICD_ICACTIVER);
}
bool gic_is_pending(uint32_t intid)
{
	return gic_bit(intid, GICD_ISPENDR);
}
bool gic_is_active(uint32_t intid)
{
	return gic_bit(intid, GICD_ISACTIVER);
}

void gic_priority(uint32_t intid, uint8_t priority)
{
	mmio_write8(gic_base(intid) + GICD_IPRIORITYR + intid, priority);
}

void gic_edge(uint32_t intid, bool edge)
{
	uint64_t at = gic_base(intid) + GICD_ICFGR + intid / 16 * 4;
	uint32_t bit = 2u << intid % 16 * 2;

	mmio_write32(at, edge ? mmio_read32(at) | bit : mmio_read32(at) & ~bit);
}

void gic_route(uint32_t spi, uint64_t mpidr)
{
	mmio_write64(gic_distributor + GICD_IROUTER + 8 * spi, mpidr & 0xff00ffffff);
}

void gic_send_sgi(uint32_t sgi, uint16_t targets)
{
	uint64_t mpidr = sysreg_read(mpidr_el1);

	__asm__ volatile("dsb ishst" ::: "memory");
	sysreg_write(s3_0_c12_c11_5, (mpidr >> 32 & 0xff) << 48 | (mpidr >> 16 & 0xff) << 32 |
									 (uint64_t)sgi << 24 | (mpidr >> 8 & 0xff) << 16 | targets);
}

void gic_send_sgi_others(uint32_t sgi)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	sysreg_write(s3_0_c12_c11_5, SGI_ALL_OTHERS | (uint64_t)sgi << 24);
}
