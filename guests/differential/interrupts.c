/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupts that are played with, and the lines of those that have a device. */
#include <stddef.h>

#include "differential/differential.h"
#include "lib/console.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/timer.h"
#include "lib/tree.h"

#define RTC_DR 0x00 /* PL031 (Arm DDI 0224) */
#define RTC_MR 0x04
#define RTC_IMSC 0x10
#define RTC_RIS 0x14
#define TIMER_MASKED 3 /* ENABLE, IMASK */
#define LEVELS 32      /* 5 bits of priority */

struct interrupt interrupts[INTERRUPTS_MAX];
unsigned interrupt_count, cpu_count;
static uint64_t rtc;
static uint64_t redistributors[CPUS_MAX];

/* The deadline is long past: the mask is the line. */
static void drive_virtual_timer(bool up)
{
	sysreg_write(cntv_ctl_el0, up ? TIMER_ENABLE : TIMER_MASKED);
}

static void drive_physical_timer(bool up)
{
	sysreg_write(cntp_ctl_el0, up ? TIMER_ENABLE : TIMER_MASKED);
}

/* Something has been printed: the transmit interrupt stands, and its mask is the line. */
static void drive_uart(bool up)
{
	mmio_write32(console_base + UART_IMSC, up ? UART_INT_TX : 0);
}

static void drive_rtc(bool up)
{
	mmio_write32(rtc + RTC_IMSC, up);
}

static void add(uint32_t intid, unsigned cpu, void (*drive)(bool up), bool linked)
{
	interrupts[interrupt_count++] =
		(struct interrupt){.intid = intid, .cpu = cpu, .drive = drive, .linked = linked};
}

/* The clock's match register, until a match stands; the mask in the device is the line. */
static void prepare_rtc(void)
{
	int node = tree_node("arm,pl031", 0);

	if (node < 0)
		return;
	rtc = tree_region(node, 0).base;
	mmio_write32(rtc + RTC_IMSC, 0);
	while (!mmio_read32(rtc + RTC_RIS))
		mmio_write32(rtc + RTC_MR, mmio_read32(rtc + RTC_DR));
	add(tree_intid(node, 0), 0, drive_rtc, true);
}

static void prepare_timers(void)
{
	sysreg_write(cntv_cval_el0, 0);
	sysreg_write(cntp_cval_el0, 0);
	drive_virtual_timer(false);
	drive_physical_timer(false);
	redistributors[cpu_number()] = gic_redistributor();
}

static void add_private(unsigned cpu)
{
	static const uint8_t alone[] = {0, 1, 7, 15, 20}; /* SGIs, and a PPI that no device has */

	for (unsigned i = 0; i < sizeof(alone); i++)
		add(alone[i], cpu, NULL, false);
	add(TIMER_VIRTUAL_INTID, cpu, drive_virtual_timer, true);
	add(TIMER_PHYSICAL_INTID, cpu, drive_physical_timer, false);
	pair_run(cpu, prepare_timers);
}

static void prepare(struct interrupt *interrupt)
{
	uint64_t at = interrupt_frame(interrupt);

	interrupt->group1 = true;
	interrupt->edge =
		mmio_read32(at + GICD_ICFGR + interrupt->intid / 16 * 4) >> interrupt->intid % 16 * 2 & 2;
	interrupt->priority = interrupt_free_priority(interrupt);
	mmio_write8(at + GICD_IPRIORITYR + interrupt->intid, interrupt->priority);
	if (!interrupt_is_private(interrupt))
		gic_route(interrupt->intid, 0);
}

void interrupts_init(void)
{
	static const uint16_t alone[] = {100, 101, 117, 160, 200, 255};

	for (unsigned cpu = 0; cpu < cpu_count; cpu++)
		add_private(cpu);
	prepare_rtc();
	add(console_intid, 0, drive_uart, false);
	for (unsigned i = 0; i < sizeof(alone) / sizeof(*alone); i++)
		add(alone[i], 0, NULL, false);
	for (unsigned i = 0; i < interrupt_count; i++)
		interrupts[i].priority = 0;
	for (unsigned i = 0; i < interrupt_count; i++)
		prepare(&interrupts[i]);
}

/* Few interrupts for a while, or many: list registers suffice, or do not. */
void interrupts_choose(void)
{
	uint32_t of_eight = 1 + random_below(8);

	for (unsigned i = 0; i < interrupt_count; i++)
		interrupts[i].played = random_below(8) < of_eight;
	interrupts[random_below(interrupt_count)].played = true;
}

struct interrupt *interrupt_pick(void)
{
	unsigned i;

	do
		i = random_below(interrupt_count);
	while (!interrupts[i].played);
	return &interrupts[i];
}

struct interrupt *interrupt_find(uint32_t intid)
{
	for (unsigned i = 0; i < interrupt_count; i++)
		if (interrupts[i].intid == intid && (intid >= 32 || interrupts[i].cpu == cpu_number()))
			return &interrupts[i];
	return NULL;
}

uint64_t redistributor_of(unsigned cpu)
{
	return redistributors[cpu];
}

uint64_t interrupt_frame(const struct interrupt *interrupt)
{
	if (interrupt_is_private(interrupt))
		return redistributors[interrupt->cpu] + GICR_SGI_BASE;
	return gic_distributor;
}

bool interrupt_is_beside(const struct interrupt *one, const struct interrupt *other)
{
	return one->intid / 32 == other->intid / 32 && one->cpu == other->cpu;
}

/*
 * Which of several pending interrupts of one priority comes first is the GIC's choice (IHI 0069, "Interrupt
 * prioritization"): none has the priority of another that the same CPU may see. Bits of priority that a GIC
 * need not have are 0.
 */
uint8_t interrupt_free_priority(const struct interrupt *interrupt)
{
	uint32_t used = 0;
	unsigned level;

	for (unsigned i = 0; i < interrupt_count; i++)
		if (!interrupt_is_private(interrupt) || !interrupt_is_private(&interrupts[i]) ||
			interrupts[i].cpu == interrupt->cpu)
			used |= 1u << (interrupts[i].priority / 8);
	do
		level = random_below(LEVELS);
	while (used >> level & 1);
	return (uint8_t)(level * 8);
}
