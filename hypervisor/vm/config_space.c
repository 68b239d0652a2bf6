/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing may overlap in a VM's guest-physical address space, and no two things may have one interrupt
 * number.
 */
#include "base/bits.h"
#include "base/format.h"
#include "machine/api/gic_registers.h"
#include "vm/blank.h"
#include "vm/config_check.h"
#include "vm/layout.h"
#include "vm/regions.h"
#include "vm/vcpu_pages.h"

enum span_kind { SPAN_MEMORY, SPAN_SHARED, SPAN_DEVICE, SPAN_EMULATED, SPAN_FIRMWARE, SPAN_BLANK };

struct span {
	enum span_kind kind;
	const char *name;
	uint64_t base, size;
	const char *way_out; /* how a person can do without it, if something else is to be there; or NULL */
};

#define SPAN_MAX \
	(1 + CONFIG_SHARED_MAX + CONFIG_DEVICES_MAX * CONFIG_DEVICE_REGS_MAX + REGION_KIND_COUNT + 2 + \
	 BLANK_KIND_COUNT)

static unsigned collect_emulated(const struct config_vm *vm, struct span *spans)
{
	struct regions regions;
	unsigned count = 0;

	regions_make(&regions, vm);
	for (const struct region *region = regions.region; region->base; region++) {
		const struct region_facts *facts = regions_facts(region->kind);

		spans[count++] =
			(struct span){SPAN_EMULATED, facts->name, region->base, facts->reserved, facts->way_out};
	}
	return count;
}

/* A VM that shares a processor has them for its stolen time, wanted or not. */
static unsigned collect_vcpu_pages(const struct config_vm *vm, struct span *spans)
{
	if (!vcpu_pages_exist(vm))
		return 0;
	*spans = (struct span){SPAN_EMULATED, vm->closed_flag ? "the pages of closed-flag" : "its stolen time",
						   vcpu_pages_ipa(0), vcpu_pages_size(vm),
						   vm->shares ? "give the VM processors of its own, without closed-flag"
									  : "leave closed-flag out"};
	return 1;
}

/* Firmware, and what is blank. */
static unsigned collect_virt(const struct config_vm *vm, struct span *spans)
{
	unsigned count = 0;

	spans[count++] = (struct span){SPAN_FIRMWARE, "the firmware", GUEST_FLASH_BASE, config_firmware_size(vm),
								   "leave the firmware out"};
	for (enum blank_kind kind = 0; kind < BLANK_KIND_COUNT; kind++) {
		const struct blank *blank = blank_of(vm, kind);

		if (blank)
			spans[count++] =
				(struct span){SPAN_BLANK, blank->name, blank->base, blank->size, REGIONS_NOT_VIRT};
	}
	return count;
}

/* The ranges of addresses that the VM uses, up to SPAN_MAX. Returns their count. */
static unsigned collect_spans(const struct system_config *system, const struct config_vm *vm,
							  uint64_t ram_ipa, struct span *spans)
{
	unsigned count = 0;

	spans[count++] = (struct span){SPAN_MEMORY, "the memory", ram_ipa, vm->memory_size, NULL};
	for (unsigned i = 0; i < vm->share_count; i++)
		spans[count++] = (struct span){SPAN_SHARED, system->shared[vm->share[i].shared].name,
									   vm->share[i].ipa, vm->share[i].size, NULL};
	for (unsigned i = 0; i < vm->device_count; i++) {
		const struct config_device *device = &vm->device[i];

		for (unsigned r = 0; r < device->reg_count; r++)
			spans[count++] =
				(struct span){SPAN_DEVICE, device->path, device->reg[r].base, device->reg[r].size, NULL};
	}
	count += collect_emulated(vm, &spans[count]);
	count += collect_vcpu_pages(vm, &spans[count]);
	return count + collect_virt(vm, &spans[count]);
}

/*
 * What a person can do about two that overlap, none of them shared memory: move the one that is moved most
 * easily. `a` is the memory or a device; all others are apart.
 */
static const char *move(const struct span *a, const struct span *b)
{
	if (a->kind == SPAN_DEVICE)
		return "leave the device out";
	return a->base < b->base ? "give another memory-address or memory-size" : "give another memory-address";
}

static void say_overlap(const struct config_vm *vm, const struct span *a, const struct span *b,
						struct report *report)
{
	report_line(report, "/vms/%s: %s (0x%llx to 0x%llx) overlaps %s (0x%llx to 0x%llx); %s%s%s", vm->name,
				a->name, (unsigned long long)a->base, (unsigned long long)(a->base + a->size - 1), b->name,
				(unsigned long long)b->base, (unsigned long long)(b->base + b->size - 1), move(a, b),
				b->way_out ? ", or " : "", b->way_out ? b->way_out : "");
}

