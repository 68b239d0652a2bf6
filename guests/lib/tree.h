/* SPDX-License-Identifier: Apache-2.0 */
/* The device tree our guest was given, and the words of its command line. Boot CPU. */
#ifndef LIB_TREE_H
#define LIB_TREE_H

#include <stdbool.h>
#include <stdint.h>

struct region {
	uint64_t base, size;
};

/* `tree` 0: at the start of RAM. Returns false when there is none. */
bool tree_open(uint64_t tree);
/* Offset of the `index`-th node with this compatible string; negative when there are fewer. */
int tree_node(const char *compatible, unsigned index);
/* Entry `index` of a node's reg; size 0 when absent. */
struct region tree_region(int node, unsigned index);
/* INTID of the node's interrupt `index` (GICv3 binding); 0 when absent. */
uint32_t tree_intid(int node, unsigned index);
/* A cell of a node, or `otherwise`. */
uint32_t tree_cell(int node, const char *property, uint32_t otherwise);
/* A string property of the node at `path`, or NULL. */
const char *tree_string(const char *path, const char *property);
/* The number of CPUs, with the MPIDR of each (at most CPU_MAX). */
unsigned tree_cpus(uint64_t *mpidr);

/* Is the word on the command line; the number after `name=`, or `otherwise`; the text after it. */
bool argument_given(const char *name);
uint64_t argument_number(const char *name, uint64_t otherwise);
const char *argument_text(const char *name, const char *otherwise);

#endif
