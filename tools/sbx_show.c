/* SPDX-License-Identifier: Apache-2.0 */
/* The content of a description, as a table for people. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/format.h"
#include "sbx.h"

#define DEVICES_SHOWN 3

const char *const sbx_image_word[] = {[CONFIG_IMAGE_LINUX] = "linux",
									  [CONFIG_IMAGE_ELF] = "elf",
									  [CONFIG_IMAGE_RAW] = "raw",
									  [CONFIG_IMAGE_FIRMWARE] = "firmware"};
const char *const sbx_console_word[] = {[CONFIG_CONSOLE_EMULATED] = "emulated",
										[CONFIG_CONSOLE_NONE] = "none",
										[CONFIG_CONSOLE_PHYSICAL] = "physical"};

/* A size as people say it. */
static void size_text(char *out, size_t room, uint64_t bytes)
{
	static const char *const unit[] = {"bytes", "KiB", "MiB", "GiB"};
	unsigned i = 0;

	while (i + 1 < ARRAY_COUNT(unit) && bytes >= 1024 && bytes % 1024 == 0) {
		bytes /= 1024;
		i++;
	}
	snprintf(out, room, "%llu %s", (unsigned long long)bytes, unit[i]);
}

static void memory_text(char *out, size_t room, const struct config_vm *vm)
{
	char size[32];

	size_text(size, sizeof(size), vm->memory_size);
	if (vm->memory_identity && !vm->memory_ipa_given)
		snprintf(out, room, "%s, identity", size);
	else
		snprintf(out, room, "%s at 0x%llx%s", size, (unsigned long long)vm->memory_ipa,
				 vm->memory_identity ? ", identity" : "");
}

static void cpus_text(char *out, size_t room, const struct config_vm *vm)
{
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < vm->vcpu_count && used < room; i++)
		used += (size_t)snprintf(out + used, room - used, "%s%u", i > 0 ? " " : "", vm->pcpu[i]);
}

/* A path of the machine's tree. */
static void show_path(const char *path)
{
	char text[256];

	snprintf(text, sizeof(text), "%s", path);
	format_plain(text);
	printf(" %s", text);
}

static void show_vm(const struct config_vm *vm)
{
	char cpus[64], memory[64];

	cpus_text(cpus, sizeof(cpus), vm);
	memory_text(memory, sizeof(memory), vm);
	printf("%-12s %-9s %-24s %-8s %-9s", vm->name, cpus, memory, sbx_image_word[vm->image_kind],
		   sbx_console_word[vm->console]);
	for (unsigned i = 0; i < vm->device_count && i < DEVICES_SHOWN; i++) {
		show_path(vm->device[i].path);
		if (vm->device[i].received)
			fputs(" (receives)", stdout);
	}
	if (vm->device_count > DEVICES_SHOWN)
		printf(" and %u more", vm->device_count - DEVICES_SHOWN);
	printf("%s%s\n", vm->device_count == 0 ? " -" : "", vm->autostart ? "" : "  (not started at boot)");
}

static void show_shared(const struct system_config *system, unsigned shared)
{
	char size[32];

	size_text(size, sizeof(size), system->shared[shared].size);
	printf("shared memory %s, %s:", system->shared[shared].name, size);
	for (unsigned i = 0; i < system->vm_count; i++) {
		const struct config_vm *vm = &system->vm[i];

		for (unsigned n = 0; n < vm->share_count; n++) {
			const struct config_share *share = &vm->share[n];

			if (share->shared != shared)
				continue;
			printf(" %s at 0x%llx%s", vm->name, (unsigned long long)share->ipa,
				   share->read_only ? " read-only" : "");
			if (share->doorbell != 0)
				printf(" doorbell %u", share->doorbell - GIC_PRIVATE_COUNT);
			putchar(';');
		}
	}
	putchar('\n');
}

static void show_placement(const struct config_vm *vm, const struct config_placement *placement)
{
	printf("%s: starts at 0x%llx; device tree at 0x%llx", vm->name, (unsigned long long)placement->entry,
		   (unsigned long long)placement->tree);
	if (vm->ramdisk.size != 0)
		printf(", ramdisk at 0x%llx", (unsigned long long)placement->ramdisk);
	putchar('\n');
}

