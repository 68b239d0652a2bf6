/* SPDX-License-Identifier: Apache-2.0 */
#include "vgic/words.h"

#include "base/atomic.h"
#include "vgic/lr.h"

/* The vCPUs whose list registers may hold one of `mask`, or whose interface may translate one. */
static uint32_t holders(const struct vgic_op *op, unsigned b, uint32_t mask)
{
	const struct vgic *gic = op->gic;
	uint32_t stray = b ? gic->spi[b - 1].stray & mask : 0, found = 0;

	if (op->private_bank)
		return 1u << op->vcpu;
	if (gic->direct) /* wherever it is routed next */
		return (uint32_t)(BIT(gic->vcpu_count) - 1);
	for (unsigned v = 0; v < gic->vcpu_count; v++)
		if (stray || (gic->cpu[v]->mine[b] & mask))
			found |= 1u << v;
	return found;
}

bool vgic_op_require_held(struct vgic_op *op, unsigned b, uint32_t mask)
{
	struct vgic_bank *bank = vgic_bank(op->gic, op->gic->cpu[op->vcpu], b);
	uint32_t found;

	mask &= op->gic->direct ? bank->translated : bank->used;
	if (!mask)
		return true;
	found = holders(op, b, mask) & ~op->held;
	if (!found)
		return true;
	op->effects->fold = found >> op->caller & 1;
	op->effects->hold = found & ~(1u << op->caller);
	return false;
}

void vgic_op_changed(struct vgic_op *op, unsigned b, uint32_t mask)
{
	struct vgic *gic = op->gic;

	/* Each vCPU finds out by itself: its queue is its own. */
	for (unsigned v = 0; v < gic->vcpu_count; v++) {
		uint32_t own = mask & gic->cpu[v]->mine[b];

		if (!own || (op->private_bank && v != op->vcpu))
			continue;
		atomic_or(&gic->cpu[v]->review[b], own);
		atomic_or(&gic->cpu[v]->attend, 1u << b);
		op->effects->attend |= 1u << v;
	}
}

static struct vgic_bank *bank_of(struct vgic_op *op, unsigned b)
{
	return vgic_bank(op->gic, op->gic->cpu[op->vcpu], b);
}

/* Takes members out of a queue before their priority or their right to be there changes. */
static void dequeue(struct vgic_queue *queue, const struct vgic_bank *bank, unsigned b, uint32_t mask)
{
	for (mask &= queue->members[b]; mask; mask &= mask - 1)
		vgic_queue_remove(queue, bank->priority[bits_lowest(mask)], b * 32 + bits_lowest(mask));
}

void vgic_op_dequeue(struct vgic_op *op, unsigned b, uint32_t mask)
{
	struct vgic_bank *bank = bank_of(op, b);

	if (op->private_bank) {
		dequeue(&op->gic->cpu[op->vcpu]->pending, bank, b, mask);
		return;
	}
	for (unsigned v = 0; v < op->gic->vcpu_count; v++)
		dequeue(&op->gic->cpu[v]->pending, bank, b, mask);
}

/* The bits of interrupts that have a physical one, with either delivery. */
static uint32_t devices(const struct vgic_bank *bank)
{
	return bank->linked & ~vgic_borrowed(bank);
}

static __attribute__((noinline)) void collect_from(struct vgic_cpu *cpu, struct vgic_bank *bank, unsigned b,
												   uint32_t mask)
{
	uint32_t raised = atomic_and(&cpu->raised[b], ~mask) & mask;

	bank->pending |= raised & ~devices(bank);
	bank->taken |= raised & devices(bank);
	atomic_or(&cpu->review[b], raised);
}

void vgic_op_collect(struct vgic_op *op, unsigned b, uint32_t mask)
{
	struct vgic_bank *bank = bank_of(op, b);

	/* vgic_forward() follows, as if it were raised then. The others may wait where nothing forwards them. */
	if (op->gic->direct)
		mask &= op->private_bank ? bank->translated : ~devices(bank);
	for (unsigned v = 0; v < op->gic->vcpu_count; v++)
		if ((atomic_load(&op->gic->cpu[v]->raised[b]) & mask) && (!op->private_bank || v == op->vcpu))
			collect_from(op->gic->cpu[v], bank, b, mask);
}

void vgic_op_end_active(struct vgic_op *op, unsigned b, uint32_t mask)
{
	struct vgic_bank *bank = bank_of(op, b);

	mask &= bank->active;
	op->effects->relink |= mask & bank->stray & bank->linked;
	bank->active &= ~mask;
	bank->forced &= ~mask;
	bank->stray &= ~mask;
	op->effects->deactivate |= mask & bank->linked & ~bank->taken;
	if (op->private_bank) {
		dequeue(&op->gic->cpu[op->vcpu]->active, bank, b, mask);
		return;
	}
	for (unsigned v = 0; v < op->gic->vcpu_count; v++)
		dequeue(&op->gic->cpu[v]->active, bank, b, mask);
}

