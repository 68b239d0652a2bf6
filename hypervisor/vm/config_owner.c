/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May the VM have its devices? A VM with devices that do DMA must be trusted. A page of registers, the least
 * that can be mapped, must belong to one VM as a whole.
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
	config_mistake(
		check, config_device_property(device),
		"\"%s\" may do DMA, with physical addresses, to all memory; if you trust the VM with that, "
		"give it %s%s%s",
		device->path, may ? "" : "permissions = \"dma\"", may || check->vm->memory_identity ? "" : " and ",
		check->vm->memory_identity ? "" : "memory-identity");
}

static bool find_common_page(const struct config_device *a, const struct config_device *b, uint64_t *page)
{
	for (unsigned i = 0; i < a->reg_count; i++) {
		for (unsigned j = 0; j < b->reg_count; j++) {
			const struct config_reg *mine = &a->reg[i], *theirs = &b->reg[j];

			if (!ranges_overlap(mine->base, mine->size, theirs->base, theirs->size))
				continue;
			*page = mine->base > theirs->base ? mine->base : theirs->base;
			return true;
		}
	}
	return false;
}

bool config_find_rival(const struct system_config *system, const uint32_t held[VM_MAX], unsigned vm,
					   const struct config_device *device, struct config_rival *out)
{
	for (unsigned v = 0; v < system->vm_count; v++) {
		for (unsigned d = 0; d < system->vm[v].device_count; d++) {
			const struct config_device *other = &system->vm[v].device[d];

			if (v == vm || !(held[v] >> d & 1) || other->node == device->node ||
				!find_common_page(device, other, &out->page))
				continue;
			out->vm = v;
			out->device = other;
			return true;
		}
	}
	return false;
}

uint32_t config_owned_devices(const struct config_vm *vm)
{
	uint32_t owned = 0;

	_Static_assert(CONFIG_DEVICES_MAX <= 32, "a bit for each device");
	for (unsigned d = 0; d < vm->device_count; d++)
		owned |= vm->device[d].received ? 0 : 1u << d;
	return owned;
}

/* Nodes that no VM owns, with registers in the pages of a device of the VM. */
struct neighbours {
	int node; /* the first one */
	uint64_t page;
	unsigned count;
};

static bool is_below(const struct config_device *device, int node)
{
	return node >= device->node && node < device->node_end;
}

/*
 * Is the node the device itself, or another device of its VM that the VM always has together with it, or one
 * that config_find_rival() checks?
 */
static bool is_decided(const struct config_check *check, const struct config_device *device, int node)
{
	bool found = is_below(device, node);

	for (unsigned v = 0; v < check->out->vm_count; v++) {
		const struct config_vm *vm = &check->out->vm[v];

		for (unsigned d = 0; d < vm->device_count; d++)
			found |= !vm->device[d].received &&
					 (vm == check->vm ? is_below(&vm->device[d], node) : vm->device[d].node == node);
	}
	return found;
}

static void add_neighbour(const struct config_check *check, int node, struct host_range range,
						  struct neighbours *neighbours)
{
	const struct config_vm *vm = check->vm;

	for (unsigned i = 0; i < vm->device_count; i++) {
		if (config_device_is_at(&vm->device[i], range.base, range.size) &&
			!is_decided(check, &vm->device[i], node) && neighbours[i].count++ == 0)
			neighbours[i] = (struct neighbours){node, align_down(range.base, PAGE_SIZE), 1};
	}
}

/* For each device of the VM, in one pass over the tree. */
static void find_neighbours(const struct config_check *check,
							struct neighbours neighbours[CONFIG_DEVICES_MAX])
{
	struct host_range range;
	struct host_walk walk;

	host_walk_start(&walk, check->host->tree);
	while (host_walk_next(&walk)) {
		for (unsigned n = 0; host_walk_reg(&walk, n, &range) == OK; n++)
			add_neighbour(check, walk.node, range, neighbours);
	}
}

static void check_neighbours(struct config_check *check)
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
		config_mistake(check, config_device_property(&vm->device[i]),
					   "\"%s\" shares a page of registers, 0x%llx, with %s%s, which this VM does not own; a "
					   "page has one "
					   "owner: list those too, or a device in another page",
					   vm->device[i].path, (unsigned long long)neighbours[i].page, path, more);
	}
}

static void check_rivals(struct config_check *check)
{
	const struct system_config *system = check->out;
	const struct config_vm *vm = check->vm;
	uint32_t held[VM_MAX] = {0};
	struct config_rival rival;

	for (unsigned v = 0; v < system->vm_count; v++)
		held[v] = config_owned_devices(&system->vm[v]);
	for (unsigned d = 0; d < vm->device_count; d++) {
		if (!config_find_rival(system, held, (unsigned)(vm - system->vm), &vm->device[d], &rival))
			continue;
		config_mistake(check, config_device_property(&vm->device[d]),
					   "\"%s\" shares a page of registers, 0x%llx, with \"%s\", which belongs to %s; a page "
					   "has one owner: give both to the same VM",
					   vm->device[d].path, (unsigned long long)rival.page, rival.device->path,
					   system->vm[rival.vm].name);
	}
}

void config_check_devices(struct config_check *check)
{
	if (!check->host)
		return;
	for (unsigned i = 0; i < check->vm->device_count; i++)
		check_dma(check, &check->vm->device[i]);
}

void config_check_pages(struct config_check *check)
{
	if (!check->host || !check->vm->device_count)
		return;
	check_neighbours(check);
	check_rivals(check);
}