/* No mistake; but a program that is linked for another address fails without a word. */
static void show_raw_place(const struct config_vm *vm)
{
	if (vm->image_kind == CONFIG_IMAGE_RAW && vm->image_relative)
		printf("%s: the image is raw and has no load-address: it is put 0x%llx above the start of memory\n",
			   vm->name, (unsigned long long)vm->image_load);
}

static unsigned long long kib(uint64_t bytes)
{
	return (bytes + 1023) / 1024;
}

static void show_ram(const struct plan *plan)
{
	printf("RAM: %llu KiB; of it %llu for Signalbox and the description, %llu for VMs, %llu shared, %llu for "
		   "translation tables, device trees and vCPUs\n",
		   kib(plan->total), kib(plan->wanted[PLAN_OWN]), kib(plan->wanted[PLAN_MEMORY]),
		   kib(plan->wanted[PLAN_SHARED]), kib(plan->wanted[PLAN_REST]));
}

static void show_sharing(const struct sbx_sharing *sharing)
{
	printf("processor %u is shared by %u vCPUs:", sharing->pcpu, sharing->count);
	for (unsigned i = 0; i < sharing->count; i++)
		printf(" %s.%u", sharing->seat[i].vm->name, sharing->seat[i].vcpu);
	printf("; budgets take %.1f %%, %u of them %s none\n", sharing->promised_percent, sharing->unlimited,
		   sharing->unlimited == 1 ? "has" : "have");
}

static void show_bounds(const struct sbx_sharing *sharing)
{
	if (sharing->handler_us)
		printf("processor %u: others wait up to %u us more for an interrupt handler of a direct VM\n",
			   sharing->pcpu, sharing->handler_us);
	for (unsigned i = 0; i < sharing->count; i++) {
		struct analyse_bound bound = sbx_find_bound(sharing, i);
		const struct sbx_seat *seat = &sharing->seat[i];
		struct sbx_words words;

		if (bound.answer == ANALYSE_NO_BUDGET)
			continue;
		printf("%s.%u: ", seat->vm->name, seat->vcpu);
		if (bound.answer == ANALYSE_BOUND)
			printf("has run %llu us at most %llu us after it wakes\n", (unsigned long long)bound.work,
				   (unsigned long long)bound.response);
		else
			printf("no bound: %s\n", sbx_no_bound_words(sharing, &bound, &words));
	}
}

static void show_shared_pcpus(const struct sbx_check *check)
{
	bool any = false;

	for (unsigned pcpu = 0; pcpu < PCPU_MAX; pcpu++) {
		struct sbx_sharing sharing;

		sbx_find_sharing(&check->system, pcpu, &sharing);
		if (sharing.count < 2)
			continue;
		any = true;
		show_sharing(&sharing);
		if (check->analyse)
			show_bounds(&sharing);
	}
	if (check->analyse && any)
		printf("bounds: Signalbox is assumed to take at most %u us at a time, and %u us for a switch\n",
			   SBX_SECTION_US, SBX_SWITCH_US);
	else if (check->analyse)
		puts("bounds: no processor is shared, so no vCPU waits for another");
}

void sbx_show_table(const struct sbx_check *check)
{
	bool bold = isatty(STDOUT_FILENO);
	const struct system_config *system = &check->system;

	if (check->host_known)
		printf("machine: %s, %u processors; housekeeping on processor %u\n", check->host.model,
			   check->host.cpus.pcpu_count, system->housekeeping);
	if (check->host_known)
		show_ram(&check->plan);
	printf("%s%-12s %-9s %-24s %-8s %-9s %s%s\n", bold ? "\033[1m" : "", "VM", "pCPUs", "memory", "image",
		   "console", "devices", bold ? "\033[0m" : "");
	for (unsigned i = 0; i < system->vm_count; i++)
		show_vm(&system->vm[i]);
	for (unsigned i = 0; i < system->vm_count; i++) {
		if (check->placed >> i & 1)
			show_placement(&system->vm[i], &check->placement[i]);
		show_raw_place(&system->vm[i]);
	}
	for (unsigned i = 0; i < system->shared_count; i++)
		show_shared(system, i);
	show_shared_pcpus(check);
}
