/* SPDX-License-Identifier: Apache-2.0 */
/* The devices of one VM: which nodes of the host tree, with which registers and interrupts. */
#include <libfdt.h>
#include <limits.h>
#include <string.h>

#include "base/bits.h"
#include "machine/api/gic_registers.h"
#include "vm/config_check.h"
#include "vm/layout.h"

/* Reports that a device is unknown, with the path that was probably meant. */
static void unknown_device(struct config_check *check, const char *property, const char *name)
{
	const void *tree = check->host->tree;
	const char *slash = strrchr(name, '/'), *last = slash ? slash + 1 : name;
	unsigned least_distance = 255;
	struct host_walk walk;
	char path[96] = "";

	host_walk_start(&walk, tree);
	while (host_walk_next(&walk)) {
		const char *node = fdt_get_name(tree, walk.node, NULL);
		unsigned distance = node ? config_name_distance(last, node) : 255;

		if (distance >= least_distance || !config_is_near(last, distance))
			continue;
		if (fdt_get_path(tree, walk.node, path, sizeof path) == 0)
			least_distance = distance;
	}
	if (least_distance < 255)
		config_mistake(check, property, "the machine has no \"%s\"; did you mean \"%s\"?", name, path);
	else
		config_mistake(
			check, property,
			"the machine has no \"%s\"; give a path with its unit address, or a label, of the host "
			"device tree",
			name);
}

/* What Signalbox itself uses the node for; NULL when a VM may have it. */
static const char *hypervisor_use(const struct host *host, const struct host_walk *walk)
{
	static const char *const tops[] = {"cpus", "chosen", "aliases", "reserved-memory"};
	const char *top = walk->depth ? fdt_get_name(host->tree, walk->above[1], NULL) : NULL;
	const char *type = fdt_getprop(host->tree, walk->node, "device_type", NULL);

	if (!top)
		return "is the whole machine; name one device";
	for (int level = 1; level <= walk->depth && level < HOST_DEPTH_MAX; level++) {
		if (walk->above[level] == host->gic_node)
			return "is the interrupt controller, which is Signalbox's own; every VM has one that it emulates";
	}
	for (unsigned i = 0; i < ARRAY_COUNT(tops); i++) {
		if (!strcmp(top, tops[i]))
			return "is no device";
	}
	if (type && !strcmp(type, "memory"))
		return "is memory; memory-size gives a VM memory";
	if (walk->node == host->timer_node)
		return "is the timer of the processors; every VM has it already";
	if (fdt_node_check_compatible(host->tree, walk->node, "arm,psci-1.0") == 0 ||
		fdt_node_check_compatible(host->tree, walk->node, "arm,psci-0.2") == 0)
		return "is the firmware, which is Signalbox's own; every VM has a PSCI that it emulates";
	if (fdt_getprop(host->tree, walk->node, "ranges", NULL) && !host_walk_is_memory(walk))
		return "is a bus; name the devices on it (those on PCI cannot be passed through)";
	if (!host_is_enabled(host->tree, walk->node))
		return "is disabled in the host device tree";
	return NULL;
}

static int subtree_end(const void *tree, int node)
{
	int depth = 0;

	do {
		node = fdt_next_node(tree, node, &depth);
	} while (node >= 0 && depth > 0);
	return node < 0 ? INT_MAX : node;
}

static void add_device(struct config_check *check, const char *property, const char *name, int node)
{
	struct config_vm *vm = check->vm;
	struct host_walk walk;
	const char *use;

	if (!host_walk_to(&walk, check->host->tree, node))
		return;
	use = hypervisor_use(check->host, &walk);
	if (!use && node == check->host->uart_node && vm->console != CONFIG_CONSOLE_PHYSICAL)
		use = "is the console, which is Signalbox's own; console = \"physical\" gives it to the VM";
	for (unsigned i = 0; i < vm->device_count && !use; i++) {
		if (vm->device[i].node == node)
			use = "is listed twice";
	}
	if (use) {
		config_mistake(check, property, "\"%s\" %s", name, use);
		return;
	}
	if (vm->device_count == CONFIG_DEVICES_MAX) {
		config_mistake(check, property, "\"%s\" is one too many: a VM has at most %d devices", name,
					   CONFIG_DEVICES_MAX);
		return;
	}
	vm->device[vm->device_count++] = (struct config_device){
		.path = name,
		.node = node,
		.node_end = subtree_end(check->host->tree, node),
		.does_dma = host_walk_does_dma(&walk),
		.is_memory = host_walk_is_memory(&walk),
		.is_flash = host_walk_is_flash(&walk),
	};
}

/* In whole pages. Flash of the machine goes on where the VM's firmware ends. */
static void add_reg(const struct config_vm *vm, struct config_device *device, struct host_range range)
{
	uint64_t base = align_down(range.base, PAGE_SIZE), end = align_up(range.base + range.size, PAGE_SIZE);
	uint64_t firmware_end = GUEST_FLASH_BASE + config_firmware_size(vm);

	if (device->is_flash && base < firmware_end)
		base = end < firmware_end ? end : firmware_end;
	if (base < end)
		device->reg[device->reg_count++] = (struct config_reg){base, end - base};
}

