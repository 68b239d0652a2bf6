/* SPDX-License-Identifier: Apache-2.0 */
/* How boot would divide the machine's RAM, by the code that does it at boot. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bits.h"
#include "sbx.h"

#define MIB (UINT64_C(1) << 20)
/* Where QEMU puts things, as other boot loaders do or may: Linux, "Booting AArch64 Linux", leaves it open. */
#define IMAGE_OFFSET (2 * MIB)
#define RAMDISK_OFFSET_MAX (128 * MIB)
#define TREE_ALIGN (2 * MIB)

/* Of the header of an arm64 Image. */
#define HEADER_SIZE 64
#define HEADER_IMAGE_SIZE 16
#define HEADER_MAGIC 56

/* Bytes of the hypervisor's image in memory; 0, with a message, when it cannot be read. */
static uint64_t image_size(void)
{
	unsigned char header[HEADER_SIZE] = {0};
	uint64_t size = 0;
	FILE *image = fopen(sbx_image_path(), "rb");
	bool fine = image != NULL && fread(header, sizeof(header), 1, image) == 1 &&
				memcmp(header + HEADER_MAGIC, "ARM\x64", 4) == 0;

	if (image != NULL)
		fclose(image);
	if (!fine)
		sbx_say("%s: is no hypervisor image; the memory of Signalbox itself is not counted",
				sbx_image_path());
	for (unsigned i = 8; fine && i-- > 0;)
		size = size << 8 | header[HEADER_IMAGE_SIZE + i];
	return size;
}

/*
 * Returns the place of the machine's tree. The description goes where the tree says, or where QEMU would put
 * it.
 */
static pa_t place_description(struct host *host, uint64_t image_end, uint64_t description_size)
{
	uint64_t base = host->ram[0].base, half = host->ram[0].size / 2;

	if (host->initrd_size == 0) {
		host->initrd.v = base + (half < RAMDISK_OFFSET_MAX ? half : RAMDISK_OFFSET_MAX);
		if (host->initrd.v < image_end)
			host->initrd.v = align_up(image_end, PAGE_SIZE);
	}
	host->initrd_size = description_size;
	return (pa_t){align_up(host->initrd.v + host->initrd_size, TREE_ALIGN)};
}

/* Translation tables and device trees are really made, but in memory of the workstation. */
static void *reach(pa_t pa, uint64_t size)
{
	(void)pa;
	return aligned_alloc(align_up(size, PAGE_SIZE) & -align_up(size, PAGE_SIZE), align_up(size, PAGE_SIZE));
}

static unsigned long long kib(uint64_t bytes)
{
	return align_up(bytes, 1024) / 1024;
}

/* If something does not fit: reports how much is needed in all. */
static void say_sum(const struct plan *plan)
{
	uint64_t sum = 0;

	for (unsigned use = 0; use < PLAN_USE_COUNT; use++)
		sum += plan->wanted[use];
	if (!plan->lacking || !plan->host)
		return;
	report_line(plan->report,
				"/: %llu KiB of RAM are needed: %llu for Signalbox, the description and what the machine "
				"reserves, %llu for VMs, %llu shared, %llu for translation tables, device trees and vCPUs; "
				"the machine has %llu KiB, %llu %s",
				kib(sum), kib(plan->wanted[PLAN_OWN]), kib(plan->wanted[PLAN_MEMORY]),
				kib(plan->wanted[PLAN_SHARED]), kib(plan->wanted[PLAN_REST]), kib(plan->total),
				kib(sum > plan->total ? sum - plan->total : plan->total - sum),
				sum > plan->total ? "too few" : "more, but not where or in the pieces that are needed");
}

/* Where memory has a fixed place, so have the parts. */
static bool plan_one(struct sbx_check *check, unsigned index)
{
	static struct plan_vm planned;
	const struct config_vm *vm = &check->system.vm[index];

	if (plan_vm(&check->plan, index, &planned) != OK)
		return false;
	check->placement[index] = planned.placement;
	if (!vm->memory_identity || vm->memory_ipa_given)
		check->placed |= UINT32_C(1) << index;
	return true;
}

bool sbx_plan(struct sbx_check *check)
{
	struct plan *plan = &check->plan;
	struct host_range image = {0, 0};
	pa_t tree = {0};
	bool fine;

	*plan = (struct plan){.system = &check->system,
						  .report = &check->report,
						  .ipa_bits = CONFIG_IPA_BITS,
						  .random = true,
						  .reach = reach};
	if (check->host_known) {
		plan->host = &check->host;
		image = (struct host_range){check->host.ram[0].base + IMAGE_OFFSET, image_size()};
		tree = place_description(&check->host, image.base + image.size, check->description.size);
	}
	fine = plan_machine(plan, image, tree) == OK;
	if (!fine)
		sbx_say("the machine's memory map has too many pieces");
	plan_common(plan);
	for (unsigned i = 0; i < check->system.vm_count; i++)
		if (check->system.vm[i].valid && !plan_one(check, i))
			fine = false;
	say_sum(plan);
	return fine && !plan->lacking;
}
