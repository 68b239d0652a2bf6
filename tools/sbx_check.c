/* SPDX-License-Identifier: Apache-2.0 */
/* A description, checked as at boot. */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sbx.h"
#include "vm/obstacle.h"

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
			sbx_say("%s does not tell its machine's device tree; give one with --machine HOST.dtb",
					sbx_qemu());
			return true;
		}
	}
	check->host_known = host_read(check->machine.data, HOST_ANY_CPU, &check->host, &check->report) == OK;
	return check->host_known;
}

/* What prevents direct delivery is no mistake: the VM runs, and the log says the same then. */
static void foresee_delivery(struct sbx_check *check)
{
	const struct system_config *system = &check->system;

	for (unsigned i = 0; i < system->vm_count; i++) {
		const struct config_vm *vm = &system->vm[i];
		bool wished = vm->delivery != CONFIG_DELIVERY_VIRTUAL;
		enum obstacle obstacle = obstacle_foresee(vm, system->housekeeping, &check->host);

		if (vm->valid && obstacle != OBSTACLE_NONE && obstacle != OBSTACLE_DENIED)
			report_line(&check->report, "/vms/%s: %s: its interrupts %s through Signalbox: %s", vm->name,
						wished ? "delivery" : "permissions", wished ? "will come" : "can only come",
						obstacle_words(obstacle));
	}
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
	fine = sbx_plan(check) && fine;
	if (check->host_known)
		foresee_delivery(check);
	return fine ? SBX_FINE : SBX_MISTAKE;
}
