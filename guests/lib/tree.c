/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tree.h"

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "lib/layout.h"

#define RAM_BASE 0x40000000
#define PPI 1 /* first cell of an interrupt: 0 SPI, 1 PPI */

static const void *tree_blob;

bool tree_open(uint64_t tree)
{
	tree_blob = (const void *)(tree ? tree : RAM_BASE);
	return fdt_check_header(tree_blob) == 0;
}

int tree_node(const char *compatible, unsigned index)
{
	int node = -1;

	do
		node = fdt_node_offset_by_compatible(tree_blob, node, compatible);
	while (node >= 0 && index-- > 0);
	return node;
}

static const fdt32_t *tree_cells(int node, const char *property, unsigned first, unsigned count)
{
	int length;
	const fdt32_t *cells = fdt_getprop(tree_blob, node, property, &length);

	return cells && (first + count) * sizeof(*cells) <= (size_t)length ? cells + first : NULL;
}

static uint64_t cells_number(const fdt32_t *cells, int count)
{
	uint64_t number = 0;

	for (int i = 0; i < count; i++)
		number = number << 32 | fdt32_to_cpu(cells[i]);
	return number;
}

struct region tree_region(int node, unsigned index)
{
	int parent = fdt_parent_offset(tree_blob, node);
	int address_cells = fdt_address_cells(tree_blob, parent);
	int size_cells = fdt_size_cells(tree_blob, parent);
	unsigned width = (unsigned)(address_cells + size_cells);
	const fdt32_t *cells = tree_cells(node, "reg", index * width, width);

	if (!cells)
		return (struct region){0, 0};
	return (struct region){cells_number(cells, address_cells),
						   cells_number(cells + address_cells, size_cells)};
}

uint32_t tree_intid(int node, unsigned index)
{
	const fdt32_t *cells = tree_cells(node, "interrupts", 3 * index, 3);

	return cells ? fdt32_to_cpu(cells[1]) + (fdt32_to_cpu(cells[0]) == PPI ? 16 : 32) : 0;
}

uint32_t tree_cell(int node, const char *property, uint32_t otherwise)
{
	const fdt32_t *cell = tree_cells(node, property, 0, 1);

	return cell ? fdt32_to_cpu(*cell) : otherwise;
}

const char *tree_string(const char *path, const char *property)
{
	return fdt_getprop(tree_blob, fdt_path_offset(tree_blob, path), property, NULL);
}

static int tree_next_of_type(int node, const char *type)
{
	return fdt_node_offset_by_prop_value(tree_blob, node, "device_type", type, (int)strlen(type) + 1);
}

unsigned tree_cpus(uint64_t *mpidr)
{
	unsigned count = 0;

	for (int node = tree_next_of_type(-1, "cpu"); node >= 0; node = tree_next_of_type(node, "cpu")) {
		int width = fdt_address_cells(tree_blob, fdt_parent_offset(tree_blob, node));
		const fdt32_t *cells = tree_cells(node, "reg", 0, (unsigned)width);

		if (cells && count < CPU_MAX)
			mpidr[count++] = cells_number(cells, width);
	}
	return count;
}

/* The text after `name` where that is a word, or NULL. */
static const char *argument_find(const char *name)
{
	const char *line = tree_string("/chosen", "bootargs");
	size_t length = strlen(name);

	for (const char *at = line ? strstr(line, name) : NULL; at; at = strstr(at + 1, name))
		if ((at == line || at[-1] == ' ') && strchr("= ", at[length]))
			return at + length;
	return NULL;
}

bool argument_given(const char *name)
{
	return argument_find(name) != NULL;
}

uint64_t argument_number(const char *name, uint64_t otherwise)
{
	const char *value = argument_find(name);

	return value && *value == '=' ? strtoull(value + 1, NULL, 0) : otherwise;
}

const char *argument_text(const char *name, const char *otherwise)
{
	static char text[256];
	const char *value = argument_find(name);
	size_t length;

	if (!value || *value != '=')
		return otherwise;
	length = strcspn(value + 1, " ");
	if (length >= sizeof(text))
		length = sizeof(text) - 1;
	memcpy(text, value + 1, length);
	text[length] = '\0';
	return text;
}
