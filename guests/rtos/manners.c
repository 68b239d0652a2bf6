/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each kernel's manner, learnt from its public sources and written anew: which registers of the GIC its
 * driver accesses, and in which order, at start and for each interrupt. ticks.c has the rest.
 */
#include <stddef.h>

#include "lib/gic.h"
#include "lib/timer.h"
#include "rtos/rtos.h"
#include "rtos/steps.h"
#include "rtos/ticks.h"

#define GICD_IGRPMODR 0x0d00
#define GICR_PWRR 0x0024 /* of some GICs; elsewhere it is reserved */
#define CTLR_DS (1u << 6)
#define PIDR2_GICV3 3
#define SRE_ENABLE 1
#define SRE_BYPASS 6
#define ALL (~0u)

/* -- Zephyr: all SPIs off, and level; each interrupt is routed where it is enabled */

static void zephyr_private(void)
{
	mmio_write32(private_frame + GICD_ICENABLER, ALL);
	step_wait_private();
	mmio_write32(private_frame + GICD_ICPENDR, ALL);
	mmio_write32(private_frame + GICD_IGROUPR, ALL);
	mmio_write32(private_frame + GICD_IGRPMODR, ALL);
	for (unsigned intid = 0; intid < 32; intid += 4)
		mmio_write32(private_frame + GICD_IPRIORITYR + intid, PRIORITIES_DEFAULT);
	mmio_write32(private_frame + GICD_ICFGR + 4, 0);
}

static void zephyr_shared(void)
{
	step_control(0);
	step_fill(GICD_ICENABLER, 32, 32, ALL);
	step_fill(GICD_ICPENDR, 32, 32, ALL);
	step_fill(GICD_IGROUPR, 32, 32, ALL);
	step_fill(GICD_IGRPMODR, 32, 32, ALL);
	step_wait_shared();
	step_fill(GICD_IPRIORITYR, 32, 4, PRIORITIES_DEFAULT);
	step_fill(GICD_ICFGR, 32, 16, 0);
	step_control(CTLR_ARE_NON_SECURE | CTLR_GROUP1);
}

static void zephyr_start(void)
{
	zephyr_shared();
	step_find_redistributor();
	step_wake();
	zephyr_private();
	step_interface(SRE_ENABLE | SRE_BYPASS);
}

static void zephyr_connect(uint32_t intid, uint8_t priority)
{
	step_configure(intid, priority);
	step_set_bit(intid, GICD_ISENABLER);
	if (intid >= 32)
		mmio_write64(distributor + GICD_IROUTER + 8 * intid, step_affinity());
}

/* -- NuttX: the same driver further on: redistributors by number, power, one security state asked for */

static void nuttx_start(void)
{
	surprise_unless((mmio_read32(distributor + GICD_PIDR2) >> 4 & 0xf) == PIDR2_GICV3);
	step_control(0);
	mmio_write32(distributor + GICD_CTLR, mmio_read32(distributor + GICD_CTLR) | CTLR_DS);
	surprise_unless(mmio_read32(distributor + GICD_CTLR) & CTLR_DS);
	zephyr_shared();
	step_route_all(step_affinity());
	private_frame = redistributor + GICR_SGI_BASE;
	surprise_unless((mmio_read32(redistributor + GICD_PIDR2) >> 4 & 0xf) == PIDR2_GICV3);
	mmio_write32(redistributor + GICR_PWRR, 2);
	step_wake();
	zephyr_private();
	step_interface(SRE_ENABLE | SRE_BYPASS);
}

static void nuttx_connect(uint32_t intid, uint8_t priority)
{
	step_configure(intid, priority);
	if (intid >= 32)
		mmio_write64(distributor + GICD_IROUTER + 8 * intid, step_affinity());
	step_set_bit(intid, GICD_ISENABLER);
}

/* -- FreeRTOS: masks by priority, and reads the mask first; one binary point for both groups */

#define CONTROL_CBPR 1

