/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small devices of QEMU's virt machine, at the addresses that its images know: a clock (PL031), GPIO
 * (PL061), and the firmware configuration. Natively, or in a VM with machine = "virt".
 */
#include <inttypes.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/exception.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "probe/probe.h"
#include "probe/taken.h"

#define RTC 0x09010000
#define RTC_INTID 34
#define RTC_DR 0x00
#define RTC_MR 0x04
#define RTC_LR 0x08
#define RTC_CR 0x0c
#define RTC_IMSC 0x10
#define RTC_RIS 0x14
#define RTC_MIS 0x18
#define RTC_ICR 0x1c
#define GPIO 0x09030000
#define GPIO_INTID 39
#define GPIO_DATA(pins) ((pins)*4u)
#define GPIO_DIR 0x400
#define GPIO_IS 0x404
#define GPIO_IBE 0x408
#define GPIO_IEV 0x40c
#define GPIO_IE 0x410
#define GPIO_RIS 0x414
#define GPIO_MIS 0x418
#define GPIO_IC 0x41c
#define GPIO_AFSEL 0x420
#define PRIMECELL_ID 0xfe0

#define FWCFG_DATA 0x09020000
#define FWCFG_SELECTOR 0x09020008 /* big-endian */
#define FWCFG_SIGNATURE 0x00
#define FWCFG_ID 0x01
#define FWCFG_CPU_COUNT 0x05
#define FWCFG_FILES 0x19

#define AFFINITY_OFF 1
#define ALARM_SECONDS 2
#define ALARM_SECONDS_MOST 64

static bool is_primecell(uint64_t base, uint8_t part, uint8_t revision)
{
	const uint8_t id[] = {part, 0x10, revision, 0x00, 0x0d, 0xf0, 0x05, 0xb1};
	unsigned same = 0;

	for (unsigned i = 0; i < sizeof(id); i++)
		same += mmio_read32(base + PRIMECELL_ID + 4 * i) == id[i];
	return same == sizeof(id);
}

static volatile unsigned rings;

static void ring(uint32_t intid, struct frame *frame)
{
	(void)frame;
	if (intid != RTC_INTID)
		return;
	rings++;
	mmio_write32(RTC + RTC_ICR, 1);
}

static void take_alarms(unsigned count)
{
	uint64_t end = timer_now() + timer_ticks(TIMER_PATIENCE_US);

	cpu_irq_open();
	while (rings < count && timer_now() < end)
		;
	cpu_irq_close();
}

/* So many seconds from now. An emulator may stand still until they are over; then that is done again. */
static void set_alarm(uint32_t seconds)
{
	uint32_t match;

	do {
		match = mmio_read32(RTC + RTC_DR) + seconds;
		mmio_write32(RTC + RTC_MR, match);
	} while (mmio_read32(RTC + RTC_DR) > match && mmio_read32(RTC + RTC_RIS) == 0);
}

/* One that has to be waited for. Then one for the second that it is, which comes at once. */
static void ring_alarms(void)
{
	uint32_t time;

	rings = 0;
	taken_spi(RTC_INTID, false, 0x80);
	gic_handle(ring);
	mmio_write32(RTC + RTC_LR, 1000000000);
	set_alarm(1);
	mmio_write32(RTC + RTC_IMSC, 1);
	take_alarms(1);
	time = mmio_read32(RTC + RTC_DR);
	check(rings == 1 && time >= 1000000001, "the alarm comes, at %" PRIu32, time);
	do {
		time = mmio_read32(RTC + RTC_DR);
		mmio_write32(RTC + RTC_MR, time);
	} while (mmio_read32(RTC + RTC_RIS) == 0);
	check(mmio_read32(RTC + RTC_MIS) == 1, "one for this second is raised at once");
	take_alarms(2);
	check(rings == 2 && mmio_read32(RTC + RTC_MIS) == 0, "%u alarms", rings);
	mmio_write32(RTC + RTC_IMSC, 0);
	gic_disable(RTC_INTID);
}

static void rtc(void)
{
	uint64_t first = argument_number("not-before", 1000000000);
	struct fault fault;
	uint32_t time;

	fault_expect();
	check(is_primecell(RTC, 0x31, 0x14), "a PL031");
	time = mmio_read32(RTC + RTC_DR);
	check(time >= first, "its time is %" PRIu32, time);
	check(mmio_read32(RTC + RTC_CR) == 1, "it runs");
	mmio_write32(RTC + RTC_CR, 0);
	mmio_write32(RTC + RTC_ICR, UINT32_MAX);
	mmio_write32(RTC + RTC_RIS, 1);
	check(mmio_read32(RTC + RTC_CR) == 1 && mmio_read32(RTC + RTC_RIS) == 0, "it cannot be stopped");
	mmio_write32(RTC + RTC_LR, 5000);
	time = mmio_read32(RTC + RTC_DR);
	check(mmio_read32(RTC + RTC_LR) == 5000 && time >= 5000 && time < 1000000,
		  "set to 5000, it shows %" PRIu32, time);
	fault = fault_caught();
	check(!fault.taken, "nothing is a fault: ESR 0x%" PRIx64, fault.esr);
	ring_alarms();
}

static uint32_t seconds_to_alarm = ALARM_SECONDS;

static void set_alarm_and_go(void)
{
	mmio_write32(RTC + RTC_ICR, 1);
	set_alarm(seconds_to_alarm);
	mmio_write32(RTC + RTC_IMSC, 1);
}

