/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Going through the host device tree: the registers and interrupts of a node (Devicetree Specification,
 * "reg", "ranges", "interrupts"). The buses above a node are remembered on the way down.
 */
#include <libfdt.h>
#include <string.h>

#include "base/format.h"
#include "machine/api/gic_registers.h"
#include "vm/host.h"

#define INTERRUPT_CELLS_MAX 16

void host_walk_start(struct host_walk *walk, const void *tree)
{
	*walk = (struct host_walk){.tree = tree};
}

bool host_walk_next(struct host_walk *walk)
{
	int node = fdt_next_node(walk->tree, walk->node, &walk->depth);

	if (node < 0 || walk->depth < 0)
		return false;
	walk->node = node;
	if (walk->depth < HOST_DEPTH_MAX)
		walk->above[walk->depth] = node;
	return true;
}

int host_walk_find(struct host_walk *walk, uint32_t phandle)
{
	if (walk->found.phandle != phandle) {
		walk->found.node = fdt_node_offset_by_phandle(walk->tree, phandle);
		walk->found.phandle = phandle;
	}
	return phandle == 0 ? -FDT_ERR_BADPHANDLE : walk->found.node;
}

bool host_walk_to(struct host_walk *walk, const void *tree, int node)
{
	host_walk_start(walk, tree);
	while (walk->node != node) {
		if (!host_walk_next(walk))
			return false;
	}
	return true;
}

bool host_is_enabled(const void *tree, int node)
{
	const char *status = fdt_getprop(tree, node, "status", NULL);

	return !status || !strcmp(status, "okay") || !strcmp(status, "ok");
}

uint64_t host_cells(const void *property, int cell_count)
{
	const fdt32_t *cell = property;
	uint64_t value = 0;

	for (int i = 0; i < cell_count; i++)
		value = value << 32 | fdt32_ld(cell + i);
	return value;
}

enum err host_mistake(const void *tree, int node, struct report *report, const char *format, ...)
{
	char text[REPORT_LINE_MAX], path[128];
	va_list args;

	if (fdt_get_path(tree, node, path, sizeof path))
		format_text(path, sizeof path, "%.100s", fdt_get_name(tree, node, NULL));
	va_start(args, format);
	format_line_va(text, sizeof text, format, args);
	va_end(args);
	report_line(report, "host device tree: %s: %s", path, text);
	return ERR_INVALID;
}

static bool is_number(int cell_count)
{
	return cell_count == 1 || cell_count == 2;
}

/* An address on the bus `above[level]` becomes one on the bus above it. */
static enum err translate(const struct host_walk *walk, int level, struct host_range *range)
{
	int length, bus = walk->above[level];
	const fdt32_t *ranges = fdt_getprop(walk->tree, bus, "ranges", &length);
	int child = fdt_address_cells(walk->tree, bus), size = fdt_size_cells(walk->tree, bus);
	int parent = fdt_address_cells(walk->tree, walk->above[level - 1]);

	if (!ranges || !is_number(child) || !is_number(parent) || !is_number(size))
		return ERR_UNSUPPORTED;
	if (length == 0)
		return OK;
	if (length % ((child + parent + size) * 4))
		return ERR_INVALID;
	for (const fdt32_t *row = ranges; row < ranges + length / 4; row += child + parent + size) {
		uint64_t from = host_cells(row, child);
		uint64_t span = host_cells(row + child + parent, size);

		if (range->base < from || range->base - from >= span || range->size > span - (range->base - from))
			continue;
		range->base = range->base - from + host_cells(row + child, parent);
		return OK;
	}
	return ERR_UNSUPPORTED;
}

enum err host_walk_reg(const struct host_walk *walk, unsigned index, struct host_range *out)
{
	int length, address, size;
	const fdt32_t *reg = fdt_getprop(walk->tree, walk->node, "reg", &length);
	struct host_range range;

	if (!reg || walk->depth < 1)
		return ERR_NOT_FOUND;
	if (walk->depth >= HOST_DEPTH_MAX)
		return ERR_UNSUPPORTED;
	address = fdt_address_cells(walk->tree, walk->above[walk->depth - 1]);
	size = fdt_size_cells(walk->tree, walk->above[walk->depth - 1]);
	if (!is_number(address) || !is_number(size))
		return ERR_UNSUPPORTED;
	if (length == 0 || length % ((address + size) * 4))
		return ERR_INVALID;
	if (index >= (unsigned)(length / ((address + size) * 4)))
		return ERR_NOT_FOUND;
	reg += index * (unsigned)(address + size);
	range = (struct host_range){host_cells(reg, address), host_cells(reg + address, size)};
	for (int level = walk->depth - 1; level > 0; level--) {
		enum err e = translate(walk, level, &range);

		if (e)
			return e;
	}
	if (range.size == 0 || range.base > UINT64_MAX - range.size)
		return ERR_INVALID;
	*out = range;
	return OK;
}

/* The cells of one interrupt at the controller with this phandle; 0 when there is none or it has no number.
 */
