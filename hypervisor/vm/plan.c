/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/plan.h"

#include <string.h>

#include "base/bits.h"
#include "base/format.h"
#include "vm/blank.h"
#include "vm/layout.h"
#include "vm/stage2.h"
#include "vm/tree.h"

#define STACK_SIZE UINT64_C(0x4000) /* of a vCPU at EL2, below its struct vcpu */
#define PATH_MAX_BYTES 96
#define ENDLESS BIT(46)

static struct plan *planning; /* whose RAM tables are made of: table_map() has no parameter for it */

/* Which VM or memory wants it, and by which of its properties. */
struct wish {
	const char *path, *property;
	enum plan_use use;
	uint64_t size, align;
};

uint64_t plan_vcpu_size(void)
{
	return align_up(STACK_SIZE + align_up(sizeof(struct vcpu), 16), PAGE_SIZE);
}

static enum err grant(struct plan *plan, const struct wish *wish, struct ram_grant *out)
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

static enum err take(struct plan *plan, const struct wish *wish, pa_t *out)
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
	struct wish wish = {NULL, "machine", PLAN_SHARED, BLANK_MEMORY_SIZE, BLANK_MEMORY_ALIGN};
	char path[PATH_MAX_BYTES];

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
	char path[PATH_MAX_BYTES];

	for (unsigned i = 0; i < system->vm_count; i++)
		if (is_fixed(&system->vm[i]))
			fix(plan, i);
	for (unsigned s = 0; s < system->shared_count; s++) {
		struct wish wish = {path, "size", PLAN_SHARED, system->shared[s].size,
							system->shared[s].size < BLOCK_SIZE ? PAGE_SIZE : BLOCK_SIZE};

		format_text(path, sizeof(path), "/shared-memory/%s", system->shared[s].name);
		if (wish.size) /* else it has a mistake, which was reported */
			(void)!grant(plan, &wish, &plan->shared[s]);
	}
	take_blank(plan);
}

static void *page_take(void)
{
	struct plan *plan = planning;
	pa_t page;
	void *reached;

	plan->wanted[PLAN_REST] += PAGE_SIZE;
	if (ram_take(&plan->ram, PAGE_SIZE, PAGE_SIZE, &page) != OK) {
		plan->lacking = true;
		return NULL;
	}
	reached = plan->reach(page, PAGE_SIZE);
	if (reached)
		memset(reached, 0, PAGE_SIZE);
	return reached;
}

/* A VM while it is planned. */
struct work {
	struct plan *plan;
	const struct config_vm *config;
	unsigned index;
	char path[PATH_MAX_BYTES];
	struct plan_vm *out;
};

static enum err take_memory(struct work *work)
{
	const struct config_vm *config = work->config;
	struct wish wish = {work->path, "memory-size", PLAN_MEMORY, config->memory_size, BLOCK_SIZE};
	enum err result = is_fixed(config) ? ram_granted(&work->plan->fixed[work->index], &work->out->memory)
									   : take(work->plan, &wish, &work->out->memory);

	work->out->ram_ipa = config->memory_identity ? work->out->memory.v : config->memory_ipa;
	if (result == OK && config->memory_identity)
		result = config_check_space(config, work->out->ram_ipa, work->plan->report);
	return result;
}

/* config_read() has checked it; here a mistake would have consequences. */
static enum err check_pages(const struct work *work)
{
	const struct plan *plan = work->plan;
	struct config_rival rival;

	for (unsigned d = 0; d < work->config->device_count; d++) {
		if (!config_find_rival(plan->system, plan->registers, work->index, &work->config->device[d], &rival))
			continue;
		report_line(plan->report, "%s: \"%s\" shares a page of registers, 0x%llx, with \"%s\" of %s",
					work->path, work->config->device[d].path, (unsigned long long)rival.page,
					rival.device->path, plan->system->vm[rival.vm].name);
		return ERR_CONFLICT;
	}
	return OK;
}

/*
 * Maps, and unmaps again, a device that the VM may be given later: its tables of stage 2 stay, and then no
 * memory is needed.
 */
static enum err map_device(struct table *stage2, const struct config_device *device)
{
	enum err result = stage2_map_device(stage2, device);

	return result == OK && device->received ? stage2_unmap_device(stage2, device) : result;
}

/* Devices that the VM has from the start come last, so that they stay mapped where pages are shared. */
static enum err map_devices(struct work *work)
{
	const struct config_vm *config = work->config;
	enum err result = OK;

	for (unsigned received = 2; received-- > 0;)
		for (unsigned d = 0; d < config->device_count && result == OK; d++)
			if (config->device[d].received == received)
				result = map_device(&work->out->stage2, &config->device[d]);
	return result;
}