static void freertos_start(void)
{
	step_control(0);
	step_fill(GICD_IGROUPR, 32, 32, ALL);
	step_fill(GICD_IPRIORITYR, 32, 4, ALL);
	step_route_all(step_affinity());
	step_control(CTLR_ARE | CTLR_GROUP1);
	step_find_redistributor();
	step_wake();
	mmio_write32(private_frame + GICD_IGROUPR, ALL);
	step_interface(SRE_ENABLE);
	control_write(control_read() | CONTROL_CBPR);
	surprise_unless(control_read() & CONTROL_CBPR);
	sysreg_write(s3_0_c12_c8_3, 0); /* ICC_BPR0_EL1 */
	surprise_unless((sysreg_read(s3_0_c12_c12_3) & 3) <= 3);
}

static void freertos_connect(uint32_t intid, uint8_t priority)
{
	mmio_write8(step_frame(intid) + GICD_IPRIORITYR + intid, priority);
	step_set_bit(intid, GICD_ISENABLER);
}

/* -- RT-Thread: writes the shared registers of private interrupts, too; the physical timer */

#define CONTROL_RANGE (1u << 18) /* RSS: read only */

static void rtthread_start(void)
{
	step_control(0);
	step_fill(GICD_ICFGR, 32, 16, 0);
	step_wait_shared();
	step_route_all(step_affinity());
	step_wait_shared();
	step_fill(GICD_IPRIORITYR, 32, 4, PRIORITIES_DEFAULT);
	step_fill(GICD_ICPENDR, 0, 32, ALL);
	step_fill(GICD_ICENABLER, 0, 32, ALL);
	step_wait_shared();
	step_fill(GICD_IGROUPR, 0, 32, ALL);
	step_wait_shared();
	mmio_write32(distributor + GICD_CTLR, CTLR_ARE_NON_SECURE | CTLR_GROUP1);
	step_interface(SRE_ENABLE); /* before the redistributor is awake */
	control_write(0);
	sysreg_write(s3_0_c12_c12_3, 0); /* ICC_BPR1_EL1 */
	control_write(CONTROL_CBPR | CONTROL_RANGE);
	surprise_unless(control_read() & CONTROL_CBPR);
	private_frame = redistributor + GICR_SGI_BASE;
	step_wake();
	zephyr_private();
}

/* Priorities by words, as older GICs have them. */
static void rtthread_connect(uint32_t intid, uint8_t priority)
{
	uint64_t at = step_frame(intid) + GICD_IPRIORITYR + (intid & ~3u);
	unsigned shift = intid % 4 * 8;

	mmio_write32(at, (mmio_read32(at) & ~(0xffu << shift)) | (uint32_t)priority << shift);
	if (intid >= 32)
		mmio_write64(distributor + GICD_IROUTER + 8 * intid, step_affinity());
	step_set_bit(intid, GICD_ISENABLER);
}

/* -- lk: all SGIs enabled, all SPIs to processor 0, priorities as the reset has left them */

static void lk_start(void)
{
	unsigned revision = mmio_read32(distributor + GICD_PIDR2) >> 4 & 0xf;

	surprise_unless(revision == PIDR2_GICV3 || revision == PIDR2_GICV3 + 1);
	surprise_unless(mmio_read32(distributor + GICD_CTLR) & CTLR_DS);
	step_control(mmio_read32(distributor + GICD_CTLR) & ~7u);
	step_fill(GICD_ICENABLER, 0, 32, ALL);
	step_fill(GICD_ICPENDR, 0, 32, ALL);
	step_fill(GICD_IGROUPR, 0, 32, ALL);
	step_fill(GICD_IGRPMODR, 0, 32, ALL);
	step_wait_shared();
	step_control(mmio_read32(distributor + GICD_CTLR) | CTLR_GROUP1);
	step_route_all(0);
	step_find_redistributor();
	step_wake();
	mmio_write32(private_frame + GICD_IGROUPR, ALL);
	mmio_write32(private_frame + GICD_IGRPMODR, 0);
	mmio_write32(private_frame + GICD_ICENABLER, ALL);
	mmio_write32(private_frame + GICD_ICPENDR, ALL);
	step_wait_private();
	mmio_write32(private_frame + GICD_ISENABLER, 0xffff);
	step_interface(SRE_ENABLE | SRE_BYPASS);
}

