/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/plan.h"

#include "base/bits.h"
#include "base/format.h"
#include "vm/blank.h"
#include "vm/layout.h"
#include "vm/plan_work.h"
#include "vm/tree.h"
#include "vm/vcpu_pages.h"

#define STACK_SIZE UINT64_C(0x4000) /* of a vCPU at EL2, below its struct vcpu */
#define ENDLESS BIT(46)

uint64_t plan_vcpu_size(void)
{
	return align_up(STACK_SIZE + align_up(sizeof(struct vcpu), 16), PAGE_SIZE);
}

static enum err grant(struct plan *plan, const struct plan_wish *wish, struct ram_grant *out)
{
	enum err result = ram_grant(&plan->ram, wish->size, wish->align, out);
	uint64_t largest = ram_largest(&plan->ram, wish->align);

	plan->wanted[wish->use] += wish->size;
	if (result == OK)
		return OK;
	plan->lacking = true;
	if (result == ERR_RANGE)
		report_line(plan->report, "%s: %s: free RAM is in too many pieces", wish->path, wish->property);
	else
		report_line(plan->report,
					"%s: %s: 0x%llx: the largest free piece of RAM has 0x%llx bytes, 0x%llx too few; give it "
					"less, or the machine more",
					wish->path, wish->property, (unsigned long long)wish->size, (unsigned long long)largest,
					(unsigned long long)(wish->size - largest));
	return result;
}

enum err plan_take(struct plan *plan, const struct plan_wish *wish, pa_t *out)
{
	struct ram_grant granted;
	enum err result = grant(plan, wish, &granted);

	return result == OK ? ram_granted(&granted, out) : result;
}

static enum err keep(struct plan *plan, uint64_t base, uint64_t size)
{
	uint64_t from = align_down(base, PAGE_SIZE);

	return size ? ram_reserve(&plan->ram, from, align_up(base + size, PAGE_SIZE) - from) : OK;
}

enum err plan_machine(struct plan *plan, struct host_range image, pa_t tree)
{
	const struct host *host = plan->host;
	enum err result = OK;

	if (!host)
		return ram_add(&plan->ram, GUEST_RAM_BASE, ENDLESS);
	for (unsigned i = 0; i < host->ram_count && result == OK; i++)
		result = ram_add(&plan->ram, host->ram[i].base, host->ram[i].size);
	plan->total = ram_total(&plan->ram);
	if (result == OK) /* an address of 0 would be NULL, which means that there is none */
		result = keep(plan, 0, PAGE_SIZE);
	if (result == OK)
		result = keep(plan, image.base, image.size);
	if (result == OK)
		result = keep(plan, tree.v, host->tree_size);
	if (result == OK)
		result = keep(plan, host->initrd.v, host->initrd_size);
	for (unsigned i = 0; i < host->reserved_count && result == OK; i++)
		result = keep(plan, host->reserved[i].base, host->reserved[i].size);
	plan->wanted[PLAN_OWN] = plan->total - ram_total(&plan->ram);
	return result;
}

static bool is_fixed(const struct config_vm *vm)
{
	return vm->valid && vm->memory_identity && vm->memory_ipa_given;
}

/* Takes RAM at the place that the description names. */
static void fix(struct plan *plan, unsigned index)
{
	const struct config_vm *vm = &plan->system->vm[index];
	bool is_free = !plan->host || ram_is_free(&plan->ram, vm->memory_ipa, vm->memory_size);

	plan->wanted[PLAN_MEMORY] += vm->memory_size;
	if (is_free && ram_reserve(&plan->ram, vm->memory_ipa, vm->memory_size) == OK) {
		plan->fixed[index].piece = (struct ram_piece){.base = vm->memory_ipa, .size = vm->memory_size};
		return;
	}
	plan->lacking = true;
	report_line(plan->report,
				"/vms/%s: memory-address: 0x%llx: this machine has no free RAM of 0x%llx bytes there; leave "
				"memory-address out to have a place chosen",
				vm->name, (unsigned long long)vm->memory_ipa, (unsigned long long)vm->memory_size);
}

/* Once for all VMs that want it. */
static void take_blank(struct plan *plan)
{
	struct plan_wish wish = {NULL, "machine", PLAN_SHARED, BLANK_MEMORY_SIZE, BLANK_MEMORY_ALIGN};
	char path[PLAN_PATH_MAX];

	for (unsigned i = 0; i < plan->system->vm_count && !wish.path; i++) {
		const struct config_vm *vm = &plan->system->vm[i];

		if (!vm->valid || vm->machine != CONFIG_MACHINE_VIRT)
			continue;
		format_text(path, sizeof(path), "/vms/%s", vm->name);
		wish.path = path;
		(void)!grant(plan, &wish, &plan->blank);
	}
}

void plan_common(struct plan *plan)
{
	const struct system_config *system = plan->system;
	char path[PLAN_PATH_MAX];

	for (unsigned i = 0; i < system->vm_count; i++)
		if (is_fixed(&system->vm[i]))
			fix(plan, i);
	for (unsigned s = 0; s < system->shared_count; s++) {
		struct plan_wish wish = {path, "size", PLAN_SHARED, system->shared[s].size,
								 system->shared[s].size < BLOCK_SIZE ? PAGE_SIZE : BLOCK_SIZE};

		format_text(path, sizeof(path), "/shared-memory/%s", system->shared[s].name);
		if (wish.size) /* else it has a mistake, which was reported */
			(void)!grant(plan, &wish, &plan->shared[s]);
	}
	take_blank(plan);
}

