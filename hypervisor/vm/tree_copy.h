/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The part of a guest's tree that comes from the host tree: the nodes of passed-through devices with all
 * nodes below them, at their place in the host tree, and the buses above them with the properties that
 * translate addresses and nothing else. Phandles keep their values, and the guest's GIC has the host GIC's,
 * so that references stay true. A node that a device refers to must belong to the same VM, or be a provider
 * without registers (a fixed clock or regulator), which is then copied as well. A property that refers to any
 * other node is left out, and a line in the report says so. Pure; used by vm/tree.
 */
#ifndef VM_TREE_COPY_H
#define VM_TREE_COPY_H

#include "vm/tree.h"
#include "vm/tree_writer.h"

#define TREE_PICKS_MAX 48

/*
 * The host's nodes that the guest gets as a whole; the order of nodes in a flattened tree is that of offsets.
 */
struct tree_picks {
	const void *host;
	int gic; /* the host's interrupt controller, in whose place the guest has its own */
	struct {
		int start, end; /* [start, end): a node and what is below it */
	} pick[TREE_PICKS_MAX];
	unsigned pick_count;
	bool overflow;
};

/* The bus around copied nodes when the host root counts addresses in other cells than the guest's two. */
#define TREE_COPY_BUS "host"

/* Chooses: the VM's devices, its UART if physical, and the providers they need. */
void tree_copy_choose(struct tree_picks *picks, const struct tree_source *source);
/* The path of a copied node in the guest's tree; "" when that is longer than `size`. */
void tree_copy_path(const struct tree_picks *picks, int node, char *out, size_t size);
/* Writes the chosen nodes below the guest's root, which must be open. */
void tree_copy_write(const struct tree_picks *picks, const struct tree_source *source, struct tree_writer *w,
					 struct report *report);

#endif