static void read_regs(struct config_check *check, struct config_device *device, const struct host_walk *walk)
{
	for (unsigned i = 0;; i++) {
		struct host_range range;
		enum err e = host_walk_reg(walk, i, &range);

		if (e == ERR_NOT_FOUND)
			return;
		if (e) {
			config_mistake(check, config_device_property(device),
						   "\"%s\" has registers that the processor has no address for", device->path);
			return;
		}
		if (i == CONFIG_DEVICE_REGS_MAX) {
			config_mistake(check, config_device_property(device),
						   "\"%s\" has more than %d blocks of registers", device->path,
						   CONFIG_DEVICE_REGS_MAX);
			return;
		}
		add_reg(check->vm, device, range);
	}
}

bool config_owns_node(const struct config_vm *vm, int node)
{
	for (unsigned i = 0; i < vm->device_count; i++) {
		if (node >= vm->device[i].node && node < vm->device[i].node_end)
			return true;
	}
	return false;
}

/* One interrupt of a device; false, and a report, when it cannot be passed through. */
static bool read_interrupt(struct config_check *check, struct config_device *device,
						   const struct host_interrupt *interrupt)
{
	struct config_irq irq;

	if (interrupt->controller != check->host->gic_node) {
		/* If the VM owns the controller too, the controller brings it the interrupt. */
		if (config_owns_node(check->vm, interrupt->controller))
			return true;
		config_mistake(check, config_device_property(device),
					   "\"%s\" has an interrupt of %s, not of the GIC; the VM must own that controller too",
					   device->path, fdt_get_name(check->host->tree, interrupt->controller, NULL));
		return false;
	}
	if (host_decode_interrupt(interrupt->cells, &irq.intid, &irq.edge)) {
		config_mistake(check, config_device_property(device),
					   "\"%s\" has an interrupt <%u %u %u> that the GIC does not have", device->path,
					   interrupt->cells[0], interrupt->cells[1], interrupt->cells[2]);
		return false;
	}
	if (irq.intid < GIC_PRIVATE_COUNT) {
		config_mistake(check, config_device_property(device),
					   "\"%s\" has interrupt %u, of which each processor has its own (PPI); only "
					   "shared ones (SPI) are passed through",
					   device->path, irq.intid);
		return false;
	}
	if (device->irq_count == CONFIG_DEVICE_IRQS_MAX) {
		config_mistake(check, config_device_property(device), "\"%s\" has more than %d interrupts",
					   device->path, CONFIG_DEVICE_IRQS_MAX);
		return false;
	}
	device->irq[device->irq_count++] = irq;
	return true;
}

static void read_interrupts(struct config_check *check, struct config_device *device, struct host_walk *walk)
{
	struct host_interrupt interrupt;
	enum err e = OK;

	for (unsigned i = 0; !e; i++) {
		e = host_walk_interrupt(walk, i, &interrupt);
		if (!e && !read_interrupt(check, device, &interrupt))
			return;
	}
	if (e != ERR_NOT_FOUND)
		config_mistake(check, config_device_property(device),
					   "\"%s\" has malformed interrupts in the host device tree", device->path);
}

/* `received` ones belong to another VM first. */
static void read_names(struct config_check *check, const char *property, bool received)
{
	int count = fdt_stringlist_count(check->tree, check->node, property);
	unsigned before = check->vm->device_count;

	if (count == 0 || (count < 0 && count != -FDT_ERR_NOTFOUND))
		config_mistake(check, property, "must be paths or labels in quotes, as \"/pl031@9010000\", \"rtc\"");
	for (int i = 0; check->host && i < count; i++) {
		const char *name = fdt_stringlist_get(check->tree, check->node, property, i, NULL);
		int node = host_find_device(check->host, name);

		if (node < 0)
			unknown_device(check, property, name);
		else
			add_device(check, property, name, node);
	}
	for (unsigned i = before; i < check->vm->device_count; i++)
		check->vm->device[i].received = received;
}

void config_read_devices(struct config_check *check)
{
	struct config_vm *vm = check->vm;
	struct host_walk walk;

	read_names(check, "devices", false);
	read_names(check, "receives", true);
	if (!check->host)
		return;
	if (vm->console == CONFIG_CONSOLE_PHYSICAL && check->host->uart_node >= 0)
		add_device(check, "console", check->host->uart_path, check->host->uart_node);
	else if (vm->console == CONFIG_CONSOLE_PHYSICAL)
		config_mistake(check, "console",
					   "\"physical\": the machine has no console UART; \"emulated\" would do");
	for (unsigned i = 0; i < vm->device_count; i++) {
		if (!host_walk_to(&walk, check->host->tree, vm->device[i].node))
			continue;
		read_regs(check, &vm->device[i], &walk);
		read_interrupts(check, &vm->device[i], &walk);
	}
}

bool config_device_is_at(const struct config_device *device, uint64_t base, uint64_t size)
{
	for (unsigned i = 0; i < device->reg_count; i++)
		if (ranges_overlap(device->reg[i].base, device->reg[i].size, base, size))
			return true;
	return false;
}

const struct config_device *config_device_of(const struct config_vm *vm, uint32_t intid)
{
	for (unsigned d = 0; d < vm->device_count; d++)
		for (unsigned i = 0; i < vm->device[d].irq_count; i++)
			if (vm->device[d].irq[i].intid == intid)
				return &vm->device[d];
	return NULL;
}