/* A shared memory has a node of its own, with an address that is easily changed. */
static void say_shared_overlap(const struct config_vm *vm, const struct span *shared,
							   const struct span *other, struct report *report)
{
	report_line(report,
				"/vms/%s/shared-memory/%s: address: 0x%llx to 0x%llx overlaps %s%s (0x%llx to 0x%llx); give "
				"another address%s%s",
				vm->name, shared->name, (unsigned long long)shared->base,
				(unsigned long long)(shared->base + shared->size - 1),
				other->kind == SPAN_SHARED ? "the shared memory " : "", other->name,
				(unsigned long long)other->base, (unsigned long long)(other->base + other->size - 1),
				other->way_out ? ", or " : "", other->way_out ? other->way_out : "");
}

static bool check_apart(const struct config_vm *vm, const struct span *a, const struct span *b,
						struct report *report)
{
	/* Devices of a VM may share pages, and take the pages of what is blank. Firmware is in flash. */
	bool may_overlap = a->kind == SPAN_DEVICE ? b->kind == SPAN_DEVICE || b->kind == SPAN_BLANK
											  : a->kind == SPAN_FIRMWARE || b->kind == SPAN_FIRMWARE;

	if (may_overlap || !a->size || !b->size || !ranges_overlap(a->base, a->size, b->base, b->size))
		return true;
	if (b->kind == SPAN_SHARED)
		say_shared_overlap(vm, b, a, report);
	else
		(a->kind == SPAN_SHARED ? say_shared_overlap : say_overlap)(vm, a, b, report);
	return false;
}

enum err config_check_space(const struct system_config *system, const struct config_vm *vm, uint64_t ram_ipa,
							struct report *report)
{
	struct span spans[SPAN_MAX];
	unsigned count = collect_spans(system, vm, ram_ipa, spans);
	enum err result = OK;

	for (unsigned i = 0; i < count; i++) {
		if (spans[i].base > BIT(CONFIG_IPA_BITS) || spans[i].size > BIT(CONFIG_IPA_BITS) - spans[i].base) {
			report_line(report, "/vms/%s: %s at 0x%llx lies beyond 2^%d, the last guest address", vm->name,
						spans[i].name, (unsigned long long)spans[i].base, CONFIG_IPA_BITS);
			result = ERR_CONFLICT;
		}
		for (unsigned j = i + 1; j < count; j++) {
			if (!check_apart(vm, &spans[i], &spans[j], report))
				result = ERR_CONFLICT;
		}
	}
	return result;
}

void config_check_stolen_time(struct config_check *check)
{
	struct config_vm *vm = check->vm;
	unsigned said = check->report->line_count;
	bool is_placed = vm->memory_ipa_given || !vm->memory_identity;

	if (!vm->valid || !vm->shares || vm->closed_flag || !is_placed)
		return;
	vm->valid = config_check_space(check->out, vm, vm->memory_ipa, check->report) == OK;
	check->out->mistake_count += check->report->line_count - said;
}

/* The emulated device or device of the machine that has this interrupt number in the VM; NULL: none has. */
static const char *other_user(const struct config_vm *vm, uint32_t vintid)
{
	const struct config_device *device = config_device_of(vm, vintid);
	struct regions regions;

	regions_make(&regions, vm);
	for (const struct region *region = regions.region; region->base; region++)
		if (regions_facts(region->kind)->intid == vintid)
			return regions_facts(region->kind)->name;
	return device ? device->path : NULL;
}

static void check_doorbell(struct config_check *check, unsigned index)
{
	const struct config_vm *vm = check->vm;
	uint32_t vintid = vm->share[index].doorbell;
	const char *user = vintid ? other_user(vm, vintid) : NULL;

	for (unsigned i = 0; i < index && vintid && !user; i++) {
		if (vm->share[i].doorbell == vintid)
			user = check->out->shared[vm->share[i].shared].name;
	}
	if (user)
		config_mistake(check, "shared-memory",
					   "the doorbell of %s, SPI %u, is the interrupt of %s; take another",
					   check->out->shared[vm->share[index].shared].name, vintid - GIC_PRIVATE_COUNT, user);
}

void config_check_vintids(struct config_check *check)
{
	const struct config_vm *vm = check->vm;

	for (unsigned i = 0; i < vm->share_count; i++)
		check_doorbell(check, i);
	if (vm->console != CONFIG_CONSOLE_EMULATED)
		return;
	for (unsigned i = 0; i < vm->device_count; i++) {
		for (unsigned n = 0; n < vm->device[i].irq_count; n++) {
			if (vm->device[i].irq[n].intid == GUEST_UART_INTID)
				config_mistake(check, config_device_property(&vm->device[i]),
							   "\"%s\" has interrupt %u, as the VM's own console; console = \"none\" "
							   "makes room",
							   vm->device[i].path, GUEST_UART_INTID);
		}
	}
}
