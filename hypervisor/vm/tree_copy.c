/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/tree_copy.h"

#include <libfdt.h>
#include <string.h>

#include "base/format.h"
#include "vm/tree_reference.h"

#define PATH_MAX_BYTES 128

/* What is done with a host node. */
enum part {
	PART_NONE,
	PART_BUS, /* above a chosen node: only what translates addresses */
	PART_WHOLE,
};

static int subtree_end(const void *tree, int node)
{
	int depth = 0;

	do
		node = fdt_next_node(tree, node, &depth);
	while (node >= 0 && depth > 0);
	return node < 0 ? INT32_MAX : node;
}

static bool is_picked(const struct tree_picks *picks, int node)
{
	for (unsigned i = 0; i < picks->pick_count; i++)
		if (node >= picks->pick[i].start && node < picks->pick[i].end)
			return true;
	return false;
}

static void pick(struct tree_picks *picks, int node)
{
	if (node <= 0 || is_picked(picks, node))
		return;
	if (picks->pick_count == TREE_PICKS_MAX) {
		picks->overflow = true;
		return;
	}
	picks->pick[picks->pick_count].start = node;
	picks->pick[picks->pick_count].end = subtree_end(picks->host, node);
	picks->pick_count++;
}

/* Nothing that a VM does with such a provider affects another VM, or the machine. */
static bool is_harmless_provider(const void *tree, int node)
{
	static const char *const kind[] = {"fixed-clock", "fixed-factor-clock", "regulator-fixed"};

	if (node < 0 || fdt_getprop(tree, node, "reg", NULL) != NULL)
		return false;
	for (unsigned i = 0; i < ARRAY_COUNT(kind); i++)
		if (fdt_node_check_compatible(tree, node, kind[i]) == 0)
			return true;
	return false;
}

static void pick_providers_of_node(struct tree_picks *picks, int node)
{
	struct reference r;
	int property;

	fdt_for_each_property_offset(property, picks->host, node)
	{
		if (!reference_begin(&r, picks->host, node, property))
			continue;
		while (reference_next(&r))
			if (is_harmless_provider(picks->host, r.target))
				pick(picks, r.target);
	}
}

void tree_copy_choose(struct tree_picks *picks, const struct tree_source *source)
{
	const void *host = source->host->tree;

	*picks = (struct tree_picks){.host = host, .gic = source->host->gic_node};
	for (unsigned i = 0; i < source->vm->device_count; i++)
		pick(picks, source->vm->device[i].node);
	if (source->vm->console == CONFIG_CONSOLE_PHYSICAL)
		pick(picks, source->host->uart_node);
	/* Providers join the list after the nodes that need them, and are looked at in their turn. */
	for (unsigned i = 0; i < picks->pick_count; i++) {
		int node = picks->pick[i].start;

		for (; node >= 0 && node < picks->pick[i].end; node = fdt_next_node(host, node, NULL))
			pick_providers_of_node(picks, node);
	}
}

static enum part part_of(const struct tree_picks *picks, int node)
{
	int end = subtree_end(picks->host, node);

	if (is_picked(picks, node))
		return PART_WHOLE;
	for (unsigned i = 0; i < picks->pick_count; i++)
		if (picks->pick[i].start > node && picks->pick[i].start < end)
			return PART_BUS;
	return PART_NONE;
}

/*
 * True when the property may be copied; otherwise a line in the report names the reference that forbids it.
 */
static bool check_references(const struct tree_picks *picks, const struct tree_source *source, int node,
							 int property, struct report *report)
{
	char path[PATH_MAX_BYTES] = "?", target[PATH_MAX_BYTES] = "nothing";
	const char *name;
	struct reference r;

	if (!reference_begin(&r, picks->host, node, property))
		return true;
	while (reference_next(&r)) {
		if (r.target >= 0 && (r.target == picks->gic || is_picked(picks, r.target)))
			continue;
		if (fdt_getprop_by_offset(picks->host, property, &name, NULL) == NULL)
			return false;
		(void)fdt_get_path(picks->host, node, path, sizeof(path));
		if (r.target >= 0)
			(void)fdt_get_path(picks->host, r.target, target, sizeof(target));
		report_line(report,
					"/vms/%s: devices: %s of %s is left out: it refers to %s, which the VM does not have",
					source->vm->name, name, path, target);
		return false;
	}
	return true;
}

