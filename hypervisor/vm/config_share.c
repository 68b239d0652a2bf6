/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that several VMs see: the regions of the system, and how each VM sees them. */
#include <string.h>

#include "base/bits.h"
#include "base/format.h"
#include "machine/api/gic_registers.h"
#include "vm/config_check.h"
#include "vm/layout.h"

static const char *const none[] = {NULL};

/* A region with a mistake keeps its name and has size 0. */
static void read_region(struct config_check *check, const char *name)
{
	static const char *const properties[] = {"size", NULL};
	struct config_shared *region = &check->out->shared[check->out->shared_count];
	uint64_t size;

	if (!config_check_name(check, name))
		return;
	if (check->out->shared_count == CONFIG_SHARED_MAX) {
		config_mistake(check, NULL, "is one too many: a system has at most %d shared memories",
					   CONFIG_SHARED_MAX);
		return;
	}
	check->out->shared_count++;
	format_text(region->name, sizeof region->name, "%s", name);
	config_check_names(check, properties, none);
	if (!config_number(check, "size", &size) || size == 0)
		config_mistake(check, "size", "give the size in bytes, as <0x10000> for 64 KiB");
	else if (!is_aligned(size, PAGE_SIZE) || size > BIT(CONFIG_IPA_BITS))
		config_mistake(check, "size", "0x%llx is not a multiple of 4 KiB up to 2^%d bytes",
					   (unsigned long long)size, CONFIG_IPA_BITS);
	else
		region->size = size;
}

void config_read_regions(struct config_check *check)
{
	config_read_nodes(check, "shared-memory", read_region);
}

/* The index of a region, or -1. */
static int find_region(struct config_check *check, const char *name)
{
	const struct system_config *system = check->out;
	const char *names[CONFIG_SHARED_MAX + 1] = {NULL};
	const char *nearest;

	for (unsigned i = 0; i < system->shared_count; i++) {
		if (!strcmp(system->shared[i].name, name))
			return (int)i;
		names[i] = system->shared[i].name;
	}
	nearest = config_nearest_name(name, names);
	if (nearest)
		config_mistake(check, NULL, "there is no /shared-memory/%s; did you mean %s?", name, nearest);
	else
		config_mistake(check, NULL, "there is no /shared-memory/%s; describe it there with its size", name);
	return -1;
}

static uint32_t read_doorbell(struct config_check *check)
{
	uint64_t spi;

	if (!config_number(check, "doorbell", &spi))
		return 0;
	if (spi < GIC_INTID_MAX - GIC_PRIVATE_COUNT)
		return GIC_PRIVATE_COUNT + (uint32_t)spi;
	config_mistake(check, "doorbell", "%llu is no shared interrupt; SPIs are 0 to %d",
				   (unsigned long long)spi, GIC_INTID_MAX - GIC_PRIVATE_COUNT - 1);
	return 0;
}

/* The address of a region in every VM that names no other: one region after the other. */
static uint64_t default_address(const struct system_config *system, unsigned shared)
{
	uint64_t address = GUEST_SHARED_BASE;

	for (unsigned i = 0; i < shared; i++)
		address += system->shared[i].size;
	return address;
}

static void read_share(struct config_check *check, const char *name)
{
	static const char *const properties[] = {"address", "doorbell", "read-only", NULL};
	struct config_share share = {0};
	int region = find_region(check, name);
	uint64_t size;

	config_check_names(check, properties, none);
	if (region < 0)
		return;
	size = check->out->shared[region].size;
	if (size == 0) {
		config_mistake(check, NULL, "/shared-memory/%s has a mistake", name);
		return;
	}
	share.shared = (unsigned)region;
	share.size = size;
	share.doorbell = read_doorbell(check);
	share.read_only = config_flag(check, "read-only");
	share.ipa = default_address(check->out, share.shared);
	if (config_number(check, "address", &share.ipa)) {
		if (!is_aligned(share.ipa, PAGE_SIZE) || share.ipa > BIT(CONFIG_IPA_BITS) - size) {
			config_mistake(check, "address", "0x%llx is not a multiple of 4 KiB below 2^%d",
						   (unsigned long long)share.ipa, CONFIG_IPA_BITS);
			return;
		}
	} else if (share.ipa + size > GUEST_SHARED_BASE + GUEST_SHARED_SIZE) {
		config_mistake(check, "address", "is missing: the 16 MiB for shared memories without one are full");
		return;
	}
	if (check->vm->share_count < CONFIG_SHARED_MAX)
		check->vm->share[check->vm->share_count++] = share;
}

void config_read_shares(struct config_check *check)
{
	config_read_nodes(check, "shared-memory", read_share);
}
