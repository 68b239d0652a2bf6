/* SPDX-License-Identifier: Apache-2.0 */
/* The registers with more than one bit for each interrupt: priorities and triggers. */
#include "vgic/lr.h"
#include "vgic/words.h"

static void set_priority(struct vgic_op *op, uint32_t vintid, uint8_t priority)
{
	struct vgic_bank *bank = vgic_bank(op->gic, op->gic->cpu[op->vcpu], vintid / 32);
	uint32_t queued_on = 0, v;

	for (v = 0; v < op->gic->vcpu_count; v++) {
		struct vgic_queue *active = &op->gic->cpu[v]->active;

		if ((op->private_bank && v != op->vcpu) || !vgic_queue_has(active, vintid))
			continue;
		vgic_queue_remove(active, bank->priority[vintid % 32], vintid);
		queued_on |= 1u << v;
	}
	bank->priority[vintid % 32] = priority;
	for (; queued_on; queued_on &= queued_on - 1)
		vgic_queue_add(&op->gic->cpu[bits_lowest(queued_on)]->active, priority, vintid);
}

void vgic_priority_access(struct vgic_op *op, uint32_t vintid, struct vgic_access *access)
{
	struct vgic_bank *bank = vgic_bank(op->gic, op->gic->cpu[op->vcpu], vintid / 32);
	uint32_t mask = (uint32_t)(BIT(access->size_bytes) - 1) << (vintid % 32);
	unsigned i;

	if (!access->write) {
		access->value = 0;
		for (i = 0; i < access->size_bytes; i++)
			access->value |= (uint64_t)bank->priority[vintid % 32 + i] << (8 * i);
		return;
	}
	if (!vgic_op_require_held(op, vintid / 32, mask))
		return;
	vgic_op_dequeue(op, vintid / 32, mask);
	for (i = 0; i < access->size_bytes; i++)
		set_priority(op, vintid + i, (uint8_t)(access->value >> (8 * i)) & op->gic->priority_mask);
	op->effects->relink = mask & bank->linked;
	op->effects->reconsider = mask & bank->enabled;
	if (mask & bank->enabled)
		vgic_op_changed(op, vintid / 32, mask);
}

/* Bit 1 of each pair says edge; bit 0 is reserved. */
static uint32_t triggers_of(const struct vgic_bank *bank, unsigned first)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < 16; i++)
		value |= (bank->edge >> (first + i) & 1) << (2 * i + 1);
	return value;
}

void vgic_trigger_access(struct vgic_op *op, unsigned b, unsigned first, struct vgic_access *access)
{
	struct vgic_bank *bank = vgic_bank(op->gic, op->gic->cpu[op->vcpu], b);
	uint32_t edge = 0, change;

	if (!access->write) {
		access->value = triggers_of(bank, first);
		return;
	}
	for (unsigned i = 0; i < 16; i++)
		edge |= (uint32_t)(access->value >> (2 * i + 1) & 1) << (first + i);
	change = (bank->edge ^ edge) & (0xffffu << first);
	if (b == 0) /* SGIs are edges; a PPI that the machine has keeps the machine's trigger */
		change &= ~(0xffffu | bank->linked | vgic_borrowed(bank));
	if (!change || !vgic_op_require_held(op, b, change))
		return;
	vgic_op_dequeue(op, b, change);
	bank->edge ^= change;
	op->effects->retrigger = change & bank->linked;
	vgic_op_changed(op, b, change);
}
