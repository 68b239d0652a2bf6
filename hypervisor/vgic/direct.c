/* SPDX-License-Identifier: Apache-2.0 */
/* Direct delivery: the model hands its state to the physical GIC, keeps the configuration, takes it back. */
#include <string.h>

#include "base/atomic.h"
#include "vgic/choose.h"
#include "vgic/words.h"

static uint32_t level_lines(const struct vgic_bank *bank)
{
	return bank->line & ~bank->edge;
}

void vgic_bank_to_direct(struct vgic *gic, unsigned vcpu, unsigned b, struct vgic_effects *effects)
{
	struct vgic_bank *bank = vgic_bank(gic, gic->cpu[vcpu], b);
	struct vgic_op op = {.gic = gic, .vcpu = vcpu, .private_bank = b == 0, .held = VGIC_ALL_HELD};
	uint32_t borrowed = vgic_borrowed(bank);

	vgic_op_collect(&op, b, UINT32_MAX);
	vgic_op_dequeue(&op, b, UINT32_MAX);
	*effects = (struct vgic_effects){
		.bank = b,
		.vcpu = vcpu,
		.deactivate = bank->taken,
		.pend =
			(bank->taken & (bank->edge | bank->latched)) | ((bank->pending | level_lines(bank)) & borrowed),
	};
	bank->taken = 0;
	bank->latched |= bank->pending & borrowed & ~bank->edge; /* whatever its line does */
	bank->pending &= ~borrowed;
	bank->linked |= borrowed;
}

/* Levels that their lines pended, and whose vCPU has not seen yet that these have fallen. */
static uint32_t fallen(const struct vgic *gic, unsigned vcpu, unsigned b)
{
	const struct vgic_bank *bank = b ? &gic->spi[b - 1] : &gic->cpu[vcpu]->private;
	uint32_t news = 0;

	for (unsigned v = 0; v < gic->vcpu_count; v++)
		if (b || v == vcpu)
			news |= atomic_load(&gic->cpu[v]->review[b]);
	return news & ~(bank->edge | bank->line | bank->latched);
}

void vgic_bank_to_virtual(struct vgic *gic, unsigned vcpu, unsigned b, uint32_t pending,
						  struct vgic_effects *effects)
{
	struct vgic_bank *bank = vgic_bank(gic, gic->cpu[vcpu], b);
	struct vgic_op op = {
		.gic = gic, .vcpu = vcpu, .private_bank = b == 0, .held = VGIC_ALL_HELD, .effects = effects};
	uint32_t borrowed = vgic_borrowed(bank);

	*effects = (struct vgic_effects){.bank = b, .vcpu = (uint8_t)vcpu, .unpend = borrowed};
	bank->linked &= ~borrowed;
	/* A level that is pending because its line is up needs no latch. */
	bank->pending |= pending & borrowed & ~(level_lines(bank) | fallen(gic, vcpu, b));
	bank->latched &= ~borrowed;
	vgic_op_changed(&op, b, bank->pending | level_lines(bank));
}

void vgic_take_active(struct vgic *gic, unsigned vcpu, unsigned b, uint32_t active)
{
	struct vgic_bank *bank = vgic_bank(gic, gic->cpu[vcpu], b);

	bank->used |= active;
	bank->active |= active;
	for (; active; active &= active - 1) {
		uint32_t vintid = b * 32 + bits_lowest(active);
		unsigned target = b ? vgic_target(gic, vintid) : vcpu;

		if (target < gic->vcpu_count)
			vgic_queue_add(&gic->cpu[target]->active, bank->priority[vintid % 32], vintid);
	}
}

void vgic_set_direct(struct vgic *gic, bool direct)
{
	atomic_store(&gic->direct, direct);
}

static bool has_active(const struct vgic_bank *bank)
{
	return bank->active | (bank->stray & ~bank->linked); /* of a linked one it outlives the handler */
}

bool vgic_has_active(const struct vgic *gic)
{
	bool found = false;

	for (unsigned v = 0; v < gic->vcpu_count; v++)
		found |= has_active(&gic->cpu[v]->private);
	for (unsigned b = 1; b < gic->bank_count; b++)
		found |= has_active(&gic->spi[b - 1]);
	return found;
}

