/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads a system description: the properties of the whole system, and each VM in turn. The questions about a
 * VM are in the files that config_check.h lists.
 */
#include "vm/config.h"

#include <libfdt.h>
#include <string.h>

#include "base/format.h"
#include "vm/config_check.h"
#include "vm/layout.h"

static const char *const root_properties[] = {"compatible", "console", "housekeeping-cpu", "stay", NULL};
static const char *const root_nodes[] = {"shared-memory", "vms", NULL};

/* Other kinds of file that may be given by mistake. NULL: none of them. */
static const char *what_else(const void *file, uint64_t size)
{
	static const struct {
		const char *magic, *what;
		unsigned length;
	} known[] = {
		{.magic = "\x27\x05\x19\x56", .length = 4, .what = "a legacy image for U-Boot, still wrapped"},
		{.magic = "\x1f\x8b", .length = 2, .what = "a file compressed with gzip"},
		{.magic = "070701", .length = 6, .what = "a cpio archive, which goes into a VM's ramdisk"},
	};

	for (unsigned i = 0; i < ARRAY_COUNT(known); i++)
		if (size >= known[i].length && !memcmp(file, known[i].magic, known[i].length))
			return known[i].what;
	return NULL;
}

static bool check_description(const void *description, uint64_t size, struct report *report)
{
	const char *other = what_else(description, size);
	int broken;

	if (other) {
		report_line(report, "system description: is %s; hand over what sbx build makes", other);
		return false;
	}
	if ((uintptr_t)description & 7) {
		report_line(report, "system description: its address is not a multiple of 8");
		return false;
	}
	broken = size < sizeof(struct fdt_header) ? -FDT_ERR_TRUNCATED : fdt_check_full(description, size);
	if (broken) {
		report_line(report, "system description: not a device tree (%s); compile one with dtc or sbx build",
					fdt_strerror(broken));
		return false;
	}
	if (fdt_node_check_compatible(description, 0, "signalbox,system") == 0)
		return true;
	report_line(report, "/: compatible: must be \"signalbox,system\"");
	return false;
}

static void read_housekeeping(struct config_check *check)
{
	unsigned pcpu_count = check->host ? check->host->cpus.pcpu_count : PCPU_MAX;
	uint64_t pcpu;

	check->out->housekeeping = check->host ? check->host->boot_pcpu : 0;
	if (!config_number(check, "housekeeping-cpu", &pcpu))
		return;
	if (pcpu < pcpu_count)
		check->out->housekeeping = (unsigned)pcpu;
	else
		config_mistake(check, "housekeeping-cpu", "processor %llu does not exist; there are 0 to %u",
					   (unsigned long long)pcpu, pcpu_count - 1);
}

/* Called when all VMs are known by name. */
static void read_console(struct config_check *check)
{
	const char *names[VM_MAX + 2] = {"all"};
	const char *text = config_text(check, "console");
	const struct system_config *system = check->out;
	const char *nearest;

	check->out->console_vm = -1;
	for (unsigned i = 0; i < system->vm_count; i++) {
		names[i + 1] = system->vm[i].name;
		if (text && !strcmp(text, system->vm[i].name))
			check->out->console_vm = (int)i;
	}
	if (!text || !strcmp(text, "all") || check->out->console_vm >= 0)
		return;
	nearest = config_nearest_name(text, names);
	if (nearest)
		config_mistake(check, "console", "there is no VM \"%s\"; did you mean \"%s\"?", text, nearest);
	else
		config_mistake(check, "console", "there is no VM \"%s\"; name one, or \"all\"", text);
}

static bool check_unique(struct config_check *check, const char *name)
{
	for (const struct config_vm *other = check->out->vm; other < check->vm; other++) {
		if (!strcmp(other->name, name)) {
			config_mistake(check, NULL, "there is a VM of this name already");
			return false;
		}
	}
	if (strcmp(name, "all"))
		return true;
	config_mistake(check, NULL, "a VM cannot be named \"all\": the console uses the word for all VMs");
	return false;
}

static void read_vm(struct config_check *check, const char *name)
{
	struct system_config *system = check->out;

	if (system->vm_count == VM_MAX) {
		config_mistake(check, NULL, "is one too many: a system has at most %d VMs", VM_MAX);
		return;
	}
	check->vm = &system->vm[system->vm_count++];
	*check->vm = (struct config_vm){.valid = true, .bootargs = ""};
	format_text(check->vm->name, sizeof check->vm->name, "%s", name);
	if (config_check_name(check, name))
		(void)check_unique(check, name);
	config_read_vm(check);
}

static void check_each(const struct config_check *check, void (*question)(struct config_check *))
{
	struct config_check sub = *check;
	char path[96];

	sub.path = path;
	for (unsigned i = 0; i < check->out->vm_count; i++) {
		sub.vm = &check->out->vm[i];
		format_text(path, sizeof path, "/vms/%s", sub.vm->name);
		question(&sub);
	}
}

static void check_devices(struct config_check *check)
{
	config_check_received(check);
	config_check_pages(check);
}

static void read_vms(const struct config_check *check)
{
	config_read_nodes(check, "vms", read_vm);
	check_each(check, check_devices);
	config_find_sharers(check->out);
	check_each(check, config_check_stolen_time);
}

enum err config_read(const void *description, uint64_t size, const struct host *host,
					 struct system_config *out, struct report *report)
{
	struct config_check check = {
		.tree = description, .host = host, .out = out, .report = report, .path = "/"};

	if (!check_description(description, size, report))
		return ERR_INVALID;
	memset(out, 0, sizeof *out);
	if (!host)
		report_line(report,
					"no machine is given: devices, processors and the amount of memory are not checked");
	config_check_names(&check, root_properties, root_nodes);
	out->stay = config_flag(&check, "stay");
	read_housekeeping(&check);
	config_read_regions(&check);
	read_vms(&check);
	read_console(&check);
	if (out->vm_count == 0)
		config_mistake(&check, "vms", "describes no VM; give each a node, as /vms/linux");
	return OK;
}
