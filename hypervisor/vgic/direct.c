/* SPDX-License-Identifier: Apache-2.0 */
/* Direct delivery: the model hands its state to the physical GIC, keeps the configuration, takes it back. */
#include <string.h>

#include "base/atomic.h"
#include "vgic/words.h"

static uint32_t level_lines(const struct vgic_bank *bank)
{
	return bank->line & ~bank->edge;
}

void vgic_bank_to_direct(struct vgic *gic, unsigned vcpu, unsigned b, struct vgic_effects *effects)
{
	struct vgic_bank *bank = vgic_bank(gic, gic->cpu[vcpu], b);
	struct vgic_op op = {.gic = gic, .vcpu = vcpu, .private_bank = b == 0, .held = VGIC_ALL_HELD};

	vgic_op_collect(&op, b, UINT32_MAX);
	vgic_op_dequeue(&op, b, UINT32_MAX);
	*effects = (struct vgic_effects){
		.bank = b,
		.vcpu = vcpu,
		.deactivate = bank->taken,
		.pend = (bank->taken & (bank->edge | bank->latched)) |
				((bank->pending | level_lines(bank)) & bank->reserved),
	};
	bank->taken = 0;
	bank->latched |= bank->pending & bank->reserved & ~bank->edge; /* whatever its line does */
	bank->pending &= ~bank->reserved;
	bank->linked |= bank->reserved;
}

void vgic_bank_to_virtual(struct vgic *gic, unsigned vcpu, unsigned b, uint32_t pending,
						  struct vgic_effects *effects)
{
	struct vgic_bank *bank = vgic_bank(gic, gic->cpu[vcpu], b);
	struct vgic_op op = {
		.gic = gic, .vcpu = vcpu, .private_bank = b == 0, .held = VGIC_ALL_HELD, .effects = effects};

	*effects = (struct vgic_effects){.bank = b, .vcpu = vcpu, .unpend = bank->reserved};
	bank->linked &= ~bank->reserved;
	/* A level that is pending because its line is up needs no latch. */
	bank->pending |= pending & bank->reserved & ~level_lines(bank);
	bank->latched &= ~bank->reserved;
	vgic_op_changed(&op, b, UINT32_MAX);
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

static uint32_t strangers(const struct vgic_bank *bank)
{
	return bank->enabled & ~(bank->linked | bank->reserved | bank->expected);
}

uint32_t vgic_stranger(const struct vgic *gic)
{
	for (unsigned v = 0; v < gic->vcpu_count; v++)
		if (strangers(&gic->cpu[v]->private))
			return bits_lowest(strangers(&gic->cpu[v]->private));
	for (unsigned b = 1; b < gic->bank_count; b++)
		if (strangers(&gic->spi[b - 1]))
			return b * 32 + bits_lowest(strangers(&gic->spi[b - 1]));
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

void vgic_forward(struct vgic *gic, unsigned vcpu, unsigned b, struct vgic_effects *effects)
{
	struct vgic_cpu *cpu = gic->cpu[vcpu];
	struct vgic_bank *bank = vgic_bank(gic, cpu, b);
	uint32_t raised = atomic_swap(&cpu->raised[b], 0), news = atomic_swap(&cpu->review[b], 0);
	uint32_t levels = news & bank->reserved & ~bank->edge;

	raised |= news & bank->pending; /* it was routed nowhere */
	bank->pending &= ~raised;
	bank->pending |= raised & ~bank->linked; /* no physical one: it waits for the model to be used again */
	bank->latched |= raised & bank->linked & ~bank->edge;
	*effects = (struct vgic_effects){
		.bank = b,
		.vcpu = vcpu,
		.pend = (raised & bank->linked) | (levels & bank->line),
		.unpend = levels & ~bank->line & ~bank->latched,
	};
}