/* What a guest has enabled and nothing raises does not matter: boot code enables all there are. */
static uint32_t strangers(const struct vgic *gic, unsigned vcpu, unsigned b)
{
	const struct vgic_cpu *cpu = gic->cpu[vcpu];
	const struct vgic_bank *bank = b ? &gic->spi[b - 1] : &cpu->private;

	return (bank->pending | atomic_load(&cpu->raised[b]) | level_lines(bank)) & vgic_eligible(gic, bank) &
		   cpu->mine[b] & ~(bank->linked | vgic_borrowed(bank));
}

uint32_t vgic_stranger(const struct vgic *gic)
{
	for (unsigned v = 0; v < gic->vcpu_count; v++)
		for (unsigned b = 0; b < gic->bank_count; b++)
			if (strangers(gic, v, b))
				return b * 32 + bits_lowest(strangers(gic, v, b));
	return VGIC_NONE;
}

bool vgic_uses_group0(const struct vgic *gic)
{
	uint32_t found = 0;

	for (unsigned v = 0; v < gic->vcpu_count; v++)
		found |= gic->cpu[v]->private.enabled & ~gic->cpu[v]->private.group1;
	for (unsigned b = 1; b < gic->bank_count; b++)
		found |= gic->spi[b - 1].enabled & ~gic->spi[b - 1].group1;
	return found && (gic->ctlr & GICD_CTLR_ENABLE_GRP0);
}

uint32_t vgic_least(const struct vgic_bank *bank, uint32_t mask, uint8_t priority)
{
	uint32_t found = 0;

	for (; mask; mask &= mask - 1)
		if (bank->priority[bits_lowest(mask)] >= priority)
			found |= mask & -mask;
	return found;
}

bool vgic_uses_priority(const struct vgic *gic, uint8_t priority)
{
	uint32_t found = 0;

	for (unsigned v = 0; v < gic->vcpu_count; v++)
		found |= vgic_least(&gic->cpu[v]->private, gic->cpu[v]->private.enabled, priority);
	for (unsigned b = 1; b < gic->bank_count; b++)
		found |= vgic_least(&gic->spi[b - 1], gic->spi[b - 1].enabled, priority);
	return found;
}

/* Translated ones that were raised by an old route: their vCPU pends them, before it is entered. */
static uint32_t pass_on(struct vgic *gic, unsigned b, uint32_t mask)
{
	uint32_t attend = 0;

	for (; mask; mask &= mask - 1)
		attend |= vgic_raise_shared(gic, b * 32 + bits_lowest(mask));
	return attend;
}

struct vgic_forwarded vgic_forward(struct vgic *gic, unsigned vcpu, unsigned b, bool entering)
{
	struct vgic_cpu *cpu = gic->cpu[vcpu];
	struct vgic_bank *bank = vgic_bank(gic, cpu, b);
	uint32_t mask = entering ? UINT32_MAX : bank->linked & ~bank->translated;
	uint32_t raised = atomic_and(&cpu->raised[b], ~mask), news = atomic_and(&cpu->review[b], ~mask);
	uint32_t left = (raised | news) & ~mask, others = bank->translated & ~cpu->mine[b], levels, moved;

	if (left)
		atomic_or(&cpu->attend, 1u << b);
	raised &= mask;
	news &= mask;
	levels = news & vgic_borrowed(bank) & ~bank->edge & ~others;
	raised |= news & bank->pending; /* it was routed nowhere */
	bank->pending &= ~raised;
	moved = raised & others;
	raised &= ~moved;
	bank->pending |= raised & ~bank->linked; /* no physical one: it waits for the model to be used again */
	bank->latched |= raised & bank->linked & ~bank->edge;
	return (struct vgic_forwarded){
		.pend = (raised & bank->linked) | (levels & bank->line),
		.unpend = levels & ~bank->line & ~bank->latched,
		.left = left,
		.attend = pass_on(gic, b, moved),
		.stranger = ((raised | news) & ~bank->linked) && strangers(gic, vcpu, b),
	};
}