/* A device that the VM may be given later is in its tree from the start, and no driver is to touch it. */
static bool is_received(const struct config_vm *vm, int node)
{
	for (unsigned i = 0; i < vm->device_count; i++)
		if (vm->device[i].received && vm->device[i].node == node)
			return true;
	return false;
}

static void put_properties(const struct tree_picks *picks, const struct tree_source *source, int node,
						   struct tree_writer *w, struct report *report)
{
	bool received = is_received(source->vm, node);
	int property;

	if (received)
		tree_put_string(w, "status", "disabled");
	fdt_for_each_property_offset(property, picks->host, node)
	{
		const char *name;
		int size;
		const void *value = fdt_getprop_by_offset(picks->host, property, &name, &size);

		if (received && value != NULL && !strcmp(name, "status"))
			continue;
		if (value != NULL && check_references(picks, source, node, property, report))
			tree_put_bytes(w, name, value, (size_t)size);
	}
}

/*
 * A bus keeps the properties by which its children's addresses are translated. The guest must not have its
 * driver: a bus that was more than a plain bus becomes a plain one.
 */
static void put_bus_properties(const struct tree_picks *picks, int node, struct tree_writer *w)
{
	static const char *const kept[] = {"#address-cells", "#size-cells", "ranges", "dma-ranges",
									   "dma-coherent"};

	if (fdt_getprop(picks->host, node, "ranges", NULL) != NULL ||
		fdt_node_check_compatible(picks->host, node, "simple-bus") == 0)
		tree_put_string(w, "compatible", "simple-bus");
	for (unsigned i = 0; i < ARRAY_COUNT(kept); i++) {
		int size;
		const void *value = fdt_getprop(picks->host, node, kept[i], &size);

		if (value != NULL)
			tree_put_bytes(w, kept[i], value, (size_t)size);
	}
}

static void write_nodes(const struct tree_picks *picks, const struct tree_source *source,
						struct tree_writer *w, struct report *report)
{
	int depth = 0, open = 0;

	for (int node = fdt_next_node(picks->host, 0, &depth); node >= 0 && depth > 0;
		 node = fdt_next_node(picks->host, node, &depth)) {
		enum part part = part_of(picks, node);

		for (; open >= depth; open--)
			tree_close_node(w);
		if (part == PART_NONE)
			continue;
		tree_open_node(w, fdt_get_name(picks->host, node, NULL));
		open++;
		if (part == PART_WHOLE)
			put_properties(picks, source, node, w, report);
		else
			put_bus_properties(picks, node, w);
	}
	for (; open > 0; open--)
		tree_close_node(w);
}

static bool root_has_two_cells(const struct tree_picks *picks)
{
	return fdt_address_cells(picks->host, 0) == 2 && fdt_size_cells(picks->host, 0) == 2;
}

void tree_copy_path(const struct tree_picks *picks, int node, char *out, size_t size)
{
	char path[PATH_MAX_BYTES];
	const char *bus = root_has_two_cells(picks) ? "" : "/" TREE_COPY_BUS;

	if (fdt_get_path(picks->host, node, path, sizeof(path)) != 0 ||
		format_text(out, size, "%s%s", bus, path) >= size)
		out[0] = '\0';
}

void tree_copy_write(const struct tree_picks *picks, const struct tree_source *source, struct tree_writer *w,
					 struct report *report)
{
	bool bus = picks->pick_count > 0 && !root_has_two_cells(picks);

	if (picks->overflow)
		report_line(report,
					"/vms/%s: devices: need more than %u nodes of the host tree; the rest is left out",
					source->vm->name, TREE_PICKS_MAX);
	if (bus) {
		tree_open_node(w, TREE_COPY_BUS);
		tree_put_string(w, "compatible", "simple-bus");
		tree_put_u32(w, "#address-cells", (uint32_t)fdt_address_cells(picks->host, 0));
		tree_put_u32(w, "#size-cells", (uint32_t)fdt_size_cells(picks->host, 0));
		tree_put_flag(w, "ranges");
	}
	if (picks->pick_count > 0)
		write_nodes(picks, source, w, report);
	if (bus)
		tree_close_node(w);
}
