/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/passthrough.h"

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
