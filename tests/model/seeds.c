/* SPDX-License-Identifier: Apache-2.0 */
#include "seeds.h"

#include <stdio.h>
#include <string.h>

#include "modes.h"

enum seed {
	DISABLED_ACTIVE,
	DISABLED_TAKEN,
	ALL_ACTIVE,
	UNLISTED_ENDS,
	TWO_UNLISTED,
	COUNTED,
	SGI_TWICE,
	SGI_ACTIVE,
	LEVEL_FALLS,
	REROUTE_PENDING,
	REROUTE_ACTIVE,
	EDGE_ACTIVE,
	LEVEL_PENDED,
	UNPEND_RAISED,
	LATE,
	GROUP_OFF,
	MOVE_WAITING,
	MOVE_TAKEN,
	MOVE_REFUSED,
	MOVE_FORCED,
	MOVE_BACK,
	MOVE_PENDED,
	MOVE_OFF,
	MOVE_STOPS,
	MODE_TAKEN,
	MODE_REFUSED,
	MODE_DISABLED,
	MODE_LEVEL,
	MOVE_TO_DIRECT,
	MOVE_FROM_DIRECT,
	SEED_COUNT
};
static const char *const names[SEED_COUNT] = {
	[DISABLED_ACTIVE] = "a linked interrupt is disabled while active",
	[DISABLED_TAKEN] = "a linked interrupt is disabled while acknowledged by EL2 alone",
	[ALL_ACTIVE] = "as many are active as there are list registers, and one more is pending",
	[UNLISTED_ENDS] = "an active interrupt ends that is in no list register",
	[TWO_UNLISTED] = "the same while another active one is in none either",
	[COUNTED] = "EOIcount is not 0 when an exit comes for something else",
	[SGI_TWICE] = "an SGI is sent again while pending",
	[SGI_ACTIVE] = "an SGI is sent again while active",
	[LEVEL_FALLS] = "a level falls before the guest has taken it",
	[REROUTE_PENDING] = "a pending interrupt is routed elsewhere",
	[REROUTE_ACTIVE] = "an active and pending interrupt is routed elsewhere",
	[EDGE_ACTIVE] = "an edge comes while the interrupt is active",
	[LEVEL_PENDED] = "a level-sensitive interrupt is pended by ISPENDR",
	[UNPEND_RAISED] = "an interrupt is unpended before its vCPU has heard of it",
	[LATE] = "an interrupt is raised at the vCPU that it was routed to before",
	[GROUP_OFF] = "a pending interrupt's group is off at the interface, and list registers are full",
	[MOVE_WAITING] = "an interrupt moves while it waits at the GIC",
	[MOVE_TAKEN] = "an interrupt moves that EL2 has acknowledged, and not the guest",
	[MOVE_REFUSED] = "an interrupt is to move while its handler runs",
	[MOVE_FORCED] = "an interrupt moves by force while its handler runs",
	[MOVE_BACK] = "it is to move back while that handler runs still",
	[MOVE_PENDED] = "an interrupt moves to a VM that has pended it itself",
	[MOVE_OFF] = "an interrupt moves away from a VM that is off or stops",
	[MOVE_STOPS] = "an interrupt moves to a VM that stops meanwhile",
	[MODE_TAKEN] = "delivery becomes direct when EL2 has acknowledged an interrupt, and not the guest",
	[MODE_REFUSED] = "delivery is to change while a handler runs",
	[MODE_DISABLED] = "delivery changes while a disabled interrupt is pending",
	[MODE_LEVEL] = "delivery changes while the line of an emulated device is up",
	[MOVE_TO_DIRECT] = "an interrupt that EL2 has acknowledged moves to a VM with direct delivery",
	[MOVE_FROM_DIRECT] = "an interrupt that is pending moves from a VM with direct delivery",
};
_Static_assert(SEED_COUNT <= SEEDS_MAX, "each situation has a count");
static unsigned long long own_met[SEEDS_MAX];
unsigned long long *seeds_met = own_met;
static bool seen[SEED_COUNT];

static bool is_listed(unsigned vcpu, uint32_t vintid, uint64_t state)
{
	for (unsigned n = 0; n < hardware.lr_count; n++)
		if (hardware.vif[world_pcpu(vcpu)].lr[n] & state &&
			FIELD_GET(BITS(31, 0), hardware.vif[world_pcpu(vcpu)].lr[n]) == vintid)
			return true;
	return false;
}

static unsigned count_active(unsigned vcpu, bool unlisted)
{
	unsigned count = 0;

	for (unsigned i = 0; i < world.plan->irq_count; i++)
		if (world.reference.irq[i].active && world.reference.irq[i].active_on == vcpu &&
			!(unlisted && is_listed(vcpu, world.plan->irq[i].vintid, LR_ACTIVE)))
			count++;
	return count;
}

