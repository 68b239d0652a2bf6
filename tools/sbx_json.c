/* SPDX-License-Identifier: Apache-2.0 */
/* The content of a description, as JSON for programs. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "sbx.h"

static bool failed; /* memory has run out somewhere */

static void set(json_t *object, const char *name, json_t *value)
{
	failed |= json_object_set_new(object, name, value) != 0;
}

static void append(json_t *array, json_t *value)
{
	failed |= json_array_append_new(array, value) != 0;
}

/* A text of a tree, whatever its bytes are. */
static json_t *text(const char *bytes)
{
	char *plain = strdup(bytes);
	json_t *value;

	if (!plain)
		return NULL;
	format_plain(plain);
	value = json_string(plain);
	free(plain);
	return value;
}

/* The library has signed integers; a larger number is a mistake anyway. */
static json_t *number(uint64_t value)
{
	return value <= INT64_MAX ? json_integer((json_int_t)value) : json_real((double)value);
}

static json_t *cpus(const struct config_vm *vm)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < vm->vcpu_count; i++)
		append(array, json_integer(vm->pcpu[i]));
	return array;
}

static json_t *devices(const struct config_vm *vm)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < vm->device_count; i++)
		append(array, text(vm->device[i].path));
	return array;
}

static json_t *share(const struct system_config *system, const struct config_share *from)
{
	json_t *object = json_object();

	set(object, "name", text(system->shared[from->shared].name));
	set(object, "address", number(from->ipa));
	set(object, "size", number(from->size));
	set(object, "read_only", json_boolean(from->read_only));
	if (from->doorbell != 0)
		set(object, "doorbell", json_integer(from->doorbell - GIC_PRIVATE_COUNT));
	return object;
}

static json_t *shares(const struct system_config *system, const struct config_vm *vm)
{
	json_t *array = json_array();

	for (unsigned i = 0; i < vm->share_count; i++)
		append(array, share(system, &vm->share[i]));
	return array;
}

static json_t *vm_object(const struct system_config *system, const struct config_vm *vm)
{
	json_t *object = json_object();

	set(object, "name", text(vm->name));
	set(object, "valid", json_boolean(vm->valid));
	set(object, "autostart", json_boolean(vm->autostart));
	set(object, "cpus", cpus(vm));
	set(object, "memory_size", number(vm->memory_size));
	if (!vm->memory_identity || vm->memory_ipa_given)
		set(object, "memory_address", number(vm->memory_ipa));
	set(object, "memory_identity", json_boolean(vm->memory_identity));
	set(object, "image", json_string(sbx_image_word[vm->image_kind]));
	set(object, "console", json_string(sbx_console_word[vm->console]));
	set(object, "bootargs", text(vm->bootargs));
	set(object, "devices", devices(vm));
	set(object, "shared_memories", shares(system, vm));
	return object;
}

/* What is where in the memory of a VM. */
static void set_placement(json_t *object, const struct config_vm *vm,
						  const struct config_placement *placement)
{
	set(object, "entry_address", number(placement->entry));
	set(object, "tree_address", number(placement->tree));
	if (vm->ramdisk.size != 0)
		set(object, "ramdisk_address", number(placement->ramdisk));
}

/* In bytes. */
static json_t *ram(const struct plan *plan)
{
	static const char *const use[] = {
		[PLAN_OWN] = "signalbox", [PLAN_MEMORY] = "vms", [PLAN_SHARED] = "shared", [PLAN_REST] = "tables"};
	json_t *object = json_object();

	set(object, "machine", number(plan->total));
	for (unsigned i = 0; i < PLAN_USE_COUNT; i++)
		set(object, use[i], number(plan->wanted[i]));
	return object;
}

/* In microseconds; null with the reason where there is none. */
static void set_bound(json_t *object, const struct sbx_sharing *sharing, unsigned seat)
{
	struct analyse_bound found = sbx_find_bound(sharing, seat);
	json_t *bound = json_object();
	struct sbx_words words;

	if (found.answer == ANALYSE_BOUND) {
		set(bound, "work_us", number(found.work));
		set(bound, "response_us", number(found.response));
		set(object, "bound", bound);
		return;
	}
	json_decref(bound);
	set(object, "bound", json_null());
	set(object, "no_bound", text(sbx_no_bound_words(sharing, &found, &words)));
}

static json_t *sharing_object(const struct sbx_sharing *sharing, bool analyse)
{
	json_t *object = json_object(), *vcpus = json_array();

	set(object, "processor", json_integer(sharing->pcpu));
	set(object, "promised_percent", json_real(sharing->promised_percent));
	set(object, "handler_us", json_integer(sharing->handler_us));
	for (unsigned i = 0; i < sharing->count; i++) {
		json_t *vcpu = json_object();

		set(vcpu, "vm", text(sharing->seat[i].vm->name));
		set(vcpu, "vcpu", json_integer(sharing->seat[i].vcpu));
		set(vcpu, "priority", json_integer(sharing->turn[i].priority));
		set(vcpu, "slice_us", number(sharing->turn[i].slice));
		if (sharing->turn[i].budget != 0) {
			set(vcpu, "budget_us", number(sharing->turn[i].budget));
			set(vcpu, "period_us", number(sharing->turn[i].period));
			set(vcpu, "budget_hard", json_boolean(sharing->seat[i].vm->turn.budget_hard));
		}
		if (analyse)
			set_bound(vcpu, sharing, i);
		append(vcpus, vcpu);
	}
	set(object, "vcpus", vcpus);
	return object;
}

static json_t *shared_pcpus(const struct sbx_check *check)
{
	json_t *array = json_array();

	for (unsigned pcpu = 0; pcpu < PCPU_MAX; pcpu++) {
		struct sbx_sharing sharing;

		sbx_find_sharing(&check->system, pcpu, &sharing);
		if (sharing.count > 1)
			append(array, sharing_object(&sharing, check->analyse));
	}
	return array;
}

static json_t *assumptions(void)
{
	json_t *object = json_object();

	set(object, "section_us", json_integer(SBX_SECTION_US));
	set(object, "switch_us", json_integer(SBX_SWITCH_US));
	return object;
}

static json_t *messages(const struct sbx_check *check)
{
	json_t *array = json_array();

	for (size_t i = 0; i < check->line_count; i++)
		append(array, text(check->line[i]));
	return array;
}

bool sbx_show_json(const struct sbx_check *check, bool fine)
{
	const struct system_config *system = &check->system;
	json_t *root = json_object(), *vms = json_array();

	set(root, "fine", json_boolean(fine));
	set(root, "machine_known", json_boolean(check->host_known));
	set(root, "messages", messages(check));
	set(root, "housekeeping_cpu", json_integer(system->housekeeping));
	if (check->host_known)
		set(root, "ram", ram(&check->plan));
	for (unsigned i = 0; i < system->vm_count; i++) {
		json_t *vm = vm_object(system, &system->vm[i]);

		if (check->placed >> i & 1)
			set_placement(vm, &system->vm[i], &check->placement[i]);
		append(vms, vm);
	}
	set(root, "vms", vms);
	set(root, "shared_processors", shared_pcpus(check));
	if (check->analyse)
		set(root, "bounds_assume", assumptions());
	failed |= json_dumpf(root, stdout, 0) != 0;
	json_decref(root);
	putchar('\n');
	return !failed;
}
