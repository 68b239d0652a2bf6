/* SPDX-License-Identifier: Apache-2.0 */
/* The console UART of the machine, from its device tree. */
#include <libfdt.h>
#include <string.h>

#include "base/format.h"
#include "vm/host.h"

/* Which driver serves what `compatible` says; a node may say several, and the first row here counts. */
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

/* How its registers are reached. False when that makes no sense, or nothing of it is known. */
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
 * A path, or an alias of one, with options behind a colon. Only one step: libfdt would follow an alias that
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

static bool take(struct host *host, int node)
{
	struct host_walk walk;

	if (!host_walk_to(&walk, host->tree, node) || !read_place(&walk, &host->uart))
		return false;
	host->uart_node = node;
	if (fdt_get_path(host->tree, node, host->uart_path, sizeof host->uart_path))
		format_text(host->uart_path, sizeof host->uart_path, "%s", fdt_get_name(host->tree, node, NULL));
	return true;
}

static bool take_chosen(struct host *host, struct report *report)
{
	const char *path = host_text(host->tree, fdt_path_offset(host->tree, "/chosen"), "stdout-path");
	int node = find_named(host->tree, path);

	if (!path[0])
		return false;
	if (node < 0)
		report_line(report, "host device tree: /chosen: stdout-path: names no node");
	else if (!find_row(host->tree, node))
		host_mistake(host->tree, node, report,
					 "compatible: \"%s\": no UART of a known kind, though /chosen: stdout-path names it",
					 host_text(host->tree, node, "compatible"));
	else if (take(host, node))
		return true;
	else
		host_mistake(host->tree, node, report,
					 "reg, reg-shift, reg-io-width, reg-offset: do not tell where its registers are");
	return false;
}

/* Where /chosen names none that can be had: the first one of the aliases, else of the tree. */
static bool take_any(struct host *host)
{
	struct host_walk walk;
	int node = find_named(host->tree, "serial0");

	if (node >= 0 && host_is_enabled(host->tree, node) && take(host, node))
		return true;
	host_walk_start(&walk, host->tree);
	while (host_walk_next(&walk))
		if (host_is_enabled(host->tree, walk.node) && find_row(host->tree, walk.node) &&
			take(host, walk.node))
			return true;
	return false;
}

void host_find_uart(struct host *host, struct report *report)
{
	if (!take_chosen(host, report) && !take_any(host))
		report_line(report, "host device tree: no UART of a known kind can be had; there is no console");
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