/* Another CPU does so, and turns off. False: the alarm came before that. */
static bool have_alarm_set(void)
{
	if (boot_cpu(1, set_alarm_and_go) != 0)
		return false;
	while (psci_call(PSCI_AFFINITY_INFO, 1, 0, 0) != AFFINITY_OFF)
		;
	return mmio_read32(RTC + RTC_RIS) == 0;
}

/* The CPU that set the alarm is off when it comes, to another one. A CPU of an emulator may be slow. */
static void alarm_of_another(void)
{
	bool set;

	rings = 0;
	taken_spi(RTC_INTID, false, 0x80);
	gic_handle(ring);
	while (!(set = have_alarm_set()) && seconds_to_alarm < ALARM_SECONDS_MOST)
		seconds_to_alarm *= 2;
	check(set, "a second CPU has set an alarm, and is off before it comes");
	take_alarms(1);
	check(rings == 1, "the alarm comes");
}

/* As on a board with a battery: the first boot sets the time, the second one finds it. */
static void rtc_over_a_reset(void)
{
	uint32_t time = mmio_read32(RTC + RTC_DR);

	if (time >= 1000000000) {
		mmio_write32(RTC + RTC_LR, 5000);
		set_alarm_and_go();
		psci_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	}
	check(time >= 5000 && time < 1000000, "its time is %" PRIu32, time);
	if (probe_is_signalbox()) /* QEMU's has no reset */
		check(mmio_read32(RTC + RTC_MR) == 0 && mmio_read32(RTC + RTC_IMSC) == 0, "it has no alarm");
}

/* Pin 3 is the power key, which nobody presses: all pins are low. */
static void gpio(void)
{
	check(is_primecell(GPIO, 0x61, 0x04), "a PL061");
	check(mmio_read32(GPIO + GPIO_DATA(0xff)) == 0 && mmio_read32(GPIO + GPIO_DIR) == 0, "inputs, and low");
	mmio_write32(GPIO + GPIO_DATA(0xff), 0xff);
	check(mmio_read32(GPIO + GPIO_DATA(0xff)) == 0, "inputs are not written");
	mmio_write32(GPIO + GPIO_DIR, 0xf0);
	mmio_write32(GPIO + GPIO_DATA(0xff), 0xaa);
	check(mmio_read32(GPIO + GPIO_DATA(0xff)) == 0xa0, "outputs are");
	mmio_write32(GPIO + GPIO_DATA(0x50), 0x50);
	check(mmio_read32(GPIO + GPIO_DATA(0xff)) == 0xf0 && mmio_read32(GPIO + GPIO_DATA(0x30)) == 0x30,
		  "the address says which");
	for (uint64_t offset = GPIO_IS; offset <= GPIO_IEV; offset += 4) {
		mmio_write32(GPIO + offset, 0x1f8);
		check(mmio_read32(GPIO + offset) == 0xf8, "offset 0x%" PRIx64 " keeps eight bits", offset);
	}
	mmio_write32(GPIO + GPIO_IEV, 0);
	mmio_write32(GPIO + GPIO_IS, 0x08);
	mmio_write32(GPIO + GPIO_IC, 0xff);
	check(mmio_read32(GPIO + GPIO_RIS) == 0x08 && mmio_read32(GPIO + GPIO_MIS) == 0,
		  "a low level is noticed");
	taken_spi(GPIO_INTID, true, 0x80);
	taken_start();
	mmio_write32(GPIO + GPIO_IE, 0x08);
	taken_wait(1);
	check(taken_count == 1 && taken_log[0] == GPIO_INTID, "%u interrupts of it", taken_count);
	mmio_write32(GPIO + GPIO_IEV, 0x08);
	mmio_write32(GPIO + GPIO_IC, 0x08);
	check(mmio_read32(GPIO + GPIO_MIS) == 0, "and it ends");
	gic_disable(GPIO_INTID);
}

static void fwcfg_choose(uint16_t key)
{
	mmio_write16(FWCFG_SELECTOR, __builtin_bswap16(key));
}

/* As QEMU's, but that has files, and DMA. */
static void fwcfg(void)
{
	static const char signature[] = "QEMU";
	uint64_t mpidr[CPU_MAX];
	unsigned same = 0, files;

	fwcfg_choose(FWCFG_SIGNATURE);
	for (unsigned i = 0; i < 4; i++)
		same += mmio_read8(FWCFG_DATA) == (uint8_t)signature[i];
	check(same == 4 && mmio_read8(FWCFG_DATA) == 0, "its signature, byte by byte");
	fwcfg_choose(FWCFG_SIGNATURE);
	check(mmio_read32(FWCFG_DATA) == 0x554d4551, "and at once");
	fwcfg_choose(FWCFG_ID);
	check(mmio_read32(FWCFG_DATA) & 1, "the traditional interface");
	fwcfg_choose(FWCFG_CPU_COUNT);
	same = mmio_read16(FWCFG_DATA);
	check(same == tree_cpus(mpidr), "%u CPUs", same);
	fwcfg_choose(FWCFG_FILES);
	files = __builtin_bswap32(mmio_read32(FWCFG_DATA));
	check(files < 64 && (files == 0 || !probe_is_signalbox()), "%u files", files);
}

const struct probe_case virt_device_cases[] = {
	{"virt-clock", rtc, true},
	{"virt-clock-over-a-reset", rtc_over_a_reset, true},
	{"virt-alarm-of-another", alarm_of_another, true},
	{"virt-gpio", gpio, true},
	{"virt-fw-cfg", fwcfg, true},
	{0},
};