static enum err take_memory(struct plan_work *work)
{
	const struct config_vm *config = work->config;
	struct plan_wish wish = {work->path, "memory-size", PLAN_MEMORY, config->memory_size, BLOCK_SIZE};
	enum err result = is_fixed(config) ? ram_granted(&work->plan->fixed[work->index], &work->out->memory)
									   : plan_take(work->plan, &wish, &work->out->memory);

	work->out->ram_ipa = config->memory_identity ? work->out->memory.v : config->memory_ipa;
	if (result == OK && config->memory_identity)
		result = config_check_space(work->plan->system, config, work->out->ram_ipa, work->plan->report);
	return result;
}

/* Each VM has its own: a copy, since what is mapped begins and ends with a page. */
static enum err take_firmware(struct plan_work *work)
{
	uint64_t size = config_firmware_size(work->config);
	struct plan_wish wish = {work->path, "firmware", PLAN_MEMORY, size,
							 size < BLOCK_SIZE ? PAGE_SIZE : BLOCK_SIZE};

	return size ? plan_take(work->plan, &wish, &work->out->firmware) : OK;
}

static enum err take_vcpu_pages(struct plan_work *work)
{
	uint64_t size = vcpu_pages_size(work->config);
	struct plan_wish wish = {work->path, "the pages of its vCPUs", PLAN_REST, size, PAGE_SIZE};

	return size ? plan_take(work->plan, &wish, &work->out->vcpu_pages) : OK;
}

static bool is_seeded(const struct plan_work *work)
{
	return !work->config->tree.data && (work->config->seeds == CONFIG_SEEDS_WEAK ||
										(work->config->seeds == CONFIG_SEEDS_RANDOM && work->plan->random));
}

static enum err make_tree(struct plan_work *work)
{
	struct plan_wish wish = {work->path, "its device tree", PLAN_REST, TREE_SIZE_MAX, PAGE_SIZE};
	struct tree_source source = {
		.system = work->plan->system,
		.vm = work->config,
		.host = work->plan->host,
		.ram_ipa = work->out->ram_ipa,
		.seeded = work->out->seeded,
	};
	pa_t room;
	void *data;
	enum err result = plan_take(work->plan, &wish, &room);

	if (result != OK)
		return result;
	data = work->plan->reach(room, TREE_SIZE_MAX);
	if (!data)
		return ERR_NO_MEMORY;
	work->out->tree.data = data;
	return tree_build(&source, data, TREE_SIZE_MAX, &work->out->tree.size, work->plan->report);
}

/* When the tree's length is known; and the tree says where the ramdisk is. */
static enum err place(struct plan_work *work)
{
	struct plan_vm *out = work->out;
	enum err result =
		config_place(work->config, out->ram_ipa, out->tree.size, &out->placement, work->plan->report);

	if (result == OK)
		tree_place_ramdisk((void *)(uintptr_t)out->tree.data, out->placement.ramdisk);
	return result;
}

static enum err take_vcpus(struct plan_work *work)
{
	struct plan_wish wish = {work->path, "cpus", PLAN_REST, plan_vcpu_size(), PAGE_SIZE};
	enum err result = OK;

	for (unsigned v = 0; v < work->config->vcpu_count && result == OK; v++)
		result = plan_take(work->plan, &wish, &work->out->vcpu[v]);
	return result;
}

static enum err plan_all(struct plan_work *work)
{
	enum err result = take_memory(work);

	if (result == OK)
		result = take_firmware(work);
	if (result == OK)
		result = take_vcpu_pages(work);
	if (result == OK)
		result = plan_make_stage2(work);
	work->out->seeded = is_seeded(work);
	if (result == OK)
		result = make_tree(work);
	if (result == OK)
		result = place(work);
	if (result == OK)
		result = take_vcpus(work);
	return result;
}

/* Gives back all that a VM took before something did not fit. */
static void give_back(struct plan *plan, const struct ram *before, unsigned index)
{
	struct ram_piece fixed = plan->fixed[index].piece;

	plan->ram = *before;
	plan->fixed[index] = (struct ram_grant){{0}};
	(void)!ram_add(&plan->ram, fixed.base,
				   fixed.size); /* fails only if RAM is in too many pieces: it is unused */
}

enum err plan_vm(struct plan *plan, unsigned index, struct plan_vm *out)
{
	struct ram before = plan->ram;
	struct plan_vm planned = {0};
	struct plan_work work = {
		.plan = plan, .config = &plan->system->vm[index], .index = index, .out = &planned};
	enum err result;

	format_text(work.path, sizeof(work.path), "/vms/%s", work.config->name);
	result = plan_all(&work);
	if (result != OK) {
		give_back(plan, &before, index);
		return result;
	}
	plan->registers[index] = config_owned_devices(work.config);
	*out = planned;
	return OK;
}
