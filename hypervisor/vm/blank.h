/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What QEMU's `virt` machine has where nothing is: flash that is erased, virtio transports without a device,
 * and a PCI bus without a device behind its bridge. Images that were made for it look there without asking a
 * device tree. A VM with machine = "virt" reads these addresses from memory that all such VMs share, without
 * exits. It cannot write there: a store is a permission fault, and does nothing (flow/exits/instruction.c).
 * Devices of the real machine that the VM has, or may be given, take their pages. Firmware of the VM's own,
 * at the start of flash, is read in the same way, and executed.
 *
 * Pure. Made at boot, and never changed: no locks.
 */
#ifndef VM_BLANK_H
#define VM_BLANK_H

#include "memory/table.h"
#include "vm/config.h"

enum blank_kind {
	BLANK_FLASH,      /* two banks of 64 MiB */
	BLANK_TRANSPORTS, /* 32 of virtio-mmio */
	BLANK_WINDOWS,    /* where PCI devices would have their registers */
	BLANK_BRIDGE,     /* PCI configuration space of the host bridge, 00:00.0 */
	BLANK_FUNCTIONS,  /* and of all other functions */
	BLANK_KIND_COUNT,
};

struct blank {
	const char *name; /* for messages */
	uint64_t base, size;
};

/* NULL: the VM has none of that kind. */
const struct blank *blank_of(const struct config_vm *vm, enum blank_kind kind);
/* Does a store to this address do nothing? It is blank, or firmware, and no device's. */
bool blank_ignores_store(const struct config_vm *vm, ipa_t ipa);

/* The memory that is read there, of any VM: a block of ones, a page of transports, and one of the bridge. */
#define BLANK_MEMORY_SIZE (BLOCK_SIZE + 2 * PAGE_SIZE)
#define BLANK_MEMORY_ALIGN BLOCK_SIZE
void blank_fill(void *memory);
/*
 * Maps it into the VM's stage 2, wherever the VM has something blank, and addresses that reach there. Errors
 * as of table_map().
 */
MUST_USE enum err blank_map(struct table *stage2, const struct config_vm *vm, pa_t memory);

/* The same for the VM's firmware, if it has any, in config_firmware_size() bytes of its own. */
void blank_fill_firmware(void *memory, const struct config_vm *vm);
MUST_USE enum err blank_map_firmware(struct table *stage2, const struct config_vm *vm, pa_t memory);

#endif
