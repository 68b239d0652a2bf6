/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What QEMU's virt machine has at addresses that its images know without a device tree: virtio transports
 * without a device, flash, a PCI bus without a device, a clock, and GPIO. Natively, or in a VM with
 * machine = "virt".
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

#define TRANSPORTS 0x0a000000
#define TRANSPORT_COUNT 32
#define TRANSPORT_STRIDE 0x200
#define TRANSPORT_MAGIC 0x00
#define TRANSPORT_VERSION 0x04
#define TRANSPORT_DEVICE 0x08
#define TRANSPORT_VENDOR 0x0c
#define TRANSPORT_QUEUE_SEL 0x30
#define TRANSPORT_STATUS 0x70
#define TRANSPORT_CONFIG 0x100

#define PCI_CONFIG 0x4010000000
#define PCI_CONFIG_SIZE 0x10000000
#define PCI_FUNCTION 0x1000
#define PCI_VENDOR 0x00
#define PCI_CLASS 0x08
#define PCI_HEADER 0x0c
#define PCI_BASE_ADDRESS 0x10
#define PCI_SUBSYSTEM 0x2c
#define PCI_CAPABILITIES 0x34
#define PCI_EXTENDED 0x100
#define PCI_PORTS 0x3eff0000
#define PCI_MEMORY 0x10000000

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

#define AFFINITY_OFF 1

#define FLASH_SIZE 0x08000000
#define FLASH_BANK 0x04000000
#define FLASH_STEP 0x000ff010
/* The common flash interface, of two chips of 16 bits side by side. */
#define CFI_QUERY_AT (0x55 * 4)
#define CFI_QUERY 0x00980098
#define CFI_ARRAY 0x00ff00ff
#define CFI_ANSWER_AT (0x10 * 4)
#define CFI_Q 0x00510051

static bool is_empty(uint64_t transport)
{
	return mmio_read32(transport + TRANSPORT_MAGIC) == 0x74726976 &&
		   mmio_read32(transport + TRANSPORT_VERSION) == 1 &&
		   mmio_read32(transport + TRANSPORT_DEVICE) == 0 &&
		   mmio_read32(transport + TRANSPORT_VENDOR) == 0x554d4551 &&
		   mmio_read32(transport + TRANSPORT_STATUS) == 0 && mmio_read32(transport + TRANSPORT_CONFIG) == 0;
}

/* Stores as drivers and memcpy() have them; some write their base register back. */
static void store(uint64_t address)
{
	uint64_t at = address;

	mmio_write8(address, 0xff);
	mmio_write16(address, 0xffff);
	mmio_write32(address, 0xffffffff);
	mmio_write64(address, ~UINT64_C(0));
	__asm__ volatile("stp %w1, %w1, [%0], #8" : "+r"(at) : "r"(0x12345678) : "memory");
	check(at == address + 8, "stp, post-index, at 0x%" PRIx64 ": 0x%" PRIx64, address, at);
	__asm__ volatile("str %w1, [%0, #-8]!" : "+r"(at) : "r"(0x12345678) : "memory");
	check(at == address, "str, pre-index: 0x%" PRIx64, at);
	__asm__ volatile("str q0, [%0], #16" : "+r"(at)::"memory");
	check(at == address + 16, "str of SIMD, post-index: 0x%" PRIx64, at);
}

static void transports(void)
{
	unsigned empty = 0, still = 0;
	struct fault fault;

	fault_expect();
	for (unsigned n = 0; n < TRANSPORT_COUNT; n++)
		empty += is_empty(TRANSPORTS + n * TRANSPORT_STRIDE);
	check(!fault_caught().taken && empty == TRANSPORT_COUNT, "%u transports without a device", empty);
	fault_expect();
	store(TRANSPORTS + TRANSPORT_STATUS);
	store(TRANSPORTS + 9 * TRANSPORT_STRIDE + TRANSPORT_QUEUE_SEL);
	store(TRANSPORTS + (TRANSPORT_COUNT - 1) * TRANSPORT_STRIDE);
	fault = fault_caught();
	check(!fault.taken, "stores have no effect, and are no fault: ESR 0x%" PRIx64, fault.esr);
	for (unsigned n = 0; n < TRANSPORT_COUNT; n++)
		still += is_empty(TRANSPORTS + n * TRANSPORT_STRIDE);
	check(still == TRANSPORT_COUNT, "%u transports as before", still);
}

/* As often as the command line says, which also names the first word of the second bank. */
static void look(void)
{
	uint64_t looks = argument_number("looks", 1), word = argument_number("flash", UINT32_MAX);
	unsigned wrong = 0;

	for (uint64_t i = 0; i < looks; i++) {
		for (unsigned n = 0; n < TRANSPORT_COUNT; n++)
			wrong += !is_empty(TRANSPORTS + n * TRANSPORT_STRIDE);
		wrong += mmio_read32(FLASH_BANK) != word;
	}
	check(wrong == 0, "%u wrong", wrong);
}

/* How many words of the flash are erased? */
static unsigned erased(unsigned *looked_at)
{
	unsigned count = 0;

	*looked_at = 0;
	for (uint64_t at = 0; at < FLASH_SIZE; at += FLASH_STEP, ++*looked_at)
		count += mmio_read32(at) == UINT32_MAX;
	return count + (mmio_read32(FLASH_SIZE - 4) == UINT32_MAX);
}

