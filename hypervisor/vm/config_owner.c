/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May the VM have its devices? Those that do DMA need to be trusted with it, and a page of registers, the
 * least that can be mapped, must be its own as a whole.
 */
#include <libfdt.h>

#include "base/bits.h"
#include "base/format.h"
#include "vm/config_check.h"

static void check_dma(struct config_check *check, const struct config_device *device)
{
	bool may = check->vm->permissions & CONFIG_MAY_DMA;

	if (!device->does_dma || (may && check->vm->memory_identity))
		return;
	config_mistake(check, config_device_property(device),
				   "\"%s\" may do DMA, with physical addresses, to all memory; if the VM is trusted so far, "
				   "give it %s%s%s",
				   device->path, may ? "" : "permissions = \"dma\"",
				   may || check->vm->memory_identity ? "" : " and ",
				   check->vm->memory_identity ? "" : "memory-identity");
}

/* Whose registers are in a device's pages beside its own. */
struct neighbours {
	int node; /* the first one */
	uint64_t page;
	unsigned count;
};

static bool is_in_pages_of(const struct config_device *device, struct host_range range)
{
	for (unsigned i = 0; i < device->reg_count; i++) {
		if (ranges_overlap(device->reg[i].base, device->reg[i].size, range.base, range.size))
			return true;
	}
	return false;
}

static void add_neighbour(const struct config_vm *vm, int node, struct host_range range,
						  struct neighbours *neighbours)
{
	for (unsigned i = 0; i < vm->device_count; i++) {
		if (is_in_pages_of(&vm->device[i], range) && neighbours[i].count++ == 0)
			neighbours[i] = (struct neighbours){node, align_down(range.base, PAGE_SIZE), 1};
	}
}

/* Finds, for each device of the VM, the neighbours that are not the VM's, in one walk through the tree. */
static void find_neighbours(const struct config_check *check,
							struct neighbours neighbours[CONFIG_DEVICES_MAX])
{
	const struct config_vm *vm = check->vm;
	struct host_range range;
	struct host_walk walk;

	host_walk_start(&walk, check->host->tree);
	while (host_walk_next(&walk)) {
		if (config_owns_node(vm, walk.node))
			continue;
		for (unsigned n = 0; host_walk_reg(&walk, n, &range) == OK; n++)
			add_neighbour(vm, walk.node, range, neighbours);
	}
}

static void check_pages(struct config_check *check)
{
	struct neighbours neighbours[CONFIG_DEVICES_MAX] = {0};
	const struct config_vm *vm = check->vm;
	int said = -1;

	find_neighbours(check, neighbours);
	for (unsigned i = 0; i < vm->device_count; i++) {
		char path[96] = "?", more[32] = "";

		if (neighbours[i].count == 0 || neighbours[i].node == said)
			continue;
		said = neighbours[i].node;
		(void)fdt_get_path(check->host->tree, said, path, sizeof path);
		if (neighbours[i].count > 1)
			format_text(more, sizeof more, " and %u more", neighbours[i].count - 1);
		config_mistake(
			check, config_device_property(&vm->device[i]),
			"\"%s\" has its registers in one page, 0x%llx, with %s%s, not this VM's; a page has one "
			"owner: list those too, or a device in another page",
			vm->device[i].path, (unsigned long long)neighbours[i].page, path, more);
	}
}

void config_check_devices(struct config_check *check)
{
	if (!check->host)
		return;
	for (unsigned i = 0; i < check->vm->device_count; i++)
		check_dma(check, &check->vm->device[i]);
	if (check->vm->device_count)
		check_pages(check);
}
