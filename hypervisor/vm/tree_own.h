/* SPDX-License-Identifier: Apache-2.0 */
/* A VM that brings a device tree of its own: what Signalbox adds to it. Pure; used by vm/tree. */
#ifndef VM_TREE_OWN_H
#define VM_TREE_OWN_H

#include "vm/tree.h"
#include "vm/tree_writer.h"

/*
 * Copies the tree to `out` and sets what only Signalbox knows: /memory, the ramdisk's place and, where the
 * description has one, the command line. All else is the person's own. 0 or a negative libfdt error, and
 * `fault` then says where.
 */
MUST_USE int tree_own_complete(const struct tree_source *source, void *out, uint64_t size,
							   struct tree_fault *fault);

#endif
