/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/regions.h"

#include "base/bits.h"
#include "vm/layout.h"

#define REDISTRIBUTORS_SIZE_MAX (VCPU_PER_VM_MAX * GUEST_GICR_STRIDE)

_Static_assert(GUEST_GICD_BASE + GUEST_GICD_SIZE <= GUEST_GICR_BASE, "regions are sorted and apart");
_Static_assert(GUEST_GICR_BASE + GUEST_GICR_RESERVED_SIZE <= GUEST_UART_BASE, "regions are sorted and apart");
_Static_assert(GUEST_UART_BASE + GUEST_UART_SIZE <= GUEST_RTC_BASE, "regions are sorted and apart");
_Static_assert(GUEST_RTC_BASE + GUEST_RTC_SIZE <= GUEST_FWCFG_BASE, "regions are sorted and apart");
_Static_assert(GUEST_FWCFG_BASE + GUEST_FWCFG_SIZE <= GUEST_GPIO_BASE, "regions are sorted and apart");
_Static_assert(REDISTRIBUTORS_SIZE_MAX <= GUEST_GICR_RESERVED_SIZE, "each vCPU has a redistributor");

static const struct region_row {
	uint64_t base;
	uint32_t size; /* GICR: of each vCPU */
	struct region_facts facts;
} rows[REGION_KIND_COUNT] = {
	[REGION_GICD] = {GUEST_GICD_BASE, GUEST_GICD_SIZE, {"the GIC distributor", NULL, GUEST_GICD_SIZE, 0}},
	[REGION_GICR] = {GUEST_GICR_BASE,
					 GUEST_GICR_STRIDE,
					 {"the GIC redistributors", NULL, GUEST_GICR_RESERVED_SIZE, 0}},
	[REGION_UART] = {GUEST_UART_BASE,
					 GUEST_UART_SIZE,
					 {"the console", "set console = \"none\"", GUEST_UART_SIZE, GUEST_UART_INTID}},
	[REGION_RTC] = {GUEST_RTC_BASE,
					GUEST_RTC_SIZE,
					{"the clock of machine = \"virt\"", REGIONS_NOT_VIRT, GUEST_RTC_SIZE, GUEST_RTC_INTID}},
	[REGION_FWCFG] = {GUEST_FWCFG_BASE,
					  GUEST_FWCFG_SIZE,
					  {"the fw_cfg of machine = \"virt\"", REGIONS_NOT_VIRT, GUEST_FWCFG_SIZE, 0}},
	[REGION_GPIO] = {GUEST_GPIO_BASE,
					 GUEST_GPIO_SIZE,
					 {"the GPIO of machine = \"virt\"", REGIONS_NOT_VIRT, GUEST_GPIO_SIZE, GUEST_GPIO_INTID}},
};

/* Has the VM, or may it be given, a device of the machine at the same place or with the same interrupt? */
static bool is_replaced(const struct config_vm *vm, const struct region_row *row)
{
	for (unsigned d = 0; d < vm->device_count; d++)
		if (config_device_is_at(&vm->device[d], row->base, row->size))
			return true;
	return config_device_of(vm, row->facts.intid) != NULL;
}

static bool has(const struct config_vm *vm, enum region_kind kind)
{
	switch (kind) {
	case REGION_UART:
		return vm->console == CONFIG_CONSOLE_EMULATED;
	case REGION_RTC:
	case REGION_FWCFG:
	case REGION_GPIO:
		return vm->machine == CONFIG_MACHINE_VIRT && !is_replaced(vm, &rows[kind]);
	default:
		return true;
	}
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
