/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/passthrough.h"

#include "base/bits.h"
#include "machine/api/mmu.h"

bool passthrough_has(const struct vm *vm, const struct config_reg *reg)
{
	uint64_t ignored;
	unsigned access;

	return table_look_up(&vm->stage2, reg->base, &ignored, &access) == OK;
}

enum err passthrough_map(struct vm *vm, const struct config_device *device)
{
	enum err result = OK;

	for (unsigned r = 0; r < device->reg_count && result == OK; r++)
		if (!passthrough_has(vm, &device->reg[r]))
			result = table_map(&vm->stage2, device->reg[r].base, device->reg[r].base, device->reg[r].size,
							   TABLE_READ | TABLE_WRITE | TABLE_DEVICE);
	return result;
}

enum err passthrough_unmap(struct vm *vm, const struct config_device *device)
{
	enum err result = OK;

	for (unsigned r = 0; r < device->reg_count && result == OK; r++)
		result = table_unmap(&vm->stage2, device->reg[r].base, device->reg[r].size);
	return result;
}

static bool has_common_page(const struct config_device *a, const struct config_device *b)
{
	for (unsigned i = 0; i < a->reg_count; i++)
		for (unsigned j = 0; j < b->reg_count; j++)
			if (ranges_overlap(a->reg[i].base, a->reg[i].size, b->reg[j].base, b->reg[j].size))
				return true;
	return false;
}

bool passthrough_shares_page(const struct vm *vm, const struct config_device *device)
{
	for (unsigned d = 0; d < vm->config->device_count; d++)
		if (&vm->config->device[d] != device && has_common_page(&vm->config->device[d], device))
			return true;
	return false;
}

/* Its stage 2 as it is when nobody has taken it away (life_seize()), which nobody does or undoes meanwhile.
 */
static void open_stage2(struct vm *vm)
{
	lock_acquire(&vm->lock);
	if (vm->seized)
		table_restore(&vm->stage2);
}

static void close_stage2(struct vm *vm)
{
	if (vm->seized)
		table_withhold(&vm->stage2);
	mmu_table_written();
	mmu_stage2_flush(vm->stage2_root, vm->vmid);
	lock_release(&vm->lock);
}

static bool has_registers(const struct vm *vm, const struct config_device *device)
{
	for (unsigned r = 0; r < device->reg_count; r++)
		if (passthrough_has(vm, &device->reg[r]))
			return true;
	return false;
}

/* Its device of this interrupt, if it can have registers. */
static const struct config_device *mapped_device(const struct vm *vm, uint32_t intid)
{
	return vm->state == VM_BROKEN ? NULL : config_device_of(vm->config, intid);
}

bool passthrough_others_have(const struct vm *giver, const struct vm *to, uint32_t intid)
{
	bool found = false;

	for (unsigned v = 0; v < box.vm_count; v++) {
		struct vm *vm = &box.vm[v];
		const struct config_device *device = vm == giver || vm == to ? NULL : mapped_device(vm, intid);

		if (!device)
			continue;
		open_stage2(vm);
		found |= has_registers(vm, device);
		close_stage2(vm);
	}
	return found;
}

static enum err take_registers(struct vm *vm, const struct config_device *device)
{
	enum err result = OK;

	open_stage2(vm);
	if (has_registers(vm, device))
		result = passthrough_unmap(vm, device);
	close_stage2(vm);
	return result;
}

static enum err give_registers(struct vm *vm, const struct config_device *device)
{
	enum err result;

	open_stage2(vm);
	result = passthrough_map(vm, device);
	close_stage2(vm);
	return result;
}

enum err passthrough_carry(struct vm *to, uint32_t intid)
{
	enum err result = OK;

	for (unsigned v = 0; v < box.vm_count && result == OK; v++)
		if (&box.vm[v] != to && mapped_device(&box.vm[v], intid))
			result = take_registers(&box.vm[v], mapped_device(&box.vm[v], intid));
	if (result == OK)
		result = give_registers(to, config_device_of(to->config, intid));
	return result;
}
