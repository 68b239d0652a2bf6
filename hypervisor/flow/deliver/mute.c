/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/mute.h"

#include "flow/box/timer.h"
#include "flow/deliver/effects.h"
#include "machine/api/cpu.h"
#include "vgic/lr.h"

/* Linked interrupts of a bank, by their state at their owner. */
struct standing {
	uint32_t waits;  /* the owner has yet to acknowledge it: the second one merges with the first */
	uint32_t active; /* its handler is running: the second one must come after the handler */
};

static void look_at(uint64_t lr, unsigned bank, struct standing *standing)
{
	uint32_t vintid = (uint32_t)FIELD_GET(LR_VINTID, lr);

	if (!(lr & LR_HW) || vintid / 32 != bank)
		return;
	if (lr & LR_ACTIVE)
		standing->active |= 1u << (vintid % 32);
	else if (lr & LR_PENDING)
		standing->waits |= 1u << (vintid % 32);
}

static struct standing standing_of(const struct vcpu *vcpu, unsigned b)
{
	const struct vgic_bank *bank = &vcpu->vm->vgic.spi[b - 1];
	struct standing standing = {.waits = bank->taken, .active = bank->active};
	uint32_t occupied = occupied_list_registers();

	for (; occupied; occupied &= occupied - 1)
		look_at(gic_lr_read(bits_lowest(occupied)), b, &standing);
	return standing;
}

static void mute(struct vcpu *vcpu, unsigned b, uint32_t repeated, uint32_t again)
{
	for (uint32_t left = repeated; left; left &= left - 1)
		effects_mute(vcpu->vm, b * 32 + bits_lowest(left), again & left & -left);
	if (!vcpu->muted_banks) /* else an interrupt that comes again and again would keep the others muted */
		timer_set_of(vcpu, TIMER_MUTE, cpu_counter() + cpu_us_to_ticks(MUTE_US));
	vcpu->muted[b] |= repeated;
	vcpu->muted_banks |= 1u << b;
}

void mute_repeated(struct vcpu *vcpu)
{
	/* No other pCPU ends private interrupts. */
	for (uint32_t banks = atomic_load(&vcpu->vgic.attend) & ~1u; banks; banks &= banks - 1) {
		unsigned b = bits_lowest(banks);
		const struct vgic_bank *bank = &vcpu->vm->vgic.spi[b - 1];
		uint32_t raised = atomic_load(&vcpu->vgic.raised[b]) & bank->linked, repeated;
		struct standing standing;

		if (!raised)
			continue;
		standing = standing_of(vcpu, b);
		repeated = raised & (standing.waits | standing.active);
		if (!repeated)
			continue;
		atomic_and(&vcpu->vgic.raised[b], ~repeated);
		mute(vcpu, b, repeated, standing.active & (bank->edge | bank->latched));
	}
}

bool mute_is_late(const struct vcpu *vcpu)
{
	uint32_t occupied = occupied_list_registers(), doubled = 0;

	for (; occupied; occupied &= occupied - 1) {
		uint64_t lr = gic_lr_read(bits_lowest(occupied));
		uint32_t vintid = (uint32_t)FIELD_GET(LR_VINTID, lr);

		if (lr & LR_HW && vintid >= GIC_PRIVATE_COUNT)
			doubled |= vcpu->vm->vgic.spi[vintid / 32 - 1].taken >> (vintid % 32) & 1;
	}
	return doubled;
}

void mute_expired(struct vcpu *vcpu)
{
	struct vgic *gic = &vcpu->vm->vgic;

	lock_acquire(&gic->lock);
	for (; vcpu->muted_banks; vcpu->muted_banks &= vcpu->muted_banks - 1) {
		unsigned b = bits_lowest(vcpu->muted_banks);

		for (; vcpu->muted[b]; vcpu->muted[b] &= vcpu->muted[b] - 1)
			effects_unmute(vcpu->vm, b * 32 + bits_lowest(vcpu->muted[b]));
	}
	lock_release(&gic->lock);
}
