/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/own/passthrough.h"

#include "base/log.h"
#include "machine/api/mmu.h"
#include "vm/stage2.h"

static uint32_t bit_of(const struct vm *vm, const struct config_device *device)
{
	return 1u << (device - vm->config->device);
}

bool passthrough_has(const struct vm *vm, uint32_t intid)
{
	const struct config_device *device = config_device_of(vm->config, intid);

	return device && (box.registers[vm->number] & bit_of(vm, device));
}

struct vm *passthrough_holder(uint32_t intid)
{
	for (unsigned v = 0; v < box.vm_count; v++)
		if (passthrough_has(&box.vm[v], intid))
			return &box.vm[v];
	return NULL;
}

bool passthrough_may_have(const struct vm *vm, const struct config_device *device)
{
	struct config_rival rival;

	return !config_find_rival(&box.config, box.registers, vm->number, device, &rival);
}

/*
 * Stage 2 of the VM as it is when it is not withheld (flow/hold/seize.c). It is not withheld or given back
 * meanwhile.
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

static enum err change(struct vm *vm, const struct config_device *device, bool mapped)
{
	return mapped ? stage2_map_device(&vm->stage2, device) : stage2_unmap_device(&vm->stage2, device);
}

/* Puts the registers into stage 2 of the VM, or takes them out: all or nothing. */
static enum err set_mapped(struct vm *vm, const struct config_device *device, bool mapped)
{
	enum err result;

	open_stage2(vm);
	result = change(vm, device, mapped);
	if (result != OK)
		(void)!change(vm, device, !mapped);
	close_stage2(vm);
	if (result == OK)
		box.registers[vm->number] ^= bit_of(vm, device);
	return result;
}

enum err passthrough_carry(struct vm *to, uint32_t intid)
{
	struct vm *from = passthrough_holder(intid);
	enum err result = OK;

	if (from == to)
		return OK;
	if (from)
		result = set_mapped(from, config_device_of(from->config, intid), false);
	if (result != OK)
		return result;
	result = set_mapped(to, config_device_of(to->config, intid), true);
	if (result != OK && from && set_mapped(from, config_device_of(from->config, intid), true) != OK)
		log_error("[%s] loses the registers of the device of interrupt %u", from->config->name, intid);
	return result;
}
