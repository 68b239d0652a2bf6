/* SPDX-License-Identifier: Apache-2.0 */
/* The console UART of the machine, from its device tree. */
#include <libfdt.h>
#include <string.h>

#include "base/bits.h"
#include "base/format.h"
#include "vm/host.h"

/* Which driver serves which `compatible`; a node may have several, and the first row here counts. */
static const struct uart_row {
	const char *compatible;
	struct uart_place place; /* unless the node says reg-shift and reg-io-width */
} rows[] = {
	{"arm,pl011", {.kind = UART_PL011}},
	{"arm,sbsa-uart", {.kind = UART_SBSA}},
	{"snps,dw-apb-uart", {.kind = UART_8250, .width = 1, .depth = 16}},
	{"ns16550a", {.kind = UART_8250, .width = 1, .depth = 16}},
	{"ns16550", {.kind = UART_8250, .width = 1, .depth = 1}},
	{"ns16450", {.kind = UART_8250, .width = 1, .depth = 1}},
	{"ns8250", {.kind = UART_8250, .width = 1, .depth = 1}},
	{"brcm,bcm2835-aux-uart", {.kind = UART_8250, .width = 4, .shift = 2, .depth = 1}},
	{"fsl,imx6q-uart", {.kind = UART_IMX}},
	{"fsl,imx53-uart", {.kind = UART_IMX}},
	{"fsl,imx21-uart", {.kind = UART_IMX}},
	{"cdns,uart-r1p12", {.kind = UART_CADENCE}},
	{"cdns,uart-r1p8", {.kind = UART_CADENCE}},
	{"xlnx,xuartps", {.kind = UART_CADENCE}},
};

struct uart_search {
	bool (*probe)(const struct uart_place *place); /* NULL: it is not asked */
	struct report *report;
	const char *path; /* of /chosen, "" when it has none */
	int named, first; /* nodes that /chosen and the aliases name: they are not tried twice */
};

static const struct uart_row *find_row(const void *tree, int node)
{
	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++)
		if (fdt_node_check_compatible(tree, node, rows[i].compatible) == 0)
			return &rows[i];
	return NULL;
}

bool host_is_uart(const void *tree, int node)
{
	return find_row(tree, node) != NULL;
}

static uint32_t one_cell(const void *tree, int node, const char *name, uint32_t otherwise)
{
	int length;
	const void *cell = fdt_getprop(tree, node, name, &length);

	return cell && length == 4 ? (uint32_t)host_cells(cell, 1) : otherwise;
}

/* How its registers are reached. False when the properties make no sense, or the kind is unknown. */
static bool read_place(const struct host_walk *walk, struct uart_place *place)
{
	const struct uart_row *row = find_row(walk->tree, walk->node);
	uint32_t shift, width, offset;
	struct host_range range;

	if (!row || host_walk_reg(walk, 0, &range) != OK)
		return false;
	shift = one_cell(walk->tree, walk->node, "reg-shift", row->place.shift);
	width = one_cell(walk->tree, walk->node, "reg-io-width", row->place.width);
	offset = one_cell(walk->tree, walk->node, "reg-offset", 0);
	if (row->place.kind == UART_8250 && (shift > 4 || (width != 1 && width != 2 && width != 4)))
		return false;
	if (offset >= range.size)
		return false;
	*place = row->place;
	place->shift = (uint8_t)shift;
	place->width = (uint8_t)width;
	place->base = (pa_t){range.base + offset};
	place->size = range.size - offset;
	return true;
}

/*
 * A path, or an alias of one, with options after a colon. Only one step: libfdt would follow an alias that
 * names itself for ever.
 */
static int find_named(const void *tree, const char *path)
{
	const char *colon = strchr(path, ':');
	char name[128];

	format_text(name, sizeof name, "%.*s", (int)(colon ? (size_t)(colon - path) : strlen(path)), path);
	path = name[0] == '/' ? name : host_text(tree, fdt_path_offset(tree, "/aliases"), name);
	return path[0] == '/' ? fdt_path_offset(tree, path) : -FDT_ERR_NOTFOUND;
}

