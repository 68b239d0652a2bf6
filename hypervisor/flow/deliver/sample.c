/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/sample.h"

#include "flow/deliver/link.h"
#include "machine/api/cpu.h"

/* The line of a timer whose vCPU is away follows from its deadline. */
static bool is_pending(const struct link *link)
{
	const struct vcpu *vcpu = link->intid < GIC_PRIVATE_COUNT ? link->vm->vcpu[link->target] : NULL;

	if (!vcpu || !vcpu->away)
		return gic_is_pending(link_pcpu(link), link->intid);
	return (vcpu->pended >> link->vintid & 1) || guest_timer_deadline(&vcpu->saved) <= cpu_counter();
}

/* Asked with direct delivery alone, with which no vCPU is away. */
static bool is_active(const struct link *link)
{
	return gic_is_active(link_pcpu(link), link->intid);
}

/* They have the same numbers in the machine, so a register's word has them at the same bits. */
static uint32_t alike(const struct vgic *gic, const struct vgic_bank *bank)
{
	return gic->direct ? bank->linked & ~bank->translated : bank->reserved;
}

/* Of one interrupt, and of those that share a word. */
struct state {
	bool (*one)(const struct link *link);
	uint32_t (*all)(unsigned pcpu, unsigned bank);
};

static uint32_t ask(struct vm *vm, unsigned owner, unsigned bank, uint32_t mask, const struct state *state)
{
	struct vcpu *vcpu = vm->vcpu[owner];
	uint32_t words = alike(&vm->vgic, vgic_bank(&vm->vgic, &vcpu->vgic, bank)) & mask, found;

	if (!mask)
		return 0;
	if (!bank && vcpu->away) /* the redistributor is another's */
		words = 0;
	found = words ? state->all(vcpu->pcpu, bank) & words : 0;
	for (mask &= ~words; mask; mask &= mask - 1) {
		struct link link = link_of(vm, owner, bank * 32 + bits_lowest(mask));

		if (state->one(&link))
			found |= mask & -mask;
	}
	return found;
}

uint32_t sample_pending(struct vm *vm, unsigned owner, unsigned bank, uint32_t mask)
{
	static const struct state pending = {is_pending, gic_pending_of};

	return ask(vm, owner, bank, mask, &pending);
}

uint32_t sample_active(struct vm *vm, unsigned owner, unsigned bank, uint32_t mask)
{
	static const struct state active = {is_active, gic_active_of};

	return ask(vm, owner, bank, mask, &active);
}

bool sample_has_active(struct vm *vm)
{
	uint32_t found = vgic_has_active(&vm->vgic);

	if (!vm->vgic.direct)
		return found;
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		found |= sample_active(vm, v, 0, vm->vcpu[v]->vgic.private.linked);
	for (unsigned b = 1; b < vm->vgic.bank_count; b++)
		found |= sample_active(vm, 0, b, vm->vgic.spi[b - 1].linked);
	return found;
}

bool sample_lines(struct vcpu *vcpu, struct vgic_lrs *lrs)
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