/* QEMU's flash answers, and reads 0 where no file is behind it; a VM's is erased and has no chip. */
static void flash(void)
{
	static const uint64_t bank[] = {0, FLASH_BANK};
	unsigned looked_at, count;
	struct fault fault;

	fault_expect();
	count = erased(&looked_at);
	fault = fault_caught();
	check(!fault.taken && (!probe_is_signalbox() || count == looked_at + 1), "%u of %u words read all ones",
		  count, looked_at + 1);
	for (unsigned n = 0; n < 2; n++) {
		uint32_t before = mmio_read32(bank[n] + CFI_ANSWER_AT), answer;

		fault_expect();
		mmio_write32(bank[n] + CFI_QUERY_AT, CFI_QUERY);
		answer = mmio_read32(bank[n] + CFI_ANSWER_AT);
		mmio_write32(bank[n], CFI_ARRAY);
		fault = fault_caught();
		check(!fault.taken && answer == (probe_is_signalbox() ? before : CFI_Q),
			  "bank %u: the query is no fault, and answered 0x%" PRIx32, n, answer);
		check(mmio_read32(bank[n] + CFI_ANSWER_AT) == before, "then it reads 0x%" PRIx32 " again", before);
	}
	if (!probe_is_signalbox())
		return;
	fault_expect();
	store(0);
	store(FLASH_SIZE - 16);
	check(!fault_caught().taken && erased(&looked_at) == looked_at + 1, "it stays erased");
}

/* A bus without devices: each function but the bridge's reads all ones. */
static unsigned absent_functions(unsigned *looked_at)
{
	unsigned count = 0;

	*looked_at = 0;
	for (uint64_t at = PCI_FUNCTION; at < PCI_CONFIG_SIZE; at += 37 * PCI_FUNCTION, ++*looked_at)
		count += mmio_read32(PCI_CONFIG + at + PCI_VENDOR) == UINT32_MAX;
	return count + (mmio_read32(PCI_CONFIG + PCI_CONFIG_SIZE - 4) == UINT32_MAX);
}

static bool is_bridge(void)
{
	return mmio_read32(PCI_CONFIG + PCI_VENDOR) == 0x00081b36 &&
		   mmio_read32(PCI_CONFIG + PCI_CLASS) == 0x06000000 &&
		   mmio_read16(PCI_CONFIG + PCI_HEADER + 2) == 0 && mmio_read32(PCI_CONFIG + PCI_BASE_ADDRESS) == 0 &&
		   mmio_read32(PCI_CONFIG + PCI_SUBSYSTEM) == 0x11001af4 &&
		   mmio_read8(PCI_CONFIG + PCI_CAPABILITIES) == 0 &&
		   mmio_read32(PCI_CONFIG + PCI_EXTENDED) == UINT32_MAX;
}

static void pci(void)
{
	unsigned looked_at, count;
	struct fault fault;

	fault_expect();
	check(is_bridge(), "function 00:00.0 is QEMU's host bridge");
	count = absent_functions(&looked_at);
	check(count == looked_at + 1, "%u of %u other functions are absent", count, looked_at + 1);
	mmio_write32(PCI_CONFIG + PCI_BASE_ADDRESS, UINT32_MAX); /* as one finds the size of registers */
	store(PCI_CONFIG + 5 * 8 * PCI_FUNCTION);
	check(is_bridge() && absent_functions(&looked_at) == count, "after stores it is the same");
	check(mmio_read32(PCI_PORTS) == UINT32_MAX && mmio_read32(PCI_MEMORY) == UINT32_MAX,
		  "the windows read all ones");
	mmio_write8(PCI_PORTS + 0x80, 0);
	mmio_write32(PCI_MEMORY, 0);
	fault = fault_caught();
	check(!fault.taken, "and nothing is a fault: ESR 0x%" PRIx64, fault.esr);
}

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

/* An alarm for the second that it is comes at once. Then one that has to be waited for. */
static void ring_alarms(void)
{
	uint32_t time;

	rings = 0;
	taken_spi(RTC_INTID, false, 0x80);
	gic_handle(ring);
	mmio_write32(RTC + RTC_LR, 1000000000);
	mmio_write32(RTC + RTC_MR, 1000000001); /* an emulator may stand still: it is over, or to come */
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

static void set_alarm_and_go(void)
{
	mmio_write32(RTC + RTC_MR, mmio_read32(RTC + RTC_DR) + 2);
	mmio_write32(RTC + RTC_IMSC, 1);
}

/* The CPU that set the alarm is off when it comes, to another one. */
static void alarm_of_another(void)
{
	rings = 0;
	taken_spi(RTC_INTID, false, 0x80);
	gic_handle(ring);
	if (boot_cpu(1, set_alarm_and_go) != 0) {
		check(false, "there is no second CPU");
		return;
	}
	while (psci_call(PSCI_AFFINITY_INFO, 1, 0, 0) != AFFINITY_OFF)
		;
	check(rings == 0, "no alarm yet");
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

const struct probe_case virt_cases[] = {
	{"virt-transports", transports, true},
	{"virt-flash", flash, true},
	{"virt-look", look, true},
	{"virt-pci", pci, true},
	{"virt-clock", rtc, true},
	{"virt-clock-over-a-reset", rtc_over_a_reset, true},
	{"virt-alarm-of-another", alarm_of_another, true},
	{"virt-gpio", gpio, true},
	{0},
};