/* Group and enable; it has no priorities. */
static void lk_connect(uint32_t intid, uint8_t priority)
{
	uint64_t group = step_frame(intid) + GICD_IGROUPR + intid / 32 * 4;
	uint64_t modifier = step_frame(intid) + GICD_IGRPMODR + intid / 32 * 4;

	(void)priority;
	mmio_write32(group, mmio_read32(group) | 1u << intid % 32);
	mmio_write32(modifier, mmio_read32(modifier) & ~(1u << intid % 32));
	step_set_bit(intid, GICD_ISENABLER);
}

/* -- kvm-unit-tests: everything is enabled before anything is set up; handlers end first, then work */

static void unit_tests_start(void)
{
	step_control(0);
	step_control(CTLR_ARE_NON_SECURE | CTLR_ARE | CTLR_GROUP1);
	step_fill(GICD_IGROUPR, 0, 32, ALL);
	step_find_redistributor();
	mmio_write32(private_frame + GICD_IGROUPR, ALL);
	for (unsigned intid = 0; intid < 16; intid += 4)
		mmio_write32(private_frame + GICD_IPRIORITYR + intid, PRIORITIES_DEFAULT);
	mmio_write32(private_frame + GICD_ISENABLER, 0xffff);
	mask_write(0xf0);
	sysreg_write(s3_0_c12_c12_7, 1); /* ICC_IGRPEN1_EL1 */
}

static void unit_tests_connect(uint32_t intid, uint8_t priority)
{
	(void)priority;
	step_set_bit(intid, GICD_ISENABLER);
	if (intid >= 32)
		step_set_bit(32, GICD_ISENABLER); /* no device of the guest has this interrupt */
}

const struct manner manners[] = {
	{.name = "lk",
	 .start = lk_start,
	 .connect = lk_connect,
	 .enter = enter_by_pstate,
	 .leave = leave_by_pstate,
	 .timer_start = interval_end,
	 .tick_begin = interval_begin,
	 .tick_end = interval_end,
	 .timer_intid = TIMER_VIRTUAL_INTID},
	{.name = "zephyr",
	 .start = zephyr_start,
	 .connect = zephyr_connect,
	 .enter = enter_by_pstate,
	 .leave = leave_by_pstate,
	 .timer_start = oneshot_start,
	 .tick_begin = oneshot_begin,
	 .tick_end = oneshot_end,
	 .timer_intid = TIMER_VIRTUAL_INTID,
	 .tick_priority = 0xa0,
	 .nests = true,
	 .ends_spurious = true},
	{.name = "nuttx",
	 .start = nuttx_start,
	 .connect = nuttx_connect,
	 .enter = enter_by_pstate,
	 .leave = leave_by_pstate,
	 .timer_start = oneshot_start,
	 .tick_begin = oneshot_begin,
	 .tick_end = oneshot_end,
	 .timer_intid = TIMER_VIRTUAL_INTID,
	 .tick_priority = 0xa0,
	 .console_priority = 0xa0,
	 .ends_spurious = true},
	{.name = "freertos",
	 .start = freertos_start,
	 .connect = freertos_connect,
	 .enter = freertos_enter,
	 .leave = freertos_leave,
	 .timer_start = timer_arm,
	 .tick_begin = freertos_tick_begin,
	 .tick_end = freertos_tick_end,
	 .timer_intid = TIMER_VIRTUAL_INTID,
	 .tick_priority = 0xe0,
	 .console_priority = 0xd0,
	 .sgi = NO_SGI,
	 .ends_spurious = true},
	{.name = "rtthread",
	 .start = rtthread_start,
	 .connect = rtthread_connect,
	 .enter = enter_by_pstate,
	 .leave = leave_by_pstate,
	 .timer_start = physical_start,
	 .tick_begin = physical_begin,
	 .tick_end = nothing,
	 .timer_intid = TIMER_PHYSICAL_INTID,
	 .tick_priority = 0xa0,
	 .console_priority = 0xa0,
	 .ends_spurious = true},
	{.name = "kvm-unit-tests",
	 .start = unit_tests_start,
	 .connect = unit_tests_connect,
	 .enter = enter_by_pstate,
	 .leave = leave_by_pstate,
	 .timer_start = timer_arm,
	 .tick_begin = unit_tests_begin,
	 .tick_end = unit_tests_end,
	 .timer_intid = TIMER_VIRTUAL_INTID,
	 .sgi = 1,
	 .polls = true},
	{.name = NULL},
};
