/* SPDX-License-Identifier: Apache-2.0 */
/* What Signalbox adds to the device tree of a VM that has its own. Pure; used by vm/tree. */
#ifndef VM_TREE_OWN_H
#define VM_TREE_OWN_H

#include "vm/tree.h"
#include "vm/tree_writer.h"

/*
 * Copies the tree to `out` and sets what only Signalbox knows: /memory, the ramdisk's place and, where the
 * description has one, the command line. All else stays as its author wrote it. 0 or a negative libfdt error,
 * and `fault` then says where.
 */
MUST_USE int tree_own_complete(const struct tree_source *source, void *out, uint64_t size,
							   struct tree_fault *fault);

#endif
