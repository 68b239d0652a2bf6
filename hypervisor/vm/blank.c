/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/blank.h"

#include <string.h>

#include "base/bits.h"
#include "vm/layout.h"

#define ONES_OFFSET UINT64_C(0)
#define TRANSPORTS_OFFSET BLOCK_SIZE
#define BRIDGE_OFFSET (TRANSPORTS_OFFSET + PAGE_SIZE)
#define PCI_SPACE_SIZE 0x100
#define OF_VIRT(what) "the " what " of machine = \"virt\""

/* Where a row's memory is in that of all, and after how many bytes it begins again. */
static const struct row {
	struct blank blank;
	uint64_t offset, repeats;
} rows[BLANK_KIND_COUNT] = {
	[BLANK_FLASH] = {{OF_VIRT("erased flash"), GUEST_FLASH_BASE, GUEST_FLASH_SIZE},
					 .offset = ONES_OFFSET,
					 .repeats = BLOCK_SIZE},
	[BLANK_TRANSPORTS] = {{OF_VIRT("empty virtio transports"), GUEST_TRANSPORTS_BASE, GUEST_TRANSPORTS_SIZE},
						  .offset = TRANSPORTS_OFFSET,
						  .repeats = PAGE_SIZE},
	[BLANK_WINDOWS] = {{OF_VIRT("empty PCI windows"), GUEST_PCI_WINDOWS_BASE, GUEST_PCI_WINDOWS_SIZE},
					   .offset = ONES_OFFSET,
					   .repeats = BLOCK_SIZE},
	[BLANK_BRIDGE] = {{OF_VIRT("PCI bridge"), GUEST_PCI_CONFIG_BASE, PAGE_SIZE},
					  .offset = BRIDGE_OFFSET,
					  .repeats = PAGE_SIZE},
	[BLANK_FUNCTIONS] = {{OF_VIRT("empty PCI bus"), GUEST_PCI_CONFIG_BASE + PAGE_SIZE,
						  GUEST_PCI_CONFIG_SIZE - PAGE_SIZE},
						 .offset = ONES_OFFSET,
						 .repeats = BLOCK_SIZE},
};

_Static_assert(GUEST_TRANSPORTS_BASE % PAGE_SIZE == 0 && GUEST_FLASH_BASE % BLOCK_SIZE == 0 &&
				   GUEST_PCI_WINDOWS_BASE % BLOCK_SIZE == 0 && GUEST_PCI_CONFIG_BASE % BLOCK_SIZE == 0,
			   "what is read at an address is at the same offset in the memory");

const struct blank *blank_of(const struct config_vm *vm, enum blank_kind kind)
{
	return vm->machine == CONFIG_MACHINE_VIRT ? &rows[kind].blank : NULL;
}

/*
 * Where what begins at `at` ends, at `end` at the latest: registers of a device, or what is between two of
 * them (`is_free`).
 */
static uint64_t run_end(const struct config_vm *vm, uint64_t at, uint64_t end, bool *is_free)
{
	*is_free = true;
	for (unsigned d = 0; d < vm->device_count; d++) {
		for (unsigned r = 0; r < vm->device[d].reg_count; r++) {
			const struct config_reg *reg = &vm->device[d].reg[r];
			uint64_t reg_end = reg->base + reg->size;

			if (at >= reg->base && at < reg_end) {
				*is_free = false;
				return reg_end < end ? reg_end : end;
			}
			if (reg->base > at && reg->base < end)
				end = reg->base;
		}
	}
	return end;
}

bool blank_ignores_store(const struct config_vm *vm, ipa_t ipa)
{
	bool is_free = false;

	for (enum blank_kind kind = 0; kind < BLANK_KIND_COUNT && !is_free; kind++) {
		const struct blank *blank = blank_of(vm, kind);

		if (blank && ipa.v >= blank->base && ipa.v - blank->base < blank->size)
			run_end(vm, ipa.v, blank->base + blank->size, &is_free);
	}
	return is_free;
}