static uint32_t read_group(struct vgic_op *op, unsigned b)
{
	return bank_of(op, b)->group1;
}

static void write_group(struct vgic_op *op, unsigned b, uint32_t value)
{
	struct vgic_bank *bank = bank_of(op, b);
	uint32_t change = bank->group1 ^ value;

	if (!change || !vgic_op_require_held(op, b, change))
		return;
	bank->group1 = value;
	op->effects->reconsider = true;
	op->effects->relink = change & bank->linked;
	vgic_op_dequeue(op, b, change);
	vgic_op_changed(op, b, change);
}

static uint32_t read_enable(struct vgic_op *op, unsigned b)
{
	return bank_of(op, b)->enabled;
}

static void write_enable(struct vgic_op *op, unsigned b, uint32_t value)
{
	struct vgic_bank *bank = bank_of(op, b);
	uint32_t change = value & ~bank->enabled;

	if (op->gic->direct && !vgic_op_require_held(op, b, change))
		return;
	bank->enabled |= change;
	bank->used |= change;
	op->effects->enable = change & bank->linked;
	op->effects->reconsider = change;
	if (change & (bank->pending | bank->line | bank->taken))
		vgic_op_changed(op, b, change);
}

/*
 * An interrupt that was taken but not seen by the guest goes back to the physical GIC, which keeps it
 * pending.
 */
static uint32_t give_back(struct vgic_op *op, struct vgic_bank *bank, uint32_t mask)
{
	uint32_t back = mask & bank->taken;

	bank->taken &= ~back;
	op->effects->pend = back & (bank->edge | bank->latched);
	return back;
}

static void write_disable(struct vgic_op *op, unsigned b, uint32_t value)
{
	struct vgic_bank *bank = bank_of(op, b);
	uint32_t change = value & bank->enabled;

	if (!change || !vgic_op_require_held(op, b, change))
		return;
	vgic_op_dequeue(op, b, change);
	vgic_op_collect(op, b, change);
	bank->enabled &= ~change;
	op->effects->disable = change & bank->linked;
	op->effects->deactivate = give_back(op, bank, change);
}

static uint32_t read_pending(struct vgic_op *op, unsigned b)
{
	struct vgic_bank *bank = bank_of(op, b);
	uint32_t taken, by_line;

	if (!vgic_op_require_held(op, b, UINT32_MAX))
		return 0;
	vgic_op_collect(op, b, UINT32_MAX);
	taken = bank->taken & (bank->edge | bank->latched); /* a level is pending as long as its line is up */
	by_line = bank->translated & ~(bank->edge | bank->latched); /* its vCPU may not have followed yet */
	op->effects->ask_pending = bank->linked & ~(taken | by_line);
	return bank->pending | taken | (bank->line & ~bank->edge);
}

static void pend_software(struct vgic_op *op, struct vgic_bank *bank, unsigned b, uint32_t mask)
{
	for (unsigned v = 0; v < op->gic->vcpu_count; v++) {
		uint32_t own = mask & op->gic->cpu[v]->mine[b];

		if (!own || (op->private_bank && v != op->vcpu))
			continue;
		vgic_raise_many(op->gic->cpu[v], b, own);
		op->effects->attend |= 1u << v;
		mask &= ~own;
	}
	bank->pending |= mask; /* routed nowhere */
}

/*
 * A linked interrupt is pended where its pending state is, and comes as a real one. One that was taken from
 * there is pending already, and would come twice. Not inlined: an interrupt that is not linked needs no
 * stack.
 */
static __attribute__((noinline)) void pend_linked(struct vgic_op *op, struct vgic_bank *bank, unsigned b,
												  uint32_t mask)
{
	uint32_t linked = mask & bank->linked;

	if (!vgic_op_require_held(op, b, linked))
		return;
	if (!op->gic->direct) /* else nothing is taken */
		vgic_op_collect(op, b, linked);
	op->effects->pend = linked & ~bank->taken;
	bank->latched |= linked & ~bank->edge;
	if (mask & ~linked)
		pend_software(op, bank, b, mask & ~linked);
}

static void write_pend(struct vgic_op *op, unsigned b, uint32_t value)
{
	struct vgic_bank *bank = bank_of(op, b);

	if (value & bank->linked)
		pend_linked(op, bank, b, value);
	else
		pend_software(op, bank, b, value);
}

static void write_unpend(struct vgic_op *op, unsigned b, uint32_t value)
{
	struct vgic_bank *bank = bank_of(op, b);

	if (!vgic_op_require_held(op, b, value))
		return;
	vgic_op_dequeue(op, b, value);
	vgic_op_collect(op, b, value);
	bank->pending &= ~value;
	bank->latched &= ~value;
	op->effects->unpend = value & bank->linked;
	op->effects->deactivate = value & bank->taken;
	bank->taken &= ~value;
	if (value & bank->line & ~bank->edge)
		vgic_op_changed(op, b, value); /* the line still says so */
}

