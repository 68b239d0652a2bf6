/* SPDX-License-Identifier: Apache-2.0 */
#include <libfdt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "trees.h"
#include "vm/layout.h"
#include "vm/tree.h"

void trees_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	va_end(args);
	printf("\n");
	fflush(stdout);
	abort();
}

static bool is_plain(char c)
{
	return c >= ' ' && c <= '~';
}

/* Does a line begin with the node of this VM, as it would be shown on a terminal? */
static bool names(const char *text, const struct config_vm *vm)
{
	char path[64];

	snprintf(path, sizeof(path), "/vms/%s", vm->name);
	for (char *c = path; *c; c++)
		*c = is_plain(*c) ? *c : '?';
	return !strncmp(text, path, strlen(path));
}

/* Every line must name a node, or say that the file is no tree. */
static void hear(void *context, const char *text)
{
	static const char *const beginnings[] = {
		"/", "system description: ", "host device tree: ", "no machine is given"};
	struct trees_said *said = context;
	bool known = false;

	for (unsigned i = 0; i < ARRAY_COUNT(beginnings); i++)
		known |= !strncmp(text, beginnings[i], strlen(beginnings[i]));
	if (!known || strlen(text) >= REPORT_LINE_MAX)
		trees_fail("a line names no node: %s", text);
	for (const char *c = text; *c; c++)
		if (!is_plain(*c))
			trees_fail("a line holds what a terminal would obey: 0x%x in %s", (uint8_t)*c, text);
	for (unsigned i = 0; said->system && i < said->system->vm_count; i++)
		said->vms_named |= (uint32_t)names(text, &said->system->vm[i]) << i;
}

void trees_said_init(struct trees_said *said, const struct system_config *system)
{
	*said = (struct trees_said){.report = {.line = hear, .context = said}, .system = system};
}

void *trees_copy(const void *data, size_t size)
{
	void *copy = malloc(size + !size);

	if (!copy)
		abort();
	memcpy(copy, data, size);
	return copy;
}

/* What would be copied to the VM's memory comes from its image, and stays in its memory. */
static void check_segments(const struct config_vm *vm, uint64_t ram_ipa,
						   const struct config_placement *placement)
{
	struct config_segment segment;

	for (unsigned n = 0; config_segment(vm, placement, n, &segment); n++) {
		if (segment.ipa < ram_ipa || segment.file_size > segment.memory_size ||
			segment.memory_size > vm->memory_size ||
			segment.ipa - ram_ipa > vm->memory_size - segment.memory_size)
			trees_fail("/vms/%s: a piece of its image lies outside its memory", vm->name);
		if ((uintptr_t)segment.data - (uintptr_t)vm->image.data > vm->image.size ||
			segment.file_size > vm->image.size - ((uintptr_t)segment.data - (uintptr_t)vm->image.data))
			trees_fail("/vms/%s: a piece of its image lies outside the image", vm->name);
	}
}

static void check_vm(const struct system_config *system, const struct config_vm *vm, const struct host *host)
{
	static _Alignas(8) char out[TREE_SIZE_MAX];
	uint64_t ram_ipa = vm->memory_identity && !vm->memory_ipa_given ? 0x80000000 : vm->memory_ipa, length;
	struct config_placement placement;
	struct tree_source source = {system, vm, host, ram_ipa, vm->seeds != CONFIG_SEEDS_NONE};
	struct trees_said said;

	trees_said_init(&said, NULL);
	if (config_check_space(system, vm, ram_ipa, &said.report) != OK ||
		tree_build(&source, out, sizeof(out), &length, &said.report) != OK ||
		config_place(vm, ram_ipa, length, &placement, &said.report) != OK) {
		if (!said.report.line_count)
			trees_fail("/vms/%s: does not fit, or gets no device tree, and nothing says why", vm->name);
		return;
	}
	if (placement.tree < ram_ipa || placement.tree + length > ram_ipa + vm->memory_size)
		trees_fail("/vms/%s: its device tree lies outside its memory", vm->name);
	check_segments(vm, ram_ipa, &placement);
	tree_place_ramdisk(out, placement.ramdisk);
	if (length > sizeof(out) || fdt_check_full(out, length))
		trees_fail("/vms/%s: its device tree is not valid", vm->name);
}

#define GIC_SIZE 288 /* QEMU's virt machine */

/* Spare ones are SPIs of the GIC, each taken once, and no device of a VM has one. */
static void check_spares(const struct system_config *system, const struct host *host)
{
	struct config_spares spares;
	uint32_t intid;

	config_find_spares(&spares, system, host, GIC_SIZE);
	for (unsigned left = GIC_SIZE; (intid = config_take_spare(&spares, GUEST_UART_INTID)) != 0; left--) {
		if (intid < GIC_PRIVATE_COUNT || intid >= GIC_SIZE || left == 0)
			trees_fail("interrupt %u is spare", intid);
		for (unsigned i = 0; i < system->vm_count; i++)
			if (config_device_of(&system->vm[i], intid))
				trees_fail("/vms/%s: interrupt %u of a device is spare", system->vm[i].name, intid);
	}
}

void trees_check_system(const void *description, size_t size, const struct host *host)
{
	static struct system_config system;
	struct trees_said said;
	enum err result;

	trees_said_init(&said, &system);
	memset(&system, 0, sizeof(system));
	result = config_read(description, size, host, &system, &said.report);
	if (result != OK) {
		if (said.report.line_count != 1)
			trees_fail("%u lines say why the description is none", said.report.line_count);
		return;
	}
	if (said.report.line_count != system.mistake_count + !host)
		trees_fail("%u mistakes, %u lines", system.mistake_count, said.report.line_count);
	for (unsigned i = 0; i < system.vm_count; i++) {
		const struct config_vm *vm = &system.vm[i];

		if (!vm->valid && !(said.vms_named >> i & 1))
			trees_fail("/vms/%s: does not start, and no line names it", vm->name);
		if (vm->valid)
			check_vm(&system, vm, host);
	}
	if (host)
		check_spares(&system, host);
}
