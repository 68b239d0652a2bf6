/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Physical interrupts that nothing on the machine uses. With direct delivery, the physical interrupt
 * controller brings a VM the interrupts of emulated devices, too: by numbers that no device drives.
 */
#include <libfdt.h>

#include "base/bits.h"
#include "machine/api/gic_registers.h"
#include "vm/config.h"
#include "vm/layout.h"

#define CELLS_MAX 16 /* cells of an address or an interrupt, with a large margin */

static void take(struct config_intids *taken, uint32_t intid)
{
	if (gic_is_interrupt(intid))
		taken->word[intid / 32] |= 1u << intid % 32;
}

static bool is_taken(const struct config_intids *taken, uint32_t intid)
{
	return taken->word[intid / 32] >> intid % 32 & 1;
}

static void take_specifier(struct config_intids *taken, const uint32_t cells[3])
{
	uint32_t intid;
	bool edge;

	if (host_decode_interrupt(cells, &intid, &edge) == OK)
		take(taken, intid);
}

static void take_interrupts(struct config_intids *taken, const struct host *host, struct host_walk *walk)
{
	struct host_interrupt interrupt;

	for (unsigned n = 0; host_walk_interrupt(walk, n, &interrupt) == OK; n++) {
		if (interrupt.controller == host->gic_node)
			take_specifier(taken, interrupt.cells);
	}
}

/* A small number in one cell; 0 when absent, and a number that fits nothing when malformed. */
static int cell_count(const void *tree, int node, const char *property)
{
	int length;
	const fdt32_t *cell = fdt_getprop(tree, node, property, &length);

	if (!cell)
		return 0;
	return length == 4 && fdt32_ld(cell) <= CELLS_MAX ? (int)fdt32_ld(cell) : INT16_MAX;
}

/* The interrupts of a bus such as PCI: each a child's specifier, the controller, and the specifier there. */
static void take_map(struct config_intids *taken, const struct host *host, struct host_walk *walk)
{
	int length, child = cell_count(host->tree, walk->node, "#address-cells") +
						cell_count(host->tree, walk->node, "#interrupt-cells");
	const fdt32_t *cell = fdt_getprop(host->tree, walk->node, "interrupt-map", &length);
	int left = cell ? length / 4 : 0;

	while (left > child) {
		int parent = host_walk_find(walk, fdt32_ld(cell + child));
		int before = child + 1 + (parent < 0 ? INT16_MAX : cell_count(host->tree, parent, "#address-cells"));
		int size = before + (parent < 0 ? 0 : cell_count(host->tree, parent, "#interrupt-cells"));

		if (size > left)
			return;
		if (parent == host->gic_node && size - before >= 3)
			take_specifier(taken, (const uint32_t[]){fdt32_ld(cell + before), fdt32_ld(cell + before + 1),
													 fdt32_ld(cell + before + 2)});
		cell += size;
		left -= size;
	}
}

/*
 * Interrupts that devices raise by writing to the distributor (message-based SPIs): a first INTID and a
 * count, again.
 */
static void take_messages(struct config_intids *taken, const struct host *host)
{
	int length;
	const fdt32_t *cell = fdt_getprop(host->tree, host->gic_node, "mbi-ranges", &length);

	for (int left = cell ? length / 4 : 0; left >= 2; left -= 2, cell += 2) {
		uint32_t first = fdt32_ld(cell), count = fdt32_ld(cell + 1);

		for (uint32_t n = 0; n < count && n < GIC_INTID_MAX; n++)
			take(taken, first + n);
	}
}

/*
 * Everything that the host tree connects to the GIC, including the interrupts of disabled devices, which may
 * be driven.
 */
static void take_host(struct config_intids *taken, const struct host *host)
{
	struct host_walk walk;

	host_walk_start(&walk, host->tree);
	while (host_walk_next(&walk)) {
		take_interrupts(taken, host, &walk);
		take_map(taken, host, &walk);
	}
	take_messages(taken, host);
}

static bool may_be_direct(const struct config_vm *vm)
{
	return vm->permissions & CONFIG_MAY_BE_DIRECT;
}

void config_find_spares(struct config_spares *spares, const struct system_config *system,
						const struct host *host, unsigned intid_count)
{
	bool wanted = false;

	*spares = (struct config_spares){.intid_count = 0};
	for (unsigned v = 0; v < system->vm_count; v++)
		wanted |= may_be_direct(&system->vm[v]);
	if (!wanted) /* the pass over the host's tree is the longest part of a boot */
		return;
	spares->intid_count = intid_count;
	take_host(&spares->taken, host);
	for (unsigned v = 0; v < system->vm_count; v++)
		for (unsigned s = 0; s < system->vm[v].share_count && may_be_direct(&system->vm[v]); s++)
			take(&spares->kept, system->vm[v].share[s].doorbell);
}

static bool is_free(const struct config_spares *spares, uint32_t intid)
{
	return intid >= GIC_PRIVATE_COUNT && intid < spares->intid_count && gic_is_interrupt(intid) &&
		   !is_taken(&spares->taken, intid);
}

uint32_t config_take_spare(struct config_spares *spares, uint32_t vintid)
{
	uint32_t intid = vintid;

	if (!is_free(spares, intid)) {
		intid = GIC_INTID_MAX - 1;
		while (intid > 0 && (!is_free(spares, intid) || is_taken(&spares->kept, intid)))
			intid--;
	}
	take(&spares->taken, intid);
	return intid;
}