static uint32_t read_active(struct vgic_op *op, unsigned b)
{
	if (!vgic_op_require_held(op, b, UINT32_MAX))
		return 0;
	op->effects->ask_active = op->gic->direct ? bank_of(op, b)->linked : 0;
	return bank_of(op, b)->active;
}

static void write_activate(struct vgic_op *op, unsigned b, uint32_t value)
{
	struct vgic_bank *bank = bank_of(op, b);
	uint32_t change;

	if (op->gic->direct) {
		if (vgic_op_require_held(op, b, value))
			op->effects->activate = value & bank->linked;
		return;
	}
	bank->used |= value; /* first: its vCPU must be held though it could not have it listed until now */
	if (!vgic_op_require_held(op, b, value))
		return;
	change = value & ~bank->active;
	vgic_op_dequeue(op, b, change);
	vgic_op_collect(op, b, change);
	vgic_op_changed(op, b, change);
	bank->active |= change;
	bank->forced |= change;
	op->effects->activate = change & bank->linked;
	give_back(op, bank, change);
	for (; change; change &= change - 1) {
		uint32_t vintid = b * 32 + bits_lowest(change);
		unsigned target = op->private_bank ? op->vcpu : vgic_target(op->gic, vintid);

		if (target == op->gic->vcpu_count)
			continue;
		vgic_queue_add(&op->gic->cpu[target]->active, bank->priority[vintid % 32], vintid);
		op->gic->cpu[target]->forced_banks |= 1u << b;
	}
}

static void write_deactivate(struct vgic_op *op, unsigned b, uint32_t value)
{
	if (op->gic->direct) {
		op->effects->deactivate = value & bank_of(op, b)->linked;
		vgic_op_changed(op, b, value & bank_of(op, b)->translated); /* a line that is up still says so */
		return;
	}
	if (!vgic_op_require_held(op, b, value))
		return;
	vgic_op_collect(op, b, value); /* an interrupt that came again meanwhile is another one */
	vgic_op_end_active(op, b, value);
	vgic_op_changed(op, b, value);
}

/* One row for each register, 0x80 bytes of offsets each. Absent registers read 0 and ignore writes. */
struct row {
	uint32_t (*read)(struct vgic_op *op, unsigned bank);
	void (*write)(struct vgic_op *op, unsigned bank, uint32_t value);
};

static const struct row rows[] = {
	[GIC_IGROUPR >> 7] = {.read = read_group, .write = write_group},
	[GIC_ISENABLER >> 7] = {.read = read_enable, .write = write_enable},
	[GIC_ICENABLER >> 7] = {.read = read_enable, .write = write_disable},
	[GIC_ISPENDR >> 7] = {.read = read_pending, .write = write_pend},
	[GIC_ICPENDR >> 7] = {.read = read_pending, .write = write_unpend},
	[GIC_ISACTIVER >> 7] = {.read = read_active, .write = write_activate},
	[GIC_ICACTIVER >> 7] = {.read = read_active, .write = write_deactivate},
};

/* Interrupts of a bank that exist for this access: none beyond the distributor's, and no 1020 to 1023. */
static uint32_t existing(const struct vgic_op *op, unsigned b)
{
	/* With affinity routing the distributor's own bank 0 is reserved (IHI 0069 GICD_ISENABLER<n>). */
	if (op->private_bank)
		return b == 0 ? UINT32_MAX : 0;
	if (b == 0 || b >= op->gic->bank_count)
		return 0;
	return b == GIC_INTID_MAX / 32 ? BITS(27, 0) : UINT32_MAX;
}

static void access_bits(struct vgic_op *op, uint32_t offset, struct vgic_access *access)
{
	const struct row *row = &rows[offset >> 7];
	unsigned b = (offset & 0x7f) >> 2;
	uint32_t mask = existing(op, b);

	if (!row->read || !mask || access->size_bytes != 4)
		access->value = 0;
	else if (access->write)
		row->write(op, b, (uint32_t)access->value & mask);
	else
		access->value = row->read(op, b) & mask;
	op->effects->bank = b;
}

void vgic_op_access(struct vgic_op *op, uint32_t offset, struct vgic_access *access)
{
	uint32_t priority = offset - GIC_IPRIORITYR, trigger = offset - GIC_ICFGR;

	if (offset < GIC_IPRIORITYR) {
		access_bits(op, offset, access);
		return;
	}
	if (priority < GIC_INTID_MAX && existing(op, priority / 32) &&
		(access->size_bytes == 1 || access->size_bytes == 4)) {
		op->effects->bank = priority / 32;
		vgic_priority_access(op, priority, access);
	} else if (trigger < GIC_INTID_MAX / 4 && existing(op, trigger / 8) && access->size_bytes == 4) {
		op->effects->bank = trigger / 8;
		vgic_trigger_access(op, trigger / 8, trigger % 8 * 4, access);
	} else {
		access->value = 0;
	}
}
