/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One CPU's interface to its GIC: what is written is read, what is masked waits, in both modes of delivery.
 * And many interrupts in a row, with nothing in between that a hypervisor need see.
 */
#include <inttypes.h>
#include <stddef.h>

#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "probe/probe.h"
#include "probe/taken.h"
#include "signalbox/hypercall.h"

#define PMR_OPEN 0xff
#define IDLE 0xff
#define SGI 3
#define STEP 0x10 /* between two priorities of a GIC with the fewest, for a guest */
#define CTLR_CBPR 1
#define CTLR_EOI_MODE 2

#define mask_read() sysreg_read(s3_0_c4_c6_0) /* ICC_PMR_EL1 */
#define mask_write(mask) sysreg_write(s3_0_c4_c6_0, mask)
#define running_priority() sysreg_read(s3_0_c12_c11_3) /* ICC_RPR_EL1 */
#define control_read() sysreg_read(s3_0_c12_c12_4)     /* ICC_CTLR_EL1 */
#define control_write(value) sysreg_write(s3_0_c12_c12_4, value)

/* Each of 16 masks. */
static bool mask_kept(void)
{
	bool kept = true;

	for (unsigned mask = 0; mask < 0x100; mask += STEP) {
		mask_write(mask);
		kept &= mask_read() == mask;
	}
	mask_write(PMR_OPEN);
	return kept;
}

static void control_kept(void)
{
	uint64_t before = control_read();

	control_write(before | CTLR_EOI_MODE);
	check(control_read() == (before | CTLR_EOI_MODE), "ICC_CTLR_EL1.EOImode is 1, all else the same");
	control_write(before & ~(uint64_t)CTLR_EOI_MODE);
	check(control_read() == (before & ~(uint64_t)CTLR_EOI_MODE), "and 0 again");
	control_write(before);
}

/* An SGI of each priority: it waits while the mask is its own, and comes when that is the next. */
static unsigned mask_broken(void)
{
	unsigned wrong = 0;

	for (unsigned priority = 0; priority + STEP < IDLE; priority += STEP) {
		gic_priority(SGI, (uint8_t)priority);
		taken_start();
		mask_write(priority);
		gic_send_sgi(SGI, 1);
		taken_wait(0);
		wrong += taken_count != 0;
		mask_write(priority + STEP);
		taken_wait(1);
		wrong += taken_count != 1;
	}
	mask_write(PMR_OPEN);
	return wrong;
}

static volatile uint64_t priority_inside, priority_nested;

static void note_priority(uint32_t intid, struct frame *frame)
{
	(void)frame;
	taken_log[taken_count++] = intid;
	if (intid != SGI) {
		priority_nested = running_priority();
		return;
	}
	priority_inside = running_priority();
	gic_send_sgi(SGI + 1, 1);
	cpu_irq_open();
	timer_spin(100);
	cpu_irq_close();
}

static void running_priorities(void)
{
	taken_start();
	gic_handle(note_priority);
	gic_priority(SGI, 0xc0);
	gic_priority(SGI + 1, 0x40);
	gic_enable(SGI + 1);
	check(running_priority() == IDLE, "ICC_RPR_EL1 outside of handlers: idle");
	gic_send_sgi(SGI, 1);
	taken_wait(2);
	check(priority_inside == 0xc0 && priority_nested == 0x40,
		  "in a handler 0x%" PRIx64 ", in one inside it 0x%" PRIx64, priority_inside, priority_nested);
	check(running_priority() == IDLE, "and idle again");
	gic_disable(SGI + 1);
}

static void interface(void)
{
	check(mask_kept(), "ICC_PMR_EL1 keeps 16 priorities");
	control_kept();
	gic_enable(SGI);
	check(mask_broken() == 0, "an SGI of each priority: masked by its own, not by the next");
	running_priorities();
	gic_disable(SGI);
}

/* `spi=96`: pending and active, set and cleared by its registers, of an SGI, a PPI and an SPI. */
static void states(void)
{
	const uint32_t intids[] = {SGI, TIMER_PHYSICAL_INTID, TIMER_VIRTUAL_INTID, taken_one()};

	for (unsigned i = 0; i < sizeof(intids) / sizeof(intids[0]); i++) {
		uint32_t intid = intids[i];
		bool good = !gic_is_pending(intid) && !gic_is_active(intid);

		gic_pend(intid);
		good &= gic_is_pending(intid) && !gic_is_active(intid);
		gic_unpend(intid);
		good &= !gic_is_pending(intid);
		gic_activate(intid);
		good &= !gic_is_pending(intid) && gic_is_active(intid);
		gic_pend(intid);
		good &= gic_is_pending(intid) && gic_is_active(intid);
		gic_deactivate(intid);
		gic_unpend(intid);
		good &= !gic_is_pending(intid) && !gic_is_active(intid);
		check(good, "interrupt %" PRIu32 ": pending and active, set and cleared", intid);
	}
}

