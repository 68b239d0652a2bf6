/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which properties of a device tree refer to other nodes by phandle, and to which. A flattened tree does
 * not say: the names are the bindings' (devicetree.org specification and dt-schema). Pure; used by
 * vm/tree_copy.
 */
#ifndef VM_TREE_REFERENCE_H
#define VM_TREE_REFERENCE_H

#include <libfdt.h>

#include "base/types.h"

struct reference {
	uint32_t phandle;
	int target; /* its node, or a negative libfdt error when there is none */

	const void *tree;
	const fdt32_t *cell; /* what follows in the property */
	unsigned cells_left;
	const char *count_property; /* of the target: how many cells follow the phandle; NULL: none */
};

/*
 * Prepares to go through the references of a property (`property`: its offset in `tree`). False when it
 * is one that refers to nothing.
 */
bool reference_begin(struct reference *r, const void *tree, int node, int property);
/* The next one; false at the end. */
bool reference_next(struct reference *r);

#endif
