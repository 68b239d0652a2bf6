/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device tree that a VM gets: generated (CPUs, PSCI, timer, GICv3, memory, UART, shared memories and
 * the nodes of passed-through devices copied from the host tree with what they refer to), or the VM's own
 * with /chosen and /memory completed. Pure; libfdt. Boot CPU, before guests run.
 */
#ifndef VM_TREE_H
#define VM_TREE_H

#include "vm/config.h"

/* What a tree is made from. */
struct tree_source {
	const struct system_config *system;
	const struct config_vm *vm;
	const struct host *host;
	uint64_t ram_ipa;
	const struct config_placement *placement;
};

/*
 * Writes the tree into `out` (at most `size` bytes) and tells its length. On a lack of room or a broken
 * source: an error, and a line in `report`.
 */
MUST_USE enum err tree_build(const struct tree_source *source, void *out, uint64_t size, uint64_t *length,
							 struct report *report);

#endif
