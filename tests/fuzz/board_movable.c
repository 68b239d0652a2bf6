/* SPDX-License-Identifier: Apache-2.0 */
/* A board on which devices go from one VM to another. */
#include <string.h>

#include "board.h"
#include "vm/layout.h"
#include "vm/stage2.h"

static _Alignas(2 * PAGE_SIZE) uint8_t roots[2][2 * PAGE_SIZE];
static _Alignas(PAGE_SIZE) uint8_t table_pages[8][PAGE_SIZE];
static unsigned table_pages_used;

static void *take_page(void)
{
	return table_pages_used < ARRAY_COUNT(table_pages) ? table_pages[table_pages_used++] : NULL;
}

/* As the description says it, and as boot makes it. */
static void make_device(unsigned owner, struct config_device device)
{
	for (unsigned v = 0; v < 2; v++) {
		struct vm *vm = &box.vm[v];
		struct config_vm *config = &box.config.vm[v];

		device.received = v != owner;
		config->device[config->device_count++] = device;
		if (stage2_map_device(&vm->stage2, &device) != OK ||
			(v != owner && stage2_unmap_device(&vm->stage2, &device) != OK))
			board_fail("registers of a device do not fit");
		for (unsigned i = 0; v != owner && i < device.irq_count; i++)
			vgic_expect(&vm->vgic, device.irq[i].intid, device.irq[i].edge);
		box.registers[v] = config_owned_devices(config);
	}
}

void board_make_movable(const struct board_setup *setup)
{
	struct config_device device = {.node = 1, .reg = {{BOARD_DEVICE_BASE, PAGE_SIZE}}, .reg_count = 1};

	table_pages_used = 0;
	memset(roots, 0, sizeof(roots));
	memset(table_pages, 0, sizeof(table_pages));
	box.vm_count = box.config.vm_count = 2;
	box.config.housekeeping = PCPU_MAX - 1; /* where nobody is */
	box.host.timer_virtual_intid = GUEST_VIRTUAL_TIMER_INTID;
	for (unsigned v = 0; v < 2; v++) {
		box.config.vm[v].permissions = setup->permissions[v];
		box.config.vm[v].disturbance_percent = 100;
		table_init(&box.vm[v].stage2, roots[v], 40, true, take_page);
	}
	for (uint32_t intid = BOARD_LEVEL_INTID; intid <= BOARD_LAST_INTID; intid++)
		device.irq[device.irq_count++] =
			(struct config_irq){.intid = intid, .edge = intid != BOARD_LEVEL_INTID};
	make_device(0, device);
	make_device(1, (struct config_device){.node = 2,
										  .reg = {{BOARD_DEVICE_BASE + PAGE_SIZE, PAGE_SIZE}},
										  .reg_count = 1,
										  .irq = {{.intid = BOARD_NEIGHBOUR_INTID, .edge = true}},
										  .irq_count = 1});
}
