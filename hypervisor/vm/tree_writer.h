/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing a flattened tree front to back without checking every result: the first error stays, and later
 * calls do nothing. Used by vm/tree alone; libfdt's sequential-write functions do the work.
 */
#ifndef VM_TREE_WRITER_H
#define VM_TREE_WRITER_H

#include "base/types.h"

/* Where libfdt failed: for messages. */
struct tree_fault {
	char node[64];
	char property[32]; /* "": the node itself */
	const char *why;   /* NULL: libfdt's own text */
};

/* Returns `error`, for a libfdt error, and keeps its place. */
int tree_fault_at(struct tree_fault *fault, const char *node, const char *property, int error);

struct tree_writer {
	void *fdt;
	int error;               /* the first libfdt error, 0 if there is none */
	struct tree_fault fault; /* its place; without an error, the node that was opened last */
	unsigned interrupt_cells;
};

/* Starts the tree in `size` bytes at `out`, with its root node open. */
void tree_writer_begin(struct tree_writer *w, void *out, uint64_t size);
/* Closes the root; afterwards `fdt` is a whole tree, unless `error` says otherwise. */
void tree_writer_end(struct tree_writer *w);

void tree_open_node(struct tree_writer *w, const char *name);
void tree_open_node_at(struct tree_writer *w, const char *name, uint64_t address); /* name@address */
void tree_close_node(struct tree_writer *w);

void tree_put_bytes(struct tree_writer *w, const char *property, const void *data, size_t size);
void tree_put_flag(struct tree_writer *w, const char *property);
void tree_put_u32(struct tree_writer *w, const char *property, uint32_t value);
void tree_put_u64(struct tree_writer *w, const char *property, uint64_t value);
void tree_put_string(struct tree_writer *w, const char *property, const char *value);
/* A list of numbers of two cells each: `reg` and its like below a root with two address and size cells. */
void tree_put_u64_list(struct tree_writer *w, const char *property, const uint64_t *value, unsigned count);

/* An interrupt as the GIC binding writes it. */
struct tree_interrupt {
	uint32_t intid;
	bool edge;
};
#define TREE_INTERRUPTS_MAX 4
/* `interrupts`, each with as many cells as the guest's controller wants. */
void tree_put_interrupts(struct tree_writer *w, const struct tree_interrupt *list, unsigned count);

#endif