/* ERR_NOT_FOUND, and a report: there is no RAM for a shared memory of the VM. */
static enum err map_shared(struct work *work)
{
	const struct plan *plan = work->plan;
	enum err result = OK;

	for (unsigned s = 0; s < work->config->share_count && result == OK; s++) {
		const struct config_share *share = &work->config->share[s];
		unsigned access = share->read_only ? TABLE_READ : TABLE_READ | TABLE_WRITE;
		pa_t memory;

		if (ram_granted(&plan->shared[share->shared], &memory) != OK) {
			report_line(plan->report, "%s/shared-memory/%s: there is no RAM for it", work->path,
						plan->system->shared[share->shared].name);
			return ERR_NOT_FOUND;
		}
		result = table_map(&work->out->stage2, share->ipa, memory.v, share->size, access);
	}
	return result;
}

/* ERR_NOT_FOUND, and a report: there is no RAM for what is read. */
static enum err map_blank(struct work *work)
{
	pa_t memory;

	if (work->config->machine != CONFIG_MACHINE_VIRT)
		return OK;
	if (ram_granted(&work->plan->blank, &memory) == OK)
		return blank_map(&work->out->stage2, work->config, memory);
	report_line(work->plan->report, "%s: machine: there is no RAM for its erased flash", work->path);
	return ERR_NOT_FOUND;
}

static enum err fill_stage2(struct work *work)
{
	enum err result = table_map(&work->out->stage2, work->out->ram_ipa, work->out->memory.v,
								work->config->memory_size, TABLE_READ | TABLE_WRITE | TABLE_EXECUTE);

	if (result == OK)
		result = map_devices(work);
	if (result == OK)
		result = map_shared(work);
	if (result == OK)
		result = map_blank(work);
	if (result == ERR_RANGE)
		report_line(work->plan->report,
					"%s: it has something beyond 2^%u, the last guest address on this machine", work->path,
					work->plan->ipa_bits);
	else if (result == ERR_NO_MEMORY)
		report_line(work->plan->report,
					"%s: no RAM is left for translation tables; give it less, or the "
					"machine more",
					work->path);
	else if (result != OK && result != ERR_NOT_FOUND)
		report_line(work->plan->report, "%s: two of its memories or devices overlap", work->path);
	return result;
}

static enum err make_stage2(struct work *work)
{
	struct wish wish = {work->path, "translation tables", PLAN_REST, 2 * PAGE_SIZE, 2 * PAGE_SIZE};
	enum err result = check_pages(work);
	void *root;

	if (result == OK)
		result = take(work->plan, &wish, &work->out->stage2_root);
	if (result != OK)
		return result;
	root = work->plan->reach(work->out->stage2_root, wish.size);
	if (!root)
		return ERR_NO_MEMORY;
	memset(root, 0, wish.size);
	table_init(&work->out->stage2, root, work->plan->ipa_bits, true, page_take);
	return fill_stage2(work);
}

static bool is_seeded(const struct work *work)
{
	return !work->config->tree.data && (work->config->seeds == CONFIG_SEEDS_WEAK ||
										(work->config->seeds == CONFIG_SEEDS_RANDOM && work->plan->random));
}

static enum err make_tree(struct work *work)
{
	struct wish wish = {work->path, "its device tree", PLAN_REST, TREE_SIZE_MAX, PAGE_SIZE};
	struct tree_source source = {
		.system = work->plan->system,
		.vm = work->config,
		.host = work->plan->host,
		.ram_ipa = work->out->ram_ipa,
		.placement = &work->out->placement,
		.seeded = work->out->seeded,
	};
	void *data;
	pa_t room;
	enum err result = config_place(work->config, work->out->ram_ipa, TREE_SIZE_MAX, &work->out->placement,
								   work->plan->report);

	if (result == OK)
		result = take(work->plan, &wish, &room);
	if (result != OK)
		return result;
	data = work->plan->reach(room, TREE_SIZE_MAX);
	if (!data)
		return ERR_NO_MEMORY;
	work->out->tree.data = data;
	return tree_build(&source, data, TREE_SIZE_MAX, &work->out->tree.size, work->plan->report);
}

static enum err take_vcpus(struct work *work)
{
	struct wish wish = {work->path, "cpus", PLAN_REST, plan_vcpu_size(), PAGE_SIZE};
	enum err result = OK;

	for (unsigned v = 0; v < work->config->vcpu_count && result == OK; v++)
		result = take(work->plan, &wish, &work->out->vcpu[v]);
	return result;
}

static enum err plan_all(struct work *work)
{
	enum err result = take_memory(work);

	if (result == OK)
		result = make_stage2(work);
	work->out->seeded = is_seeded(work);
	if (result == OK)
		result = make_tree(work);
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
	struct work work = {.plan = plan, .config = &plan->system->vm[index], .index = index, .out = &planned};
	enum err result;

	planning = plan;
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
