/* SPDX-License-Identifier: Apache-2.0 */
/* A description, checked as at boot. */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sbx.h"
#include "vm/layout.h"
#include "vm/tree.h"

static void ignore_line(void *context, const char *text)
{
	(void)context;
	(void)text;
}

static void keep_line(void *context, const char *text)
{
	struct sbx_check *check = context;
	char **more = realloc(check->line, (check->line_count + 1) * sizeof(*more));

	if (!check->quiet)
		fprintf(stderr, "%s\n", text);
	if (more == NULL)
		return;
	check->line = more;
	check->line[check->line_count++] = strdup(text);
}

enum err sbx_survey(const struct sbx_file *description, struct system_config *out)
{
	struct report report = {.line = ignore_line};

	return config_read(description->data, description->size, NULL, out, &report);
}

/* The machine's tree: the one given, or QEMU's. True unless the one given cannot be used. */
static bool find_machine(struct sbx_check *check, const char *path)
{
	struct sbx_size size;

	if (path != NULL) {
		if (!sbx_read_file(path, &check->machine))
			return false;
		if (!sbx_is_compiled(&check->machine) || fdt_totalsize(check->machine.data) > check->machine.size) {
			sbx_say("%s: is not a compiled device tree", path);
			return false;
		}
	} else {
		if (sbx_survey(&check->description, &check->system) != OK)
			return true;
		size = sbx_size_machine(&check->system, check->description.size);
		if (!sbx_machine_tree(&size, &check->machine)) {
			sbx_say("%s cannot be asked for its machine; name one with --machine HOST.dtb", sbx_qemu());
			return true;
		}
	}
	check->host_known = host_read(check->machine.data, HOST_ANY_CPU, &check->host, &check->report) == OK;
	return check->host_known;
}

/* Where memory would begin if nothing else says so. */
static uint64_t likely_memory(const struct sbx_check *check, const struct config_vm *vm)
{
	if (vm->memory_identity && !vm->memory_ipa_given && check->host_known)
		return check->host.ram[0].base;
	return vm->memory_ipa;
}

/* Placing the VM and making its tree say the rest of what boot would say. */
static bool try_vm(struct sbx_check *check, const struct config_vm *vm)
{
	static _Alignas(8) char tree[TREE_SIZE_MAX];
	struct config_placement placement;
	uint64_t ram = likely_memory(check, vm), length;
	struct tree_source source = {
		.system = &check->system,
		.vm = vm,
		.host = check->host_known ? &check->host : NULL,
		.ram_ipa = ram,
		.placement = &placement,
	};

	return config_place(vm, ram, sizeof(tree), &placement, &check->report) == OK &&
		   tree_build(&source, tree, sizeof(tree), &length, &check->report) == OK;
}

enum sbx_exit sbx_check(struct sbx_check *check, const char *machine_path)
{
	bool fine;

	check->report = (struct report){.line = keep_line, .context = check};
	if (!find_machine(check, machine_path))
		return SBX_CANNOT;
	if (config_read(check->description.data, check->description.size, check->host_known ? &check->host : NULL,
					&check->system, &check->report) != OK)
		return SBX_MISTAKE;
	fine = check->system.mistake_count == 0;
	for (unsigned i = 0; i < check->system.vm_count; i++)
		if (check->system.vm[i].valid && !try_vm(check, &check->system.vm[i]))
			fine = false;
	return fine ? SBX_FINE : SBX_MISTAKE;
}