static int controller_cells(struct host_walk *walk, uint32_t phandle, int *controller)
{
	const fdt32_t *cells;
	int length;

	*controller = host_walk_find(walk, phandle);
	if (*controller < 0)
		return 0;
	cells = fdt_getprop(walk->tree, *controller, "#interrupt-cells", &length);
	if (!cells || length != 4 || fdt32_ld(cells) > INTERRUPT_CELLS_MAX)
		return 0;
	return (int)fdt32_ld(cells);
}

static void interrupt_fill(struct host_interrupt *out, int controller, const fdt32_t *cells, int count)
{
	*out = (struct host_interrupt){.controller = controller};
	for (int i = 0; i < count && i < 3; i++)
		out->cells[i] = fdt32_ld(cells + i);
}

/* interrupts-extended: each interrupt names its controller. */
static enum err extended_interrupt(struct host_walk *walk, const fdt32_t *cell, int count, unsigned index,
								   struct host_interrupt *out)
{
	while (count > 0) {
		int controller;
		int cells = controller_cells(walk, fdt32_ld(cell), &controller);

		if (cells == 0 || cells + 1 > count)
			return ERR_INVALID;
		if (index-- == 0) {
			interrupt_fill(out, controller, cell + 1, cells);
			return OK;
		}
		cell += cells + 1;
		count -= cells + 1;
	}
	return ERR_NOT_FOUND;
}

/* The interrupt-parent that holds for a node: its own, or that of the nearest node above. 0: none. */
static uint32_t interrupt_parent(const struct host_walk *walk)
{
	for (int level = walk->depth; level >= 0; level--) {
		int length;
		const fdt32_t *parent = fdt_getprop(walk->tree, walk->above[level], "interrupt-parent", &length);

		if (parent && length == 4)
			return fdt32_ld(parent);
	}
	return 0;
}

enum err host_walk_interrupt(struct host_walk *walk, unsigned index, struct host_interrupt *out)
{
	int length, cells, controller;
	const fdt32_t *cell;

	if (walk->depth >= HOST_DEPTH_MAX)
		return ERR_NOT_FOUND;
	cell = fdt_getprop(walk->tree, walk->node, "interrupts-extended", &length);
	if (cell)
		return extended_interrupt(walk, cell, length / 4, index, out);
	cell = fdt_getprop(walk->tree, walk->node, "interrupts", &length);
	if (!cell)
		return ERR_NOT_FOUND;
	cells = controller_cells(walk, interrupt_parent(walk), &controller);
	if (cells == 0 || length == 0 || length % (cells * 4))
		return ERR_INVALID;
	if (index >= (unsigned)(length / 4 / cells))
		return ERR_NOT_FOUND;
	interrupt_fill(out, controller, cell + index * (unsigned)cells, cells);
	return OK;
}

enum err host_decode_interrupt(const uint32_t cells[3], uint32_t *intid, bool *edge)
{
	/* IHI 0069: PPIs are INTIDs 16..31, SPIs 32..1019. Flags 1 and 2 are edges, 4 and 8 levels. */
	static const struct {
		uint32_t first, count;
	} type[] = {{GIC_PRIVATE_COUNT, GIC_INTID_MAX - GIC_PRIVATE_COUNT},
				{GIC_SGI_COUNT, GIC_PRIVATE_COUNT - GIC_SGI_COUNT}};

	if (cells[0] >= ARRAY_COUNT(type))
		return ERR_INVALID;
	if (cells[1] >= type[cells[0]].count)
		return ERR_RANGE;
	*intid = type[cells[0]].first + cells[1];
	*edge = cells[2] & 3;
	return OK;
}

static bool is_one_of(const struct host_walk *walk, const char *const kinds[], unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (fdt_node_check_compatible(walk->tree, walk->node, kinds[i]) == 0)
			return true;
	return false;
}

bool host_walk_is_flash(const struct host_walk *walk)
{
	static const char *const kinds[] = {"cfi-flash", "jedec-flash"};

	return is_one_of(walk, kinds, ARRAY_COUNT(kinds));
}

bool host_walk_is_memory(const struct host_walk *walk)
{
	static const char *const kinds[] = {"mtd-ram", "mtd-rom", "mmio-sram"};

	return host_walk_is_flash(walk) || is_one_of(walk, kinds, ARRAY_COUNT(kinds));
}

bool host_walk_does_dma(const struct host_walk *walk)
{
	static const char *const known_not_to[] = {"arm,pl031", "arm,pl050", "arm,pl061",   "arm,sp804",
											   "arm,sp805", "syscon",    "fixed-clock", "goldfish-rtc"};
	struct host_range reg;

	if (host_walk_reg(walk, 0, &reg) == ERR_NOT_FOUND)
		return false;
	if (fdt_getprop(walk->tree, walk->node, "dma-coherent", NULL) ||
		fdt_getprop(walk->tree, walk->node, "iommus", NULL))
		return true;
	return !host_is_uart(walk->tree, walk->node) && !host_walk_is_memory(walk) &&
		   !is_one_of(walk, known_not_to, ARRAY_COUNT(known_not_to));
}
