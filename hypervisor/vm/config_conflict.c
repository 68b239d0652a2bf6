/* SPDX-License-Identifier: Apache-2.0 */
/* Conflicts: a VM wants what an earlier VM of the description, or Signalbox, already has. */
#include "base/bits.h"
#include "machine/api/gic.h"
#include "vm/config_check.h"

/* One node is the other, or below it. */
static bool same_device(const struct config_device *a, const struct config_device *b)
{
	return (a->node >= b->node && a->node < b->node_end) || (b->node >= a->node && b->node < a->node_end);
}

/* The first interrupt that both devices have, or 0. */
static uint32_t common_interrupt(const struct config_device *a, const struct config_device *b)
{
	for (unsigned i = 0; i < a->irq_count; i++) {
		for (unsigned j = 0; j < b->irq_count; j++) {
			if (a->irq[i].intid == b->irq[j].intid)
				return a->irq[i].intid;
		}
	}
	return 0;
}

static void check_device_pair(struct config_check *check, struct config_device *mine,
							  const struct config_vm *other, const struct config_device *theirs)
{
	uint32_t intid = common_interrupt(mine, theirs);

	if (theirs->refused || (mine->node == theirs->node && (mine->received || theirs->received)))
		return;
	mine->refused |= same_device(mine, theirs) || intid;
	if (same_device(mine, theirs))
		config_mistake(check, config_device_property(mine),
					   "\"%s\" belongs to %s already; a device has one owner", mine->path, other->name);
	else if (intid)
		config_mistake(check, config_device_property(mine),
					   "\"%s\" has interrupt %u, as \"%s\" of %s; an interrupt has one owner", mine->path,
					   intid, theirs->path, other->name);
}

static void check_devices(struct config_check *check, const struct config_vm *other)
{
	for (unsigned i = 0; i < check->vm->device_count; i++) {
		for (unsigned j = 0; j < other->device_count; j++)
			check_device_pair(check, &check->vm->device[i], other, &other->device[j]);
	}
}

static bool is_fixed(const struct config_vm *vm)
{
	return vm->memory_identity && vm->memory_ipa_given && vm->memory_size;
}

static void check_memory(struct config_check *check, const struct config_vm *other)
{
	const struct config_vm *vm = check->vm;

	if (is_fixed(vm) && is_fixed(other) &&
		ranges_overlap(vm->memory_ipa, vm->memory_size, other->memory_ipa, other->memory_size))
		config_mistake(
			check, "memory-address", "0x%llx to 0x%llx overlaps the memory of %s, 0x%llx to 0x%llx",
			(unsigned long long)vm->memory_ipa, (unsigned long long)(vm->memory_ipa + vm->memory_size - 1),
			other->name, (unsigned long long)other->memory_ipa,
			(unsigned long long)(other->memory_ipa + other->memory_size - 1));
}

/* The interrupt of the console belongs to Signalbox, unless a VM owns the UART itself. */
static void check_console_interrupt(struct config_check *check)
{
	const struct config_vm *vm = check->vm;
	const struct host *host = check->host;

	for (unsigned i = 0; i < vm->device_count; i++) {
		for (unsigned n = 0; n < vm->device[i].irq_count; n++) {
			if (vm->device[i].irq[n].intid == host->uart_intid && vm->console != CONFIG_CONSOLE_PHYSICAL)
				config_mistake(check, config_device_property(&vm->device[i]),
							   "\"%s\" has interrupt %u, which is that of Signalbox' console",
							   vm->device[i].path, host->uart_intid);
		}
	}
}

/*
 * With the machine known: is there enough memory, and is it where it is wanted? Boot checks the memory that
 * boot itself needs.
 */
static void check_machine_memory(struct config_check *check)
{
	const struct host *host = check->host;
	const struct config_vm *vm = check->vm;
	uint64_t total = 0, wanted = 0;
	bool is_inside = false;

	for (unsigned i = 0; i < host->ram_count; i++) {
		uint64_t offset = vm->memory_ipa - host->ram[i].base;

		total += host->ram[i].size;
		if (vm->memory_ipa >= host->ram[i].base && offset <= host->ram[i].size &&
			vm->memory_size <= host->ram[i].size - offset)
			is_inside = true;
	}
	for (const struct config_vm *v = check->out->vm; v <= vm; v++)
		wanted += v->memory_size;
	if (wanted > total)
		config_mistake(check, "memory-size",
					   "%llu MiB, with the VMs before it %llu MiB; the machine has %llu MiB",
					   (unsigned long long)(vm->memory_size >> 20), (unsigned long long)(wanted >> 20),
					   (unsigned long long)(total >> 20));
	if (is_fixed(vm) && !is_inside)
		config_mistake(check, "memory-address", "0x%llx to 0x%llx is not all memory of the machine",
					   (unsigned long long)vm->memory_ipa,
					   (unsigned long long)(vm->memory_ipa + vm->memory_size - 1));
}

static bool has_owner(const struct system_config *system, int node)
{
	for (unsigned v = 0; v < system->vm_count; v++)
		for (unsigned d = 0; d < system->vm[v].device_count; d++)
			if (system->vm[v].device[d].node == node && !system->vm[v].device[d].received)
				return true;
	return false;
}

void config_check_received(struct config_check *check)
{
	for (unsigned d = 0; d < check->vm->device_count; d++) {
		const struct config_device *device = &check->vm->device[d];

		if (device->received && !has_owner(check->out, device->node))
			config_mistake(check, "receives",
						   "no VM has \"%s\" in its devices; one must own it before another can be given it",
						   device->path);
	}
}

void config_check_conflicts(struct config_check *check)
{
	config_check_turns(check);
	for (const struct config_vm *other = check->out->vm; other < check->vm; other++) {
		check_devices(check, other);
		check_memory(check, other);
	}
	if (!check->host)
		return;
	check_console_interrupt(check);
	check_machine_memory(check);
}