#define SGI_LAST 13 /* the rest may be a hypervisor's */

/* All at once, the higher the number the more urgent. */
static void order(void)
{
	unsigned wrong = 0;

	taken_start();
	for (unsigned sgi = 0; sgi <= SGI_LAST; sgi++) {
		gic_priority(sgi, (uint8_t)(0xe0 - STEP * sgi));
		gic_enable(sgi);
		gic_send_sgi(sgi, 1);
	}
	taken_wait(SGI_LAST + 1);
	for (unsigned i = 0; i < taken_count; i++)
		wrong += taken_log[i] != SGI_LAST - i;
	check(taken_count == SGI_LAST + 1 && wrong == 0, "%u SGIs at once: %u come, %u out of order",
		  SGI_LAST + 1, taken_count, wrong);
	for (unsigned sgi = 0; sgi <= SGI_LAST; sgi++)
		gic_disable(sgi);
}

/* The timer in Group 0, which takes no vector here: it is asked for. */
static void group_0(void)
{
	unsigned count = (unsigned)argument_number("count", 100), came = 0;
	uint64_t base = gic_redistributor() + GICR_SGI_BASE;
	uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US);

	mmio_write32(gic_distributor + GICD_CTLR, mmio_read32(gic_distributor + GICD_CTLR) | 1); /* EnableGrp0 */
	mmio_write32(base + GICD_IGROUPR, mmio_read32(base + GICD_IGROUPR) & ~(1u << TIMER_VIRTUAL_INTID));
	sysreg_write(s3_0_c12_c12_6, 1); /* ICC_IGRPEN0_EL1 */
	gic_enable(TIMER_VIRTUAL_INTID);
	timer_arm(timer_now());
	while (came < count && timer_now() < end) {
		uint64_t intid = sysreg_read(s3_0_c12_c8_0); /* ICC_IAR0_EL1 */

		if (intid != TIMER_VIRTUAL_INTID)
			continue;
		came++;
		timer_arm(timer_now());
		sysreg_write(s3_0_c12_c8_1, intid); /* ICC_EOIR0_EL1 */
	}
	check(came == count, "its timer in Group 0: %u of %u", came, count);
	timer_disarm();
	gic_disable(TIMER_VIRTUAL_INTID);
	sysreg_write(s3_0_c12_c12_6, 0);
	mmio_write32(base + GICD_IGROUPR, ~0u);
}

static int64_t ask_for(uint64_t delivery)
{
	return (int64_t)hvc_call(SIGNALBOX_CALL_DELIVERY, argument_number("me", 0), delivery, 0);
}

static volatile bool came_inside;

/* The second SGI is sent in the handler of the first. */
static void note_preemption(uint32_t intid, struct frame *frame)
{
	(void)frame;
	taken_log[taken_count++] = intid;
	if (intid != SGI)
		return;
	gic_send_sgi(SGI + 1, 1);
	cpu_irq_open();
	timer_spin(100);
	cpu_irq_close();
	came_inside = taken_count == 2;
}

static bool preempts(uint8_t priority, uint8_t running)
{
	taken_start();
	gic_handle(note_preemption);
	gic_priority(SGI, running);
	gic_priority(SGI + 1, priority);
	gic_send_sgi(SGI, 1);
	taken_wait(2);
	return came_inside;
}

/* ICC_CTLR_EL1.CBPR: ICC_BPR0_EL1 says what preempts in Group 1, too. Some kernels are made so. */
static void common_binary_point(void)
{
	uint64_t control = control_read();
	unsigned wrong = 0;

	gic_enable(SGI);
	gic_enable(SGI + 1);
	control_write(control | CTLR_CBPR);
	check(control_read() & CTLR_CBPR, "ICC_CTLR_EL1.CBPR is 1");
	for (unsigned point = 3; point < 8; point++) {
		sysreg_write(s3_0_c12_c8_3, point); /* ICC_BPR0_EL1 */
		wrong += sysreg_read(s3_0_c12_c8_3) != point;
		for (unsigned priority = 0x60; priority < 0xa0; priority += STEP)
			wrong += preempts((uint8_t)priority, 0xa0) != (priority >> (point + 1) < 0xa0u >> (point + 1));
	}
	check(wrong == 0, "5 binary points, 4 priorities: %u preempt that should not, or do not", wrong);
	sysreg_write(s3_0_c12_c8_3, 0);
	control_write(control);
	check(preempts(0x90, 0xa0), "0 again: each priority preempts");
	gic_disable(SGI);
	gic_disable(SGI + 1);
}

