/* SPDX-License-Identifier: Apache-2.0 */
/* The properties of one VM that concern no other VM: processors, memory, console, permissions. */
#include <libfdt.h>
#include <string.h>

#include "base/bits.h"
#include "vm/budget.h"
#include "vm/config_check.h"
#include "vm/layout.h"
#include "vm/tree.h"

#define MEMORY_SIZE_MAX BIT(CONFIG_IPA_BITS)

static const char *const properties[] = {"cpus",
										 "memory-size",
										 "memory-address",
										 "memory-identity",
										 "image",
										 "firmware",
										 "ramdisk",
										 "device-tree",
										 "load-address",
										 "entry-address",
										 "tree-address",
										 "tree-at-start",
										 "bootargs",
										 "devices",
										 "receives",
										 "console",
										 "permissions",
										 "delivery",
										 "seeds",
										 "no-autostart",
										 "disturbance-percent",
										 "machine",
										 "priority",
										 "slice-us",
										 "budget-us",
										 "period-us",
										 "budget-hard",
										 "closed-flag",
										 NULL};
static const char *const nodes[] = {"shared-memory", NULL};

static void check_pcpu(struct config_check *check, uint32_t pcpu)
{
	unsigned pcpu_count = check->host ? check->host->cpus.pcpu_count : PCPU_MAX;

	if (pcpu >= pcpu_count) {
		config_mistake(check, "cpus", "processor %u does not exist; %s has 0 to %u", pcpu,
					   check->host ? "this machine" : "the largest machine", pcpu_count - 1);
		return;
	}
	if (check->vm->vcpu_count == VCPU_PER_VM_MAX)
		return;
	check->vm->pcpu[check->vm->vcpu_count++] = (uint8_t)pcpu;
}

static void read_cpus(struct config_check *check)
{
	int length;
	const fdt32_t *cpus = fdt_getprop(check->tree, check->node, "cpus", &length);

	if (!cpus || length == 0 || length % 4) {
		config_mistake(check, "cpus", "list the processor of each vCPU, as <0 1>");
		return;
	}
	if (length / 4 > VCPU_PER_VM_MAX)
		config_mistake(check, "cpus", "lists %d processors; a VM has at most %d", length / 4,
					   VCPU_PER_VM_MAX);
	for (int i = 0; i < length / 4; i++)
		check_pcpu(check, fdt32_ld(cpus + i));
}

static bool check_block_alignment(struct config_check *check, const char *property, uint64_t value)
{
	if (is_aligned(value, BLOCK_SIZE))
		return true;
	config_mistake(check, property, "0x%llx is not a multiple of 2 MiB; 0x%llx would be right",
				   (unsigned long long)value, (unsigned long long)config_multiple(value, BLOCK_SIZE));
	return false;
}

static void read_memory(struct config_check *check)
{
	struct config_vm *vm = check->vm;
	uint64_t size = 0, address = GUEST_RAM_BASE;
	bool size_given = config_number(check, "memory-size", &size);

	vm->memory_identity = config_flag(check, "memory-identity");
	vm->memory_ipa_given = config_number(check, "memory-address", &address);
	if (!size_given || size == 0) {
		config_mistake(check, "memory-size", "give the VM's memory in bytes, as <0x10000000> for 256 MiB");
		return;
	}
	if (size > MEMORY_SIZE_MAX || address > MEMORY_SIZE_MAX - size) {
		config_mistake(check, "memory-size",
					   "memory from 0x%llx, 0x%llx bytes, ends beyond 2^%d, the last guest address",
					   (unsigned long long)address, (unsigned long long)size, CONFIG_IPA_BITS);
		return;
	}
	if (!check_block_alignment(check, "memory-size", size) ||
		!check_block_alignment(check, "memory-address", address))
		return;
	vm->memory_size = size;
	vm->memory_ipa = address;
}

static void read_machine(struct config_check *check)
{
	static const char *const words[] = {
		[CONFIG_MACHINE_PLAIN] = "plain", [CONFIG_MACHINE_VIRT] = "virt", NULL};
	const char *text = config_text(check, "machine");
	int word = text ? config_word(check, "machine", text, words) : CONFIG_MACHINE_PLAIN;

	check->vm->machine = word < 0 ? CONFIG_MACHINE_PLAIN : (enum config_machine)word;
}

static void read_console(struct config_check *check)
{
	static const char *const words[] = {[CONFIG_CONSOLE_EMULATED] = "emulated",
										[CONFIG_CONSOLE_NONE] = "none",
										[CONFIG_CONSOLE_PHYSICAL] = "physical",
										NULL};
	const char *text = config_text(check, "console");
	int word = text ? config_word(check, "console", text, words) : CONFIG_CONSOLE_EMULATED;

	check->vm->console = word < 0 ? CONFIG_CONSOLE_EMULATED : (enum config_console)word;
}