static void note_cpu(const struct step *step)
{
	unsigned v = step->vcpu, unlisted = count_active(v, true);
	const struct guest *guest = &world.guest[v];

	if (step->op == OP_END && guest->running_count &&
		!is_listed(v, world.plan->irq[guest->running[guest->running_count - 1]].vintid, LR_ACTIVE)) {
		seen[UNLISTED_ENDS] = true;
		seen[TWO_UNLISTED] = unlisted > 1;
	}
	seen[ALL_ACTIVE] = count_active(v, false) >= hardware.lr_count && world_vcpu(v)->vgic.pending.levels;
	seen[COUNTED] = hardware_eoi_count(world_pcpu(v)) && step->op != OP_TAKE;
	seen[GROUP_OFF] = (hardware.vif[world_pcpu(v)].vmcr & 3) != 3 && world_vcpu(v)->vgic.pending.levels;
}

static void note_irq(const struct step *step)
{
	const struct world_irq *irq = &world.plan->irq[step->irq];
	const struct reference_irq *r = &world.reference.irq[step->irq];
	const struct vgic_cpu *cpu = &world_vcpu(r->route)->vgic;
	bool pending = reference_pending(r), edge = step->op == OP_EDGE || step->op == OP_PEND;

	seen[DISABLED_ACTIVE] = step->op == OP_DISABLE && world_is_linked(irq) && r->active;
	seen[DISABLED_TAKEN] =
		step->op == OP_DISABLE && world_is_linked(irq) && !r->active && world_source(irq)->active;
	seen[SGI_TWICE] = step->op == OP_SGI && pending;
	seen[SGI_ACTIVE] = step->op == OP_SGI && r->active;
	seen[LEVEL_FALLS] = step->op == OP_FALL && !r->active && is_listed(r->route, irq->vintid, LR_PENDING);
	seen[REROUTE_PENDING] = step->op == OP_ROUTE && pending && !r->active;
	seen[REROUTE_ACTIVE] = step->op == OP_ROUTE && pending && r->active;
	seen[EDGE_ACTIVE] = edge && r->active && r->edge;
	seen[LEVEL_PENDED] = step->op == OP_PEND && !r->edge;
	seen[UNPEND_RAISED] = step->op == OP_UNPEND && cpu->raised[irq->vintid / 32] >> (irq->vintid % 32) & 1;
	seen[LATE] = step->op == OP_LATE_RAISE && world.late_vcpu != r->route;
}

static void note_move(const struct step *step)
{
	unsigned peer = world_peer(step->irq);
	const struct reference_irq *to = &world.reference.irq[step->irq], *from = &world.reference.irq[peer];
	const struct world_irq *irq = &world.plan->irq[peer];
	const struct hardware_source *source = world_source(irq);

	if (world.linked >> step->irq & 1)
		return;
	seen[MOVE_WAITING] = source->latch;
	seen[MOVE_TAKEN] = source->active && !from->active;
	seen[MOVE_REFUSED] = from->active && step->op == OP_MOVE;
	seen[MOVE_FORCED] = from->active && step->op == OP_MOVE_FORCE;
	seen[MOVE_BACK] = to->active;
	seen[MOVE_PENDED] = to->latch;
	seen[MOVE_OFF] = world_vm(irq)->state != VM_RUNNING;
	seen[MOVE_STOPS] = step->op == OP_MOVE_STOP;
	seen[MOVE_TO_DIRECT] = seen[MOVE_TAKEN] && modes_is_direct(&world.plan->irq[step->irq]);
	seen[MOVE_FROM_DIRECT] = source->latch && modes_is_direct(irq);
}

static void note_mode(const struct step *step)
{
	const struct vm *vm = world_vcpu(step->vcpu)->vm;

	for (unsigned i = 0; i < world.plan->irq_count; i++) {
		const struct world_irq *irq = &world.plan->irq[i];
		const struct reference_irq *r = &world.reference.irq[i];

		if (world_vm(irq) != vm)
			continue;
		seen[MODE_TAKEN] |= !vm->vgic.direct && world_source(irq)->active && !r->active;
		seen[MODE_REFUSED] |= r->active;
		seen[MODE_DISABLED] |= !r->enabled && reference_pending(r);
		seen[MODE_LEVEL] |= irq->reserved && !r->edge && r->line;
	}
}

void seeds_look(const struct step *step)
{
	memset(seen, 0, sizeof(seen));
	if (step->op == OP_MODE)
		note_mode(step);
	else if (step->op >= OP_MOVE && step->op < OP_STOP)
		note_move(step);
	if (step->op >= OP_MOVE)
		return;
	if (step->op < OP_FORWARD || step->op == OP_DIR)
		note_irq(step);
	note_cpu(step);
}

void seeds_count(void)
{
	for (unsigned s = 0; s < SEED_COUNT; s++)
		seeds_met[s] += seen[s];
}

bool seeds_tell(unsigned number)
{
	bool all = true;

	for (unsigned s = 0; s < SEED_COUNT; s++) {
		printf("# %12llu times: %s\n", seeds_met[s], names[s]);
		all &= seeds_met[s] > 0;
	}
	printf("%sok %u - each of these was met\n", all ? "" : "not ", number);
	return all;
}