/* What the interface says it can does not depend on who is behind it. */
static void features(void)
{
	uint64_t control[2], enable[2], mask[2];

	for (unsigned delivery = SIGNALBOX_DELIVERY_VIRTUAL; delivery <= SIGNALBOX_DELIVERY_DIRECT; delivery++) {
		check(ask_for(delivery) == SIGNALBOX_OK, "delivery %u", delivery);
		control[delivery] = control_read();
		enable[delivery] = sysreg_read(s3_0_c12_c12_5); /* ICC_SRE_EL1 */
		mask[delivery] = mask_read();
	}
	check(control[0] == control[1], "ICC_CTLR_EL1 0x%" PRIx64 " virtually, 0x%" PRIx64 " directly",
		  control[0], control[1]);
	check(enable[0] == enable[1] && mask[0] == mask[1], "ICC_SRE_EL1 and ICC_PMR_EL1 too");
}

#define ALARM_US 100
#define RTC_DR 0x00
#define RTC_MR 0x04
#define RTC_IMSC 0x10
#define RTC_ICR 0x1c
static uint64_t rtc;
static uint32_t rtc_intid;
static volatile uint64_t timers, alarms, clocks, strangers;
static uint64_t timers_wanted, alarms_wanted;

/* Late enough that nobody finds it due at once. */
static void arm_alarm(void)
{
	sysreg_write(cntp_cval_el0, sysreg_read(cntpct_el0) + timer_ticks(ALARM_US));
	sysreg_write(cntp_ctl_el0, TIMER_ENABLE);
}

/* Each lets the next one come, until there are enough. */
static void tally(uint32_t intid, struct frame *frame)
{
	(void)frame;
	if (intid == TIMER_VIRTUAL_INTID) {
		if (++timers < timers_wanted)
			timer_arm(timer_now() + 1);
		else
			timer_disarm();
	} else if (intid == TIMER_PHYSICAL_INTID) {
		if (++alarms < alarms_wanted)
			arm_alarm();
		else
			sysreg_write(cntp_ctl_el0, 0);
	} else if (intid == rtc_intid) {
		clocks++;
		mmio_write32(rtc + RTC_ICR, 1);
	} else {
		strangers++;
	}
}

static bool wait_for(volatile uint64_t *count, uint64_t wanted)
{
	uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US);

	while (*count < wanted && timer_now() < end)
		;
	return *count == wanted;
}

/* The PL031 (Arm DDI 0224) raises its line when match and time are equal, or become so. */
static bool ring_clock(uint64_t wanted)
{
	for (uint64_t i = 1; i <= wanted; i++) {
		uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US);

		while (clocks < i && timer_now() < end)
			mmio_write32(rtc + RTC_MR, mmio_read32(rtc + RTC_DR));
	}
	return clocks == wanted;
}

static void set_up_clock(void)
{
	int node = tree_node("arm,pl031", 0);

	rtc = tree_region(node, 0).base;
	rtc_intid = tree_intid(node, 0);
	taken_spi(rtc_intid, false, 0x80);
	mmio_write32(rtc + RTC_ICR, 1);
	mmio_write32(rtc + RTC_IMSC, 1);
}

/*
 * `timers=100000 alarms=0 clocks=0`: of the virtual timer, the physical timer, and the PL031. A PSCI_VERSION
 * call before and after each kind lets an observer of exceptions see where they begin and end.
 */
static void count(void)
{
	uint64_t clocks_wanted = argument_number("clocks", 0);
	bool good[3];

	timers_wanted = argument_number("timers", 100000);
	alarms_wanted = argument_number("alarms", 0);
	gic_handle(tally);
	gic_enable(TIMER_VIRTUAL_INTID);
	gic_enable(TIMER_PHYSICAL_INTID);
	if (clocks_wanted > 0)
		set_up_clock();
	cpu_irq_open();
	psci_call(PSCI_VERSION, 0, 0, 0);
	timer_arm(timer_now());
	good[0] = wait_for(&timers, timers_wanted);
	psci_call(PSCI_VERSION, 0, 0, 0);
	good[1] = ring_clock(clocks_wanted);
	psci_call(PSCI_VERSION, 0, 0, 0);
	if (alarms_wanted > 0)
		arm_alarm();
	good[2] = wait_for(&alarms, alarms_wanted);
	psci_call(PSCI_VERSION, 0, 0, 0);
	cpu_irq_close();
	check(good[0], "virtual timer: %" PRIu64 " of %" PRIu64, timers, timers_wanted);
	check(good[1], "clock: %" PRIu64 " of %" PRIu64, clocks, clocks_wanted);
	check(good[2], "physical timer: %" PRIu64 " of %" PRIu64, alarms, alarms_wanted);
	check(strangers == 0, "others: %" PRIu64, strangers);
}

const struct probe_case direct_cases[] = {
	{"interface", interface, false},
	{"states", states, false},
	{"order", order, false},
	{"group-0", group_0, true},
	{"common-binary-point", common_binary_point, false},
	{"features", features, true},
	{"count", count, true},
	{0},
};
