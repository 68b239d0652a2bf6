/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device tree that a VM gets: generated (CPUs, PSCI, timer, GICv3, memory, UART, shared memories and the
 * nodes of passed-through devices copied from the host tree with the nodes that they refer to), or the VM's
 * own with /chosen and /memory completed. Pure; libfdt. Boot CPU, before guests run.
 */
#ifndef VM_TREE_H
#define VM_TREE_H

#include "vm/config.h"

/* Room that holds any VM's tree. */
#define TREE_SIZE_MAX (CONFIG_TREE_MAX + 0x1000)

/* What a tree is made from. `host` may be NULL (in the tool): no devices, and CPUs of no particular kind. */
struct tree_source {
	const struct system_config *system;
	const struct config_vm *vm;
	const struct host *host;
	uint64_t ram_ipa;
	bool seeded; /* a generated tree has room for seeds */
};

/* The seeds that Linux reads in /chosen: kaslr-seed and rng-seed. */
#define TREE_KASLR_SEED_BYTES 8
#define TREE_RNG_SEED_BYTES 32

/*
 * Writes the tree into `out` (8-byte aligned, at most `size` bytes: TREE_SIZE_MAX) and returns its length.
 * Lines in `report` without an error name the parts of a device's node that had to be left out. ERR_NO_MEMORY
 * on a lack of room and ERR_INVALID on a broken source, with a line in `report`; `out` is then undefined.
 */
MUST_USE enum err tree_build(const struct tree_source *source, void *out, uint64_t size, uint64_t *length,
							 struct report *report);

/* Tells a tree where its ramdisk is, if it has one: the place of that depends on the tree's length. */
void tree_place_ramdisk(void *tree, uint64_t start);

struct tree_seeds {
	uint32_t kaslr, rng; /* offsets of the values */
};
/* Where a tree has room for seeds: each start of a VM puts its own into a copy. Both are 0 if it has none. */
struct tree_seeds tree_find_seeds(const void *tree);

#endif