static void read_permissions(struct config_check *check)
{
	static const char *const words[] = {"dma", "irq-control", "direct", "direct-shared", NULL};
	int count = fdt_stringlist_count(check->tree, check->node, "permissions");

	if (count == -FDT_ERR_NOTFOUND)
		return;
	if (count <= 0)
		config_mistake(check, "permissions", "must be words in quotes, as \"dma\"");
	for (int i = 0; i < count; i++) {
		const char *text = fdt_stringlist_get(check->tree, check->node, "permissions", i, NULL);
		int word = config_word(check, "permissions", text, words);

		if (word >= 0)
			check->vm->permissions |= 1u << word;
	}
	if (check->vm->permissions & CONFIG_MAY_SHARE_DIRECTLY)
		check->vm->permissions |= CONFIG_MAY_BE_DIRECT;
	if ((check->vm->permissions & CONFIG_MAY_DMA) && !check->vm->memory_identity)
		config_mistake(check, "permissions",
					   "\"dma\" makes sense only with memory-identity: a device uses physical addresses");
}

/* A VM whose delivery is direct from the start has the permission, too. */
static void read_delivery(struct config_check *check)
{
	static const char *const words[] = {[CONFIG_DELIVERY_VIRTUAL] = "virtual",
										[CONFIG_DELIVERY_DIRECT] = "direct",
										[CONFIG_DELIVERY_AUTO] = "auto",
										NULL};
	const char *text = config_text(check, "delivery");
	int word = text ? config_word(check, "delivery", text, words) : CONFIG_DELIVERY_VIRTUAL;

	check->vm->delivery = word < 0 ? CONFIG_DELIVERY_VIRTUAL : (enum config_delivery)word;
	if (check->vm->delivery != CONFIG_DELIVERY_VIRTUAL)
		check->vm->permissions |= CONFIG_MAY_BE_DIRECT;
	check->vm->closed_flag = config_flag(check, "closed-flag");
}

static void read_disturbance(struct config_check *check)
{
	uint64_t percent = BUDGET_SHARE_DEFAULT;

	if (config_number(check, "disturbance-percent", &percent) && percent > 100)
		config_mistake(check, "disturbance-percent", "%llu is more than 100, which is all of its time",
					   (unsigned long long)percent);
	check->vm->disturbance_percent = (unsigned)percent;
}

static void read_seeds(struct config_check *check)
{
	static const char *const words[] = {
		[CONFIG_SEEDS_RANDOM] = "random", [CONFIG_SEEDS_NONE] = "none", [CONFIG_SEEDS_WEAK] = "weak", NULL};
	const char *text = config_text(check, "seeds");
	int word = text ? config_word(check, "seeds", text, words) : CONFIG_SEEDS_RANDOM;

	check->vm->seeds = word < 0 ? CONFIG_SEEDS_RANDOM : (enum config_seeds)word;
	if (text && fdt_getprop(check->tree, check->node, "device-tree", NULL))
		config_mistake(check, "seeds",
					   "is for the tree that Signalbox makes; leave it out with device-tree, to which "
					   "Signalbox adds no seeds");
}

/* A tree is 8-byte aligned where libfdt reads it; an embedded file is not. */
static void read_own_tree(struct config_check *check)
{
	static _Alignas(8) uint8_t copy[CONFIG_TREE_MAX];
	struct blob tree = config_file(check, "device-tree");
	int broken;

	if (!tree.data)
		return;
	if (tree.size > sizeof copy) {
		config_mistake(check, "device-tree", "has %llu bytes; at most %zu are supported",
					   (unsigned long long)tree.size, sizeof copy);
		return;
	}
	memcpy(copy, tree.data, tree.size);
	broken = fdt_check_full(copy, tree.size);
	if (broken) {
		config_mistake(check, "device-tree", "is not a valid device tree (%s); make it with dtc -O dtb",
					   fdt_strerror(broken));
		return;
	}
	check->vm->tree = tree;
}

/*
 * Does all of it fit the VM's memory and address space, as far as the address is known before boot? Boot asks
 * the same two questions, whose functions report by themselves.
 */
static void check_room(struct config_check *check, bool image_good)
{
	struct config_vm *vm = check->vm;
	bool known = vm->memory_ipa_given || !vm->memory_identity, fits = true;
	unsigned said = check->report->line_count;
	struct config_placement placement;
	uint64_t tree_size = vm->tree.size ? vm->tree.size : 1; /* at least: plan_vm() asks with the whole */

	if (vm->memory_size && image_good && (known || vm->image_relative))
		fits = config_place(vm, vm->memory_ipa, tree_size, &placement, check->report) == OK;
	if (known)
		fits = config_check_space(check->out, vm, vm->memory_ipa, check->report) == OK && fits;
	check->out->mistake_count += check->report->line_count - said;
	vm->valid = vm->valid && fits;
}

void config_read_vm(struct config_check *check)
{
	struct config_vm *vm = check->vm;
	const char *bootargs;
	unsigned mistakes;

	config_check_names(check, properties, nodes);
	read_cpus(check);
	config_read_turn(check);
	read_memory(check);
	read_machine(check);
	read_console(check);
	read_permissions(check);
	read_delivery(check);
	read_seeds(check);
	read_disturbance(check);
	read_own_tree(check);
	bootargs = config_text(check, "bootargs");
	vm->bootargs = bootargs ? bootargs : "";
	vm->autostart = !config_flag(check, "no-autostart");
	vm->ramdisk = config_file(check, "ramdisk");
	mistakes = check->out->mistake_count;
	config_read_image(check);
	mistakes = check->out->mistake_count - mistakes;
	config_read_shares(check);
	config_read_devices(check);
	config_check_devices(check);
	check_room(check, mistakes == 0);
	config_check_vintids(check);
	config_check_conflicts(check);
}
