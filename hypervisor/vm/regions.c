/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/regions.h"

#include "vm/layout.h"

#define REDISTRIBUTORS_SIZE_MAX (VCPU_PER_VM_MAX * GUEST_GICR_STRIDE)

_Static_assert(GUEST_GICD_BASE + GUEST_GICD_SIZE <= GUEST_GICR_BASE, "regions are sorted and apart");
_Static_assert(GUEST_GICR_BASE + GUEST_GICR_RESERVED_SIZE <= GUEST_UART_BASE, "regions are sorted and apart");
_Static_assert(REDISTRIBUTORS_SIZE_MAX <= GUEST_GICR_RESERVED_SIZE, "each vCPU has a redistributor");

static const struct region_row {
	uint64_t base;
	uint32_t size; /* GICR: of each vCPU */
	struct region_facts facts;
} rows[REGION_KIND_COUNT] = {
	[REGION_GICD] = {GUEST_GICD_BASE,
					 GUEST_GICD_SIZE,
					 {"the GIC distributor", "it cannot be passed through", GUEST_GICD_SIZE}},
	[REGION_GICR] = {GUEST_GICR_BASE,
					 GUEST_GICR_STRIDE,
					 {"the GIC redistributors", "it cannot be passed through", GUEST_GICR_RESERVED_SIZE}},
	[REGION_UART] = {GUEST_UART_BASE,
					 GUEST_UART_SIZE,
					 {"the console", "console = \"none\" makes room", GUEST_UART_SIZE}},
};

static bool has(const struct config_vm *vm, enum region_kind kind)
{
	return kind != REGION_UART || vm->console == CONFIG_CONSOLE_EMULATED;
}

static uint32_t size_of(const struct config_vm *vm, enum region_kind kind)
{
	return kind == REGION_GICR ? rows[kind].size * vm->vcpu_count : rows[kind].size;
}

void regions_make(struct regions *regions, const struct config_vm *vm)
{
	struct region *region = regions->region;

	for (enum region_kind kind = 0; kind < REGION_KIND_COUNT; kind++)
		if (has(vm, kind))
			*region++ = (struct region){rows[kind].base, size_of(vm, kind), kind};
	*region = (struct region){0};
}

const struct region_facts *regions_facts(enum region_kind kind)
{
	return &rows[kind].facts;
}

const struct region *regions_of_kind(const struct regions *regions, enum region_kind kind)
{
	for (const struct region *region = regions->region; region->base; region++)
		if (region->kind == kind)
			return region;
	return NULL;
}
