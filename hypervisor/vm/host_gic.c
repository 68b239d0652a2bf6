/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt controller and the timers of the machine, from its device tree. */
#include <libfdt.h>
#include <string.h>

#include "vm/host.h"

static int find_enabled(const void *tree, const char *compatible)
{
	int node = -1;

	do {
		node = fdt_node_offset_by_compatible(tree, node, compatible);
	} while (node >= 0 && !host_is_enabled(tree, node));
	return node;
}

/* The interrupt controller of the whole machine, else the first one. Negative: there is none. */
static int find_controller(const void *tree)
{
	int length;
	const void *phandle = fdt_getprop(tree, 0, "interrupt-parent", &length);
	int node =
		phandle && length == 4 ? fdt_node_offset_by_phandle(tree, (uint32_t)host_cells(phandle, 1)) : -1;
	struct host_walk walk;

	if (node >= 0)
		return node;
	host_walk_start(&walk, tree);
	while (host_walk_next(&walk))
		if (fdt_getprop(tree, walk.node, "interrupt-controller", NULL))
			return walk.node;
	return -FDT_ERR_NOTFOUND;
}

/* Reports which interrupt controller there is instead. */
static enum err no_gic(const void *tree, struct report *report)
{
	int node = find_controller(tree);

	if (node >= 0)
		host_mistake(
			tree, node, report,
			"compatible: \"%s\": a GICv3 (\"arm,gic-v3\") is needed; with QEMU use -M virt,gic-version=3",
			host_text(tree, node, "compatible"));
	else
		report_line(report, "host device tree: no node is compatible with \"arm,gic-v3\"; a GICv3 is needed");
	return ERR_UNSUPPORTED;
}

static enum err read_redistributors(struct host *host, const struct host_walk *walk, struct report *report)
{
	struct gic_place *gic = &host->gic;
	struct host_range range;
	const fdt32_t *cell;
	unsigned count = 1;
	int length;

	cell = fdt_getprop(host->tree, walk->node, "#redistributor-regions", &length);
	if (cell && length == 4)
		count = fdt32_ld(cell);
	if (count == 0 || count > ARRAY_COUNT(gic->redist)) {
		host_mistake(host->tree, walk->node, report, "#redistributor-regions: %u: 1 to %zu are supported",
					 count, ARRAY_COUNT(gic->redist));
		return ERR_RANGE;
	}
	for (unsigned i = 0; i < count; i++) {
		if (host_walk_reg(walk, i + 1, &range))
			return host_mistake(host->tree, walk->node, report, "reg: redistributor region %u is missing", i);
		gic->redist[i] = (struct gic_redist_region){{range.base}, range.size};
	}
	gic->redist_region_count = count;
	cell = fdt_getprop(host->tree, walk->node, "redistributor-stride", &length);
	if (cell && (length == 4 || length == 8))
		gic->redist_stride = host_cells(cell, length / 4);
	return OK;
}

/* The interrupt `index` of the walk's node, that of `what`, which must be a PPI: each CPU has its own. */
static enum err read_ppi(struct host_walk *walk, unsigned index, const char *what, uint32_t *intid,
						 struct report *report)
{
	struct host_interrupt interrupt;
	uint32_t found;
	bool edge;

	if (host_walk_interrupt(walk, index, &interrupt) == OK && interrupt.cells[0] == 1 &&
		host_decode_interrupt(interrupt.cells, &found, &edge) == OK) {
		*intid = found;
		return OK;
	}
	host_mistake(walk->tree, walk->node, report,
				 "interrupts: number %u, %s, must be a private interrupt (PPI) of the GIC", index + 1, what);
	return ERR_UNSUPPORTED;
}

/*
 * Arm architected timers: secure physical, physical, virtual, hypervisor, or in the order of interrupt-names.
 */
static enum err read_timer(struct host *host, struct report *report)
{
	int node = find_enabled(host->tree, "arm,armv8-timer");
	int virtual, hypervisor;
	struct host_walk walk;
	enum err e;

	if (node < 0 || !host_walk_to(&walk, host->tree, node)) {
		report_line(report, "host device tree: no node is compatible with \"arm,armv8-timer\"");
		return ERR_UNSUPPORTED;
	}
	host->timer_node = node;
	virtual = fdt_stringlist_search(host->tree, node, "interrupt-names", "virt");
	hypervisor = fdt_stringlist_search(host->tree, node, "interrupt-names", "hyp-phys");
	e = read_ppi(&walk, virtual < 0 ? 2 : (unsigned)virtual, "the virtual timer's",
				 &host->timer_virtual_intid, report);
	if (e)
		return e;
	return read_ppi(&walk, hypervisor < 0 ? 3 : (unsigned)hypervisor, "the hypervisor timer's",
					&host->timer_hypervisor_intid, report);
}

/* IHI 0069, "Maintenance interrupts": a part of virtualization. */
static enum err read_maintenance(struct host *host, struct host_walk *walk, struct report *report)
{
	if (fdt_getprop(host->tree, walk->node, "interrupts", NULL) ||
		fdt_getprop(host->tree, walk->node, "interrupts-extended", NULL))
		return read_ppi(walk, 0, "the maintenance interrupt", &host->maintenance_intid, report);
	host_mistake(host->tree, walk->node, report,
				 "interrupts: the maintenance interrupt is missing: the machine has no EL2, or its "
				 "virtualization is off; with QEMU use -M virt,virtualization=on,gic-version=3");
	return ERR_UNSUPPORTED;
}

enum err host_read_gic(struct host *host, struct report *report)
{
	struct host_walk walk;
	struct host_range range;
	enum err e;
	int node = find_enabled(host->tree, "arm,gic-v3");

	if (node < 0 || !host_walk_to(&walk, host->tree, node))
		return no_gic(host->tree, report);
	host->gic_node = node;
	if (host_walk_reg(&walk, 0, &range))
		return host_mistake(host->tree, node, report, "reg: the distributor is missing");
	host->gic.dist = (pa_t){range.base};
	host->gic.dist_size = range.size;
	e = read_redistributors(host, &walk, report);
	if (!e)
		e = read_maintenance(host, &walk, report);
	return e ? e : read_timer(host, report);
}