/* Output there would be written into memory, which reads like a UART with room. */
static bool is_in_memory(const void *tree, const struct uart_place *place)
{
	struct host_walk walk;
	struct host_range ram;

	host_walk_start(&walk, tree);
	while (host_walk_next(&walk)) {
		if (walk.depth != 1 || strcmp(host_text(tree, walk.node, "device_type"), "memory"))
			continue;
		for (unsigned i = 0; host_walk_reg(&walk, i, &ram) == OK; i++)
			if (ranges_overlap(place->base.v, place->size, ram.base, ram.size))
				return true;
	}
	return false;
}

/* Takes a UART, or reports why it cannot be used. */
static bool take(struct host *host, int node, const struct uart_search *search)
{
	struct uart_place place;
	struct host_walk walk;

	if (!host_walk_to(&walk, host->tree, node) || !read_place(&walk, &place)) {
		host_mistake(host->tree, node, search->report,
					 "reg, reg-shift, reg-io-width, reg-offset: do not tell where its registers are");
		return false;
	}
	if (is_in_memory(host->tree, &place) || (search->probe && !search->probe(&place))) {
		host_mistake(host->tree, node, search->report, "reg: there is no UART at 0x%llx",
					 (unsigned long long)place.base.v);
		return false;
	}
	host->uart = place;
	host->uart_node = node;
	if (fdt_get_path(host->tree, node, host->uart_path, sizeof host->uart_path))
		format_text(host->uart_path, sizeof host->uart_path, "%s", fdt_get_name(host->tree, node, NULL));
	return true;
}

static bool take_named(struct host *host, const struct uart_search *search)
{
	if (!search->path[0])
		return false;
	if (search->named < 0)
		report_line(search->report, "host device tree: /chosen: stdout-path: names no node");
	else if (!host_is_uart(host->tree, search->named))
		host_mistake(host->tree, search->named, search->report,
					 "compatible: \"%s\": no UART of a known kind, though /chosen: stdout-path names it",
					 host_text(host->tree, search->named, "compatible"));
	else
		return take(host, search->named, search);
	return false;
}

static bool take_other(struct host *host, int node, const struct uart_search *search)
{
	return node != search->named && host_is_uart(host->tree, node) && host_is_enabled(host->tree, node) &&
		   take(host, node, search);
}

/* If /chosen names none that can be used: the first one of the aliases, else of the tree. */
static bool take_any(struct host *host, const struct uart_search *search)
{
	struct host_walk walk;

	if (search->first >= 0 && take_other(host, search->first, search))
		return true;
	host_walk_start(&walk, host->tree);
	while (host_walk_next(&walk))
		if (walk.node != search->first && take_other(host, walk.node, search))
			return true;
	return false;
}

void host_find_uart(struct host *host, bool (*probe)(const struct uart_place *), struct report *report)
{
	const char *path = host_text(host->tree, fdt_path_offset(host->tree, "/chosen"), "stdout-path");
	const struct uart_search search = {
		.probe = probe,
		.report = report,
		.path = path,
		.named = find_named(host->tree, path),
		.first = find_named(host->tree, "serial0"),
	};

	if (!take_named(host, &search) && !take_any(host, &search))
		report_line(report, "host device tree: no UART of a known kind can be used; there is no console");
}

void host_read_uart_interrupt(struct host *host, struct report *report)
{
	struct host_interrupt interrupt;
	struct host_walk walk;

	if (host->uart_node < 0 || !host_walk_to(&walk, host->tree, host->uart_node))
		return;
	if (host_walk_interrupt(&walk, 0, &interrupt) || interrupt.controller != host->gic_node ||
		interrupt.cells[0] != 0 ||
		host_decode_interrupt(interrupt.cells, &host->uart_intid, &host->uart_edge))
		host_mistake(host->tree, host->uart_node, report,
					 "interrupts: the first is no shared one (SPI) of the GIC; the console is polled");
}
