/* SPDX-License-Identifier: Apache-2.0 */
/* Of pack.c: what is a VM's or a processor's. */
#include "shares.h"
#include "vgic/lr.h"
#include "visit.h"
#include "vm/layout.h"

uint8_t visit_known(uint8_t value, const uint8_t known[4])
{
	unsigned n = 0;

	while (!visit_loads() && n < 3 && known[n] != value)
		n++;
	if (!visit_loads() && known[n] != value)
		fault("the packed state does not know a value");
	return known[visit(n, 2)];
}

void visit_registers(struct hardware_vif *vif)
{
	uint64_t mask = visit(FIELD_GET(ICH_VMCR_VPMR, vif->vmcr) == WORLD_MASK_HIGH, 1);

	vif->vmcr = visit(vif->vmcr & 3, 2) |
				FIELD_PUT(ICH_VMCR_VEOIM, visit(FIELD_GET(ICH_VMCR_VEOIM, vif->vmcr), 1)) |
				FIELD_PUT(ICH_VMCR_VPMR, mask ? WORLD_MASK_HIGH : WORLD_MASK_OPEN);
	for (unsigned group = 0; group < 2; group++) {
		VISIT_BIT(vif->active[group], WORLD_PRIORITY_HIGH / 8);
		VISIT_BIT(vif->active[group], WORLD_PRIORITY_LOW / 8);
	}
}

/* The interface of one that is away. */
static void visit_saved(struct vcpu *vcpu)
{
	struct hardware_vif vif = {.vmcr = vcpu->vmcr,
							   .active = {vcpu->priorities.ap0r[0], vcpu->priorities.ap1r[0]}};

	VISIT(vcpu->away, 1);
	VISIT(vcpu->entered, 1);
	VISIT(vcpu->sleeps, 1);
	VISIT(vcpu->chooses, 1);
	VISIT(vcpu->hold, 1);
	VISIT_BIT(vcpu->pended, GUEST_VIRTUAL_TIMER_INTID);
	VISIT_BIT(world.armed, vcpu->number);
	VISIT(world.timer[vcpu->number].line, 1);
	if (vcpu->away)
		visit_registers(&vif);
	else
		vif = (struct hardware_vif){0}; /* means nothing */
	vcpu->vmcr = vif.vmcr;
	vcpu->priorities = (struct gic_vif_priorities){{vif.active[0]}, {vif.active[1]}};
}

void visit_shares(void)
{
	world.runs = (uint8_t)(visit((world.runs + 1) & 0xff, 2) - 1);
	VISIT(world.prefers, 1);
	VISIT(world.turn, 1);
	VISIT(world.idle_sleeps, 1);
	VISIT_BIT(box.pcpu[0].private_enabled, GUEST_VIRTUAL_TIMER_INTID);
	VISIT(hardware.private[0][box.host.timer_hypervisor_intid].line, 1);
	VISIT(hardware.private[0][GUEST_VIRTUAL_TIMER_INTID].line, 1);
	for (unsigned v = 0; v < world.plan->vcpu_count; v++) {
		visit_saved(world_vcpu(v));
		VISIT(world.guest[v].off, 1);
	}
	shares_loaded();
}

/* The vCPU with direct delivery, and the interface that is its own then. */
static void visit_direct(struct vcpu *vcpu)
{
	struct hardware_pif *pif = &hardware.pif[vcpu->pcpu];
	const uint8_t masks[4] = {0xff, irq_direct_mask(WORLD_MASK_OPEN), irq_direct_mask(WORLD_MASK_HIGH)};

	VISIT(vcpu->direct, 1);
	VISIT(vcpu->translates, 1);
	VISIT(vcpu->unfinished, 2);
	VISIT(vcpu->ends_direct, 1);
	VISIT(vcpu->obstacle, 4);
	VISIT(pif->direct, 1);
	VISIT(pif->enabled, 1);
	VISIT(pif->split_eoi, 1);
	VISIT_BIT(pif->active, (0x80 | WORLD_PRIORITY_HIGH >> 1) / 8);
	VISIT_BIT(pif->active, (0x80 | WORLD_PRIORITY_LOW >> 1) / 8);
	pif->mask = visit_known(pif->mask, masks);
	vcpu->trapped.count = 0;
}

static void visit_modes(struct vm *vm)
{
	VISIT(vm->delivery, 2);
	VISIT(vm->vgic.direct, 1);
	VISIT_BIT(world.direct, vm->number);
	for (unsigned v = 0; v < vm->vcpu_count; v++) {
		visit_direct(vm->vcpu[v]);
		VISIT_BIT(world.retry, vm->vcpu[v]->number);
	}
}

void visit_vm(struct vm *vm, bool *forwarded)
{
	VISIT(vm->vgic.ctlr, 2);
	forwarded[0] = vm->vgic.ctlr & 1;
	forwarded[1] = vm->vgic.ctlr >> 1 & 1;
	if (world_has_modes())
		visit_modes(vm);
	if (!world_has_lives())
		return;
	VISIT(vm->state, 3);
	VISIT(vm->parked, 1);
	VISIT(vm->ended, 1);
	VISIT(vm->loading.file, 2);
	VISIT(vm->psci.on, 1);
	VISIT(vm->psci.pending, 1);
	VISIT(vm->vcpu[0]->stopping, 1);
	VISIT(world.guest[vm->vcpu[0]->number].off, 1);
}
