/* SPDX-License-Identifier: Apache-2.0 */
/* What a VM reaches of the machine: its table of stage 2. */
#include <string.h>

#include "base/bits.h"
#include "vm/blank.h"
#include "vm/plan_work.h"
#include "vm/stage2.h"
#include "vm/vcpu_pages.h"

static struct plan *planning; /* whose RAM tables are made of: table_map() has no parameter for it */

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

/* config_read() has checked it; here a mistake would have consequences. */
static enum err check_pages(const struct plan_work *work)
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
static enum err map_devices(struct plan_work *work)
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
static enum err map_shared(struct plan_work *work)
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
static enum err map_blank(struct plan_work *work)
{
	pa_t memory;

	if (work->config->machine != CONFIG_MACHINE_VIRT)
		return OK;
	if (ram_granted(&work->plan->blank, &memory) == OK)
		return blank_map(&work->out->stage2, work->config, memory);
	report_line(work->plan->report,
				"%s: machine: there is no RAM for its erased flash, empty transports and empty PCI bus",
				work->path);
	return ERR_NOT_FOUND;
}

static enum err fill_stage2(struct plan_work *work)
{
	enum err result = table_map(&work->out->stage2, work->out->ram_ipa, work->out->memory.v,
								work->config->memory_size, TABLE_READ | TABLE_WRITE | TABLE_EXECUTE);

	if (result == OK)
		result = map_devices(work);
	if (result == OK)
		result = map_shared(work);
	if (result == OK)
		result = vcpu_pages_map(&work->out->stage2, work->config, work->out->vcpu_pages);
	if (result == OK)
		result = blank_map_firmware(&work->out->stage2, work->config, work->out->firmware);
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

enum err plan_make_stage2(struct plan_work *work)
{
	struct plan_wish wish = {work->path, "translation tables", PLAN_REST, 2 * PAGE_SIZE, 2 * PAGE_SIZE};
	enum err result = check_pages(work);
	void *root;

	if (result == OK)
		result = plan_take(work->plan, &wish, &work->out->stage2_root);
	if (result != OK)
		return result;
	planning = work->plan;
	root = work->plan->reach(work->out->stage2_root, wish.size);
	if (!root)
		return ERR_NO_MEMORY;
	memset(root, 0, wish.size);
	table_init(&work->out->stage2, root, work->plan->ipa_bits, true, page_take);
	return fill_stage2(work);
}
