/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What QEMU's virt machine has where nothing is, and its images do not ask the device tree for: virtio
 * transports without a device, flash, and a PCI bus without a device. Natively, or in a VM with
 * machine = "virt".
 */
#include <inttypes.h>

#include "lib/cpu.h"
#include "lib/exception.h"
#include "lib/tree.h"
#include "probe/probe.h"

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

const struct probe_case virt_cases[] = {
	{"virt-transports", transports, true},
	{"virt-flash", flash, true},
	{"virt-look", look, true},
	{"virt-pci", pci, true},
	{0},
};
