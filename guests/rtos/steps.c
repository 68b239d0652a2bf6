/* SPDX-License-Identifier: Apache-2.0 */
#include "rtos/steps.h"

#include "lib/gic.h"
#include "rtos/rtos.h"

#define CTLR_RWP (1u << 31)
#define GICR_CTLR 0x0000
#define GICR_CTLR_RWP (1u << 3)
#define WAKER_SLEEP (1u << 1)
#define WAKER_ASLEEP (1u << 2)
#define TYPER_LAST (1u << 4)
#define REDISTRIBUTOR_STRIDE 0x20000
#define PRIVATE_COUNT 32
#define AFFINITY 0xff00ffffffULL

uint64_t distributor, redistributor, private_frame;
volatile uint64_t surprises;

void surprise_unless(bool expected)
{
	surprises += !expected;
}

uint64_t step_affinity(void)
{
	return sysreg_read(mpidr_el1) & AFFINITY;
}

void step_find_redistributor(void)
{
	uint64_t mpidr = step_affinity();
	uint32_t wanted = (uint32_t)((mpidr & 0xffffff) | (mpidr >> 8 & 0xff000000));

	for (uint64_t at = redistributor;; at += REDISTRIBUTOR_STRIDE) {
		uint64_t typer = mmio_read64(at + GICR_TYPER);

		redistributor = at;
		if (typer >> 32 == wanted)
			break;
		surprise_unless(!(typer & TYPER_LAST));
		if (typer & TYPER_LAST)
			break;
	}
	private_frame = redistributor + GICR_SGI_BASE;
}

unsigned step_interrupt_count(void)
{
	unsigned count = ((mmio_read32(distributor + GICD_TYPER) & 0x1f) + 1) * 32;

	return count > 1020 ? 1020 : count;
}

void step_wait_shared(void)
{
	while (mmio_read32(distributor + GICD_CTLR) & CTLR_RWP)
		;
}

void step_wait_private(void)
{
	while (mmio_read32(redistributor + GICR_CTLR) & GICR_CTLR_RWP)
		;
}

void step_control(uint32_t value)
{
	mmio_write32(distributor + GICD_CTLR, value);
	step_wait_shared();
}

void step_fill(uint32_t offset, unsigned first, unsigned per_register, uint32_t value)
{
	unsigned count = step_interrupt_count();

	for (unsigned intid = first; intid < count; intid += per_register)
		mmio_write32(distributor + offset + intid / per_register * 4, value);
}

void step_route_all(uint64_t affinity)
{
	unsigned count = step_interrupt_count();

	for (unsigned intid = PRIVATE_COUNT; intid < count; intid++)
		mmio_write64(distributor + GICD_IROUTER + 8 * intid, affinity);
}

void step_wake(void)
{
	uint32_t waker = mmio_read32(redistributor + GICR_WAKER);

	if (!(waker & WAKER_ASLEEP))
		return;
	mmio_write32(redistributor + GICR_WAKER, waker & ~WAKER_SLEEP);
	while (mmio_read32(redistributor + GICR_WAKER) & WAKER_ASLEEP)
		;
}

void step_interface(uint64_t sre_bits)
{
	uint64_t enable = sysreg_read(s3_0_c12_c12_5); /* ICC_SRE_EL1 */

	sysreg_write(s3_0_c12_c12_5, enable | sre_bits);
	surprise_unless(sysreg_read(s3_0_c12_c12_5) & 1);
	mask_write(0xff);
	sysreg_write(s3_0_c12_c12_7, 1); /* ICC_IGRPEN1_EL1 */
}

uint64_t step_frame(uint32_t intid)
{
	return intid < PRIVATE_COUNT ? private_frame : distributor;
}

void step_set_bit(uint32_t intid, uint32_t offset)
{
	mmio_write32(step_frame(intid) + offset + intid / 32 * 4, 1u << intid % 32);
}

void step_configure(uint32_t intid, uint8_t priority)
{
	uint64_t trigger = step_frame(intid) + GICD_ICFGR + intid / 16 * 4;

	step_set_bit(intid, GICD_ICENABLER);
	if (intid < PRIVATE_COUNT)
		step_wait_private();
	else
		step_wait_shared();
	mmio_write8(step_frame(intid) + GICD_IPRIORITYR + intid, priority);
	if (intid >= 16)
		mmio_write32(trigger, mmio_read32(trigger) & ~(3u << intid % 16 * 2));
}