/* Virtio 1.1, "MMIO Device Register Layout": what QEMU's transports answer while no device is there. */
static void fill_transport(uint32_t *words)
{
	words[0] = 0x74726976; /* MagicValue: "virt" */
	words[1] = 1;          /* Version: legacy */
	words[2] = 0;          /* DeviceID: none */
	words[3] = 0x554d4551; /* VendorID: "QEMU" */
}

/*
 * PCI 3.0, "Type 00h Configuration Space Header": a bridge without base addresses and capabilities. It has
 * the 256 bytes of PCI; what PCI Express has beyond them reads all ones.
 */
static void fill_bridge(uint32_t *words)
{
	memset(words, 0xff, PAGE_SIZE);
	memset(words, 0, PCI_SPACE_SIZE);
	words[0] = 0x00081b36;        /* Device ID, Vendor ID: the host bridge of QEMU's PCI Express */
	words[2] = 0x06000000;        /* Class Code: a host bridge */
	words[0x2c / 4] = 0x11001af4; /* Subsystem ID, Subsystem Vendor ID */
}

void blank_fill(void *memory)
{
	char *transports = (char *)memory + TRANSPORTS_OFFSET;

	memset((char *)memory + ONES_OFFSET, 0xff, BLOCK_SIZE);
	memset(transports, 0, PAGE_SIZE);
	for (unsigned at = 0; at < PAGE_SIZE; at += GUEST_TRANSPORT_STRIDE)
		fill_transport((uint32_t *)(transports + at));
	fill_bridge((uint32_t *)((char *)memory + BRIDGE_OFFSET));
}

void blank_fill_firmware(void *memory, const struct config_vm *vm)
{
	memcpy(memory, vm->image.data, vm->image.size);
	memset((char *)memory + vm->image.size, 0xff, config_firmware_size(vm) - vm->image.size);
}

enum err blank_map_firmware(struct table *stage2, const struct config_vm *vm, pa_t memory)
{
	uint64_t size = config_firmware_size(vm);

	return size ? table_map(stage2, GUEST_FLASH_BASE, memory.v, size, TABLE_READ | TABLE_EXECUTE) : OK;
}

/* From one address to the other, in pieces that begin again at the start of the memory. */
static enum err map_run(struct table *stage2, const struct row *row, pa_t memory, uint64_t at, uint64_t end)
{
	enum err result = OK;

	for (uint64_t next; at < end && result == OK; at = next) {
		next = align_down(at, row->repeats) + row->repeats;
		if (next > end)
			next = end;
		result = table_map(stage2, at, memory.v + row->offset + at % row->repeats, next - at, TABLE_READ);
	}
	return result;
}

/* Firmware is at the start of flash. */
static uint64_t blank_start(const struct config_vm *vm, enum blank_kind kind)
{
	return rows[kind].blank.base + (kind == BLANK_FLASH ? config_firmware_size(vm) : 0);
}

static enum err map_kind(struct table *stage2, const struct config_vm *vm, enum blank_kind kind, pa_t memory)
{
	const struct blank *blank = &rows[kind].blank;
	uint64_t end = blank->base + blank->size;
	enum err result = OK;
	bool is_free;

	for (uint64_t at = blank_start(vm, kind), next; at < end && result == OK; at = next) {
		next = run_end(vm, at, end, &is_free);
		if (is_free)
			result = map_run(stage2, &rows[kind], memory, at, next);
	}
	return result;
}

/* A processor with fewer bits of address does not reach the PCI bus: QEMU's machine has none there either. */
static bool is_within(const struct table *stage2, const struct blank *blank)
{
	return blank->base + blank->size <= BIT(stage2->input_bits);
}

enum err blank_map(struct table *stage2, const struct config_vm *vm, pa_t memory)
{
	enum err result = OK;

	for (enum blank_kind kind = 0; kind < BLANK_KIND_COUNT && result == OK; kind++)
		if (blank_of(vm, kind) && is_within(stage2, blank_of(vm, kind)))
			result = map_kind(stage2, vm, kind, memory);
	return result;
}
