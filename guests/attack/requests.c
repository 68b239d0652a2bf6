/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's requests to Signalbox: emulated registers, PSCI, calls. */
#include "attack/attack.h"
#include "lib/console.h"
#include "lib/cpu.h"
#include "lib/gic.h"
#include "lib/psci.h"
#include "lib/timer.h"
#include "signalbox/hypercall.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define GICR_STRIDE 0x20000
#define GICR_CPUS 3 /* one more than there are */
#define GICR_BASE 0x080a0000
#define RTC 0x09010000
#define RTC_DR 0x00
#define RTC_MR 0x04
#define RTC_LR 0x08
#define RTC_IMSC 0x10
#define RTC_ICR 0x1c
#define GPIO 0x09030000
#define GPIO_IS 0x404
#define GPIO_IEV 0x40c
#define GPIO_IE 0x410

extern char secondary_start[];

static void access(uint64_t at, uint64_t value)
{
	switch (random_below(10)) {
	case 0:
		(void)mmio_read8(at);
		break;
	case 1:
		(void)mmio_read16(at);
		break;
	case 2:
		(void)mmio_read64(at & ~UINT64_C(7));
		break;
	case 3:
		mmio_write8(at, (uint8_t)value);
		break;
	case 4:
		mmio_write16(at, (uint16_t)value);
		break;
	case 5:
		mmio_write64(at & ~UINT64_C(7), value);
		break;
	case 6:
	case 7:
		(void)mmio_read32(at & ~UINT64_C(3));
		break;
	default:
		mmio_write32(at & ~UINT64_C(3), (uint32_t)value);
	}
}

/* Most hit a register, of the interrupts that there are. */
void step_gic(void)
{
	static const uint16_t registers[] = {
		GICD_CTLR,      GICD_TYPER,   GICD_STATUSR, GICD_IGROUPR,   GICD_ISENABLER, GICD_ISENABLER,
		GICD_ICENABLER, GICD_ISPENDR, GICD_ICPENDR, GICD_ISACTIVER, GICD_ICACTIVER, GICD_IPRIORITYR,
		GICD_ICFGR,     GICD_SGIR,    GICD_IROUTER, GICR_WAKER,
	};
	uint32_t offset = random_once_in(16) ? random_below(0x10000)
										 : registers[random_below(COUNT_OF(registers))] + random_below(0x20);
	uint64_t frame = GICR_BASE + random_below(GICR_CPUS) * GICR_STRIDE + random_below(2) * GICR_SGI_BASE;

	if (random_once_in(32)) /* so that more than nothing comes */
		mmio_write32(gic_distributor + GICD_CTLR, 0x12);
	access((random_once_in(2) ? gic_distributor : frame) + offset, random_value());
}

void step_uart(void)
{
	if (random_once_in(2))
		access(console_base + random_below(random_once_in(8) ? 0x1000 : 0x50), random_value());
	else
		mmio_write32(console_base + UART_DR, (uint32_t)random_bits());
}

/* Alarms, most of them soon; pins are low, which may be an interrupt. */
void step_device(void)
{
	static const uint16_t of_rtc[] = {RTC_MR, RTC_MR, RTC_LR, RTC_IMSC, RTC_ICR};
	static const uint16_t of_gpio[] = {GPIO_IS, GPIO_IEV, GPIO_IE};
	uint32_t soon = mmio_read32(RTC + RTC_DR) + random_below(3);

	gic_enable(RTC_INTID);
	gic_enable(GPIO_INTID);
	if (random_once_in(2)) /* as a guest has it */
		mmio_write32(RTC + RTC_IMSC, 1);
	if (random_once_in(3))
		access(GPIO + of_gpio[random_below(COUNT_OF(of_gpio))], random_value());
	else
		access(RTC + of_rtc[random_below(COUNT_OF(of_rtc))], random_once_in(4) ? random_value() : soon);
	cpu_irq_open();
}

void quieten(uint32_t intid)
{
	if (intid == RTC_INTID)
		mmio_write32(RTC + RTC_ICR, 1);
	if (intid == GPIO_INTID)
		mmio_write32(GPIO + GPIO_IE, 0);
}

static int64_t conduit(uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
	return random_once_in(8) ? smc_call(function, a, b, c) : hvc_call(function, a, b, c);
}

static void turn_on(void)
{
	uint64_t target = random_below(3), entry = (uint64_t)secondary_start;

	conduit(PSCI_CPU_ON, random_once_in(16) ? random_value() : target,
			random_once_in(16) ? random_value() : entry, target);
}

void step_power(void)
{
	switch (random_below(10)) {
	case 0:
		if (random_once_in(8))
			conduit(PSCI_CPU_OFF, 0, 0, 0);
		break;
	case 1:
		timer_arm(timer_now() + random_below(10000));
		conduit(PSCI_CPU_SUSPEND, random_value(), (uint64_t)secondary_start, 0);
		break;
	case 2:
		if (random_once_in(16))
			conduit(random_once_in(2) ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_RESET2, random_below(3), 0, 0);
		break;
	case 3:
		if (random_once_in(64))
			conduit(PSCI_SYSTEM_OFF, 0, 0, 0);
		break;
	case 4:
		conduit(PSCI_FEATURES, random_once_in(2) ? random_value() : PSCI_VERSION + random_below(0x20), 0, 0);
		break;
	case 5:
		conduit(PSCI_AFFINITY_INFO, random_below(4), random_below(2), 0);
		break;
	case 6: /* any but those that end something */
		conduit((random_once_in(2) ? 0x84000000 : 0xc4000000) + 10 + random_below(0x20), random_value(),
				random_value(), random_value());
		break;
	default:
		turn_on();
	}
}

static void ask_for_move(void)
{
	static const uint16_t intids[] = {34, 34, 34, 34, 39, 39, 39, 39, 33, 27, 1, 1022};
	static const uint16_t flags[] = {
		0, 0, SIGNALBOX_MOVE_FORCE, 1 << 8, 2 << 8, 2 << 8 | SIGNALBOX_MOVE_FORCE, 3 << 8};

	conduit(random_once_in(2) ? SIGNALBOX_CALL_IRQ_MOVE : SIGNALBOX_CALL_DEVICE_MOVE,
			random_once_in(32) ? random_value() : intids[random_below(COUNT_OF(intids))],
			random_once_in(32) ? random_value() : random_below(ATTACK_VMS + 1),
			random_once_in(32) ? random_value() : flags[random_below(COUNT_OF(flags))]);
}

void step_call(void)
{
	switch (random_below(8)) {
	case 0:
		conduit(0xc6000000 + random_below(8), random_value(), random_value(), random_value());
		break;
	case 1:
		conduit(random_bits() & ~UINT64_C(0x04000000), random_value(), random_value(), random_value());
		break;
	case 2:
	case 3:
		conduit(SIGNALBOX_CALL_RING, random_once_in(8) ? random_value() : 0, 0, 0);
		break;
	case 4:
	case 5:
		conduit(SIGNALBOX_CALL_DELIVERY, random_below(ATTACK_VMS + 1), random_below(4), 0);
		break;
	default:
		ask_for_move();
	}
}
