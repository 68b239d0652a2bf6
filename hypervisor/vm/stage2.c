/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/stage2.h"

static bool is_mapped(const struct table *stage2, uint64_t page)
{
	uint64_t ignored;
	unsigned access;

	return table_look_up(stage2, page, &ignored, &access) == OK;
}

/*
 * The guest's own tables say Device where it wants that: the stricter of the two counts (DDI 0487, "Combining
 * stage 1 and stage 2 memory type attributes"). Device here would leave open what executing does. A command
 * to flash must not stay in a cache, whatever the guest's tables say.
 */
static unsigned access_to(const struct config_device *device)
{
	if (!device->is_memory)
		return TABLE_READ | TABLE_WRITE | TABLE_DEVICE;
	return TABLE_READ | TABLE_WRITE | TABLE_EXECUTE | (device->is_flash ? TABLE_UNCACHED : 0);
}

/* Page by page only where some pages are mapped already, by a block that overlaps this one. */
static enum err map_block(struct table *stage2, const struct config_reg *reg, unsigned access)
{
	uint64_t end = reg->base + reg->size, run;
	enum err result = table_map(stage2, reg->base, reg->base, reg->size, access);

	if (result != ERR_CONFLICT)
		return result;
	result = OK;
	for (uint64_t at = reg->base; at < end && result == OK; at = run) {
		for (run = at; run < end && !is_mapped(stage2, run); run += PAGE_SIZE)
			continue;
		if (run > at)
			result = table_map(stage2, at, at, run - at, access);
		else
			run += PAGE_SIZE;
	}
	return result;
}

enum err stage2_map_device(struct table *stage2, const struct config_device *device)
{
	enum err result = OK;

	for (unsigned r = 0; r < device->reg_count && result == OK; r++)
		result = map_block(stage2, &device->reg[r], access_to(device));
	return result;
}

enum err stage2_unmap_device(struct table *stage2, const struct config_device *device)
{
	enum err result = OK;

	for (unsigned r = 0; r < device->reg_count && result == OK; r++)
		result = table_unmap(stage2, device->reg[r].base, device->reg[r].size);
	return result;
}
