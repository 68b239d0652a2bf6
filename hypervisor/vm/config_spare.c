/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupt numbers that nothing on the machine uses. Where a VM's interrupts come directly, the physical
 * interrupt controller brings it those of emulated devices too: by numbers that no device drives.
 */
#include "base/bits.h"
#include "machine/api/gic.h"
#include "vm/config.h"
#include "vm/layout.h"

/* One bit for each INTID that somebody has. */
struct taken {
	uint32_t word[(GIC_INTID_MAX + 31) / 32];
};

static void take(struct taken *taken, uint32_t intid)
{
	if (intid < GIC_INTID_MAX)
		taken->word[intid / 32] |= 1u << intid % 32;
}

static bool is_taken(const struct taken *taken, uint32_t intid)
{
	return taken->word[intid / 32] >> intid % 32 & 1;
}

/* Everything that the host tree connects to the GIC: those of disabled devices too, which may drive them. */
static void take_host(struct taken *taken, const struct host *host)
{
	struct host_interrupt interrupt;
	struct host_walk walk;
	uint32_t intid;
	bool edge;

	host_walk_start(&walk, host->tree);
	while (host_walk_next(&walk)) {
		for (unsigned n = 0; host_walk_interrupt(&walk, n, &interrupt) == OK; n++) {
			if (interrupt.controller == host->gic_node &&
				host_decode_interrupt(interrupt.cells, &intid, &edge) == OK)
				take(taken, intid);
		}
	}
}

/* What VMs have beside devices, whose interrupts are the host's. */
static void take_doorbells(struct taken *taken, const struct system_config *system)
{
	for (unsigned v = 0; v < system->vm_count; v++) {
		for (unsigned s = 0; s < system->vm[v].share_count; s++)
			take(taken, system->vm[v].share[s].doorbell);
	}
}

/* Has an emulated device of the VM the number, and may it come directly? */
static bool may_need(const struct config_vm *vm, uint32_t intid)
{
	bool found = vm->console == CONFIG_CONSOLE_EMULATED && vm->uart_intid == intid;

	for (unsigned s = 0; s < vm->share_count; s++)
		found |= vm->share[s].doorbell == intid;
	return found && (vm->permissions & CONFIG_MAY_BE_DIRECT);
}

bool config_is_spare(const struct system_config *system, const struct host *host, uint32_t intid)
{
	struct taken taken = {0};
	unsigned users = 0;

	if (intid < GIC_PRIVATE_COUNT || intid >= GIC_INTID_MAX)
		return false;
	for (unsigned v = 0; v < system->vm_count; v++)
		users += may_need(&system->vm[v], intid);
	take_host(&taken, host);
	return users <= 1 && !is_taken(&taken, intid);
}

/* A tree of the VM's own says itself which interrupt its console has. */
static bool wants_spare(const struct config_vm *vm)
{
	return (vm->permissions & CONFIG_MAY_BE_DIRECT) && vm->console == CONFIG_CONSOLE_EMULATED &&
		   !vm->tree.data;
}

void config_choose_spares(struct system_config *system, const struct host *host, unsigned intid_count)
{
	uint32_t intid = intid_count < GIC_INTID_MAX ? intid_count : GIC_INTID_MAX;
	struct taken taken = {0};

	take_host(&taken, host);
	take_doorbells(&taken, system);
	for (unsigned v = 0; v < system->vm_count; v++) {
		if (!wants_spare(&system->vm[v]))
			continue;
		do {
			if (intid <= GIC_PRIVATE_COUNT)
				return;
			intid--;
		} while (is_taken(&taken, intid));
		system->vm[v].uart_intid = intid;
	}
}
