/* SPDX-License-Identifier: Apache-2.0 */
/* What the physical GIC knows of a VM's interrupts. */
#include "flow/effects.h"
#include "flow/link.h"

static uint32_t ask(struct vcpu *vcpu, unsigned bank, unsigned owner, uint32_t mask,
					bool (*is_so)(unsigned pcpu, uint32_t intid))
{
	uint32_t found = 0;

	for (; mask; mask &= mask - 1) {
		struct link link = link_of(vcpu->vm, owner, bank * 32 + bits_lowest(mask));

		if (is_so(link_pcpu(&link), link.intid))
			found |= mask & -mask;
	}
	return found;
}

uint32_t effects_pending(struct vcpu *vcpu, unsigned bank, unsigned owner, uint32_t mask)
{
	return ask(vcpu, bank, owner, mask, gic_is_pending);
}

uint32_t effects_active(struct vcpu *vcpu, unsigned bank, unsigned owner, uint32_t mask)
{
	return ask(vcpu, bank, owner, mask, gic_is_active);
}

bool effects_sample(struct vcpu *vcpu, struct vgic_lrs *lrs)
{
	uint32_t fallen = 0;

	for (uint32_t left = lrs->lines; left; left &= left - 1) {
		uint32_t vintid = (uint32_t)FIELD_GET(LR_VINTID, lrs->value[bits_lowest(left)]);
		struct link link = link_of(vcpu->vm, vcpu->index, vintid);

		if (gic_is_pending(link_pcpu(&link), link.intid))
			continue;
		fallen |= left & -left;
		gic_clear_active(link_pcpu(&link), link.intid); /* and if its line rises now, it comes */
	}
	lrs->given &= ~fallen;
	lrs->occupied &= ~fallen;
	return fallen;
}

bool effects_has_active(struct vm *vm)
{
	uint32_t found = vgic_has_active(&vm->vgic);

	for (unsigned v = 0; vm->vgic.direct && v < vm->vcpu_count; v++)
		found |= effects_active(vm->vcpu[v], 0, v, vm->vcpu[v]->vgic.private.linked);
	for (unsigned b = 1; vm->vgic.direct && b < vm->vgic.bank_count; b++)
		found |= effects_active(vm->vcpu[0], b, 0, vm->vgic.spi[b - 1].linked);
	return found;
}
