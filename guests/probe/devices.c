/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of the machine: the real-time clock PL031 (Arm DDI 0224) when this guest was given it. */
#include <inttypes.h>

#include "lib/boot.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/timer.h"
#include "lib/tree.h"
#include "probe/probe.h"
#include "probe/taken.h"

#define RTC_DR 0x00
#define RTC_MR 0x04
#define RTC_IMSC 0x10
#define RTC_RIS 0x14
#define RTC_ICR 0x1c
#define ALARMS 3

static uint64_t rtc;
static volatile unsigned alarms;

static void alarm(uint32_t intid, struct frame *frame)
{
	(void)intid;
	(void)frame;
	mmio_write32(rtc + RTC_ICR, 1);
	alarms++;
}

static void rtc_alarm(void)
{
	int node = tree_node("arm,pl031", 0);
	uint32_t intid = node < 0 ? 0 : tree_intid(node, 0);

	if (intid == 0) {
		check(false, "no PL031 in the device tree");
		return;
	}
	rtc = tree_region(node, 0).base;
	note("PL031 at 0x%" PRIx64 ", INTID %" PRIu32 ", time %" PRIu32, rtc, intid, mmio_read32(rtc + RTC_DR));
	gic_handle(alarm);
	taken_spi(intid, false, 0x80);
	gic_handle(alarm);
	mmio_write32(rtc + RTC_IMSC, 1);
	cpu_irq_open();
	for (unsigned i = 1; i <= ALARMS; i++) {
		mmio_write32(rtc + RTC_MR, mmio_read32(rtc + RTC_DR) + 2); /* an emulator may stand still between */
		while (alarms < i)
			;
		check(alarms == i, "alarm %u, time %" PRIu32, i, mmio_read32(rtc + RTC_DR));
	}
	cpu_irq_close();
	check((mmio_read32(rtc + RTC_RIS) & 1) == 0, "the alarm is cleared");
	mmio_write32(rtc + RTC_IMSC, 0);
	gic_disable(intid);
}

const struct probe_case device_cases[] = {
	{"rtc", rtc_alarm, true},
	{0},
};
