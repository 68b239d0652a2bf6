/* SPDX-License-Identifier: Apache-2.0 */
/* One visitor for both directions, so that what is saved is what is loaded. */
#include "pack.h"

#include <string.h>

#include "vgic/lr.h"
#include "visit.h"

static struct cursor {
	struct key *key;
	unsigned bit;
	bool load;
} at;

static void put(uint64_t value, unsigned bits)
{
	unsigned word = at.bit / 64, shift = at.bit % 64;

	if (value >> bits)
		fault("the packed state has no room for a value");
	at.key->word[word] |= value << shift;
	if (shift + bits > 64)
		at.key->word[word + 1] |= value >> (64 - shift);
	at.bit += bits;
}

bool visit_loads(void)
{
	return at.load;
}

static uint64_t get(unsigned bits)
{
	unsigned word = at.bit / 64, shift = at.bit % 64;
	uint64_t value = at.key->word[word] >> shift;

	if (shift + bits > 64)
		value |= at.key->word[word + 1] << (64 - shift);
	at.bit += bits;
	return value & (BIT(bits) - 1);
}

uint64_t visit(uint64_t value, unsigned bits)
{
	if (at.load)
		return get(bits);
	put(value, bits);
	return value;
}

/* Where VMs begin anew, they do so with 0. */
static uint8_t visit_priority(uint8_t priority)
{
	if (world_has_lives() && visit(priority == 0, 1))
		return 0;
	return visit(priority == WORLD_PRIORITY_LOW, 1) ? WORLD_PRIORITY_LOW : WORLD_PRIORITY_HIGH;
}

/* Depends on whether the interrupt is linked: for one that moves, too. */
static void visit_pending(struct vgic_bank *bank, unsigned n, bool linked, bool moves)
{
	if (linked || moves)
		VISIT_BIT(bank->taken, n);
	if (!linked || moves)
		VISIT_BIT(bank->pending, n);
	if (!linked || moves)
		VISIT_BIT(bank->line, n);
	bank->lr[n] = linked ? 0 : (uint8_t)visit(bank->lr[n], 4);
}

static void visit_bank(struct vgic_bank *bank, unsigned n, unsigned i)
{
	bool moves = world_peer(i) != HARDWARE_NONE || world.plan->irq[i].reserved;

	if (moves) {
		VISIT_BIT(world.linked, i);
		bank->linked = (bank->linked & ~(1u << n)) | (world.linked >> i & 1) << n;
		bank->intid[n] = (uint16_t)world_intid(&world.plan->irq[i]);
	}
	VISIT_BIT(bank->group1, n);
	VISIT_BIT(bank->enabled, n);
	VISIT_BIT(bank->edge, n);
	visit_pending(bank, n, world.linked >> i & 1, moves);
	VISIT_BIT(bank->latched, n);
	VISIT_BIT(bank->active, n);
	VISIT_BIT(bank->used, n);
	VISIT_BIT(bank->stray, n);
	VISIT_BIT(bank->forced, n);
	bank->priority[n] = visit_priority(bank->priority[n]);
}

static void visit_reference(struct reference_irq *r, uint8_t own)
{
	VISIT(r->enabled, 1);
	VISIT(r->edge, 1);
	VISIT(r->latch, 1);
	VISIT(r->line, 1);
	VISIT(r->active, 1);
	VISIT(r->group, 1);
	r->priority = visit_priority(r->priority);
	if (world_has_modes()) {
		VISIT(r->sampled, 1);
		VISIT(r->unreachable, 1);
	}
	if (r->private)
		r->route = r->active_on = own;
	if (r->private)
		return;
	VISIT(r->route, 1);
	if (!at.load && !r->active)
		r->active_on = 0; /* means nothing */
	VISIT(r->active_on, 1);
}

static void visit_link(const struct world_irq *irq)
{
	static const uint8_t priorities[] = {GIC_PRIORITY_GUEST, 0x80, 0x80 | WORLD_PRIORITY_HIGH >> 1,
										 0x80 | WORLD_PRIORITY_LOW >> 1};
	struct hardware_source *source = world_source(irq);
	uint64_t *word = irq_word(&box.irqs, &box.vcpu[irq->vcpu]->irqs, world_intid(irq));
	uint64_t image = LR_HW | FIELD_PUT(LR_PINTID, world_intid(irq)) | irq->vintid, ready;
	unsigned vcpu;

	VISIT(source->latch, 1);
	VISIT(source->line, 1);
	VISIT(source->active, 1);
	VISIT(source->enabled, 1);
	VISIT(source->edge, 1);
	VISIT(source->pcpu, 1);
	if (world_has_modes()) {
		VISIT(source->group1, 1);
		source->priority = visit_known(source->priority, priorities);
	}
	if (irq->reserved)
		return;
	ready = visit((*word & IRQ_WORD_READY) != 0, 1);
	vcpu = (unsigned)visit(irq_vcpu(*word), 1);
	image |= FIELD_PUT(LR_GROUP, visit(ready && *word & LR_GROUP, 1));
	image |= FIELD_PUT(LR_PRIORITY, visit_priority(ready ? (uint8_t)FIELD_GET(LR_PRIORITY, *word) : 0));
	*word = FIELD_PUT(IRQ_WORD_KIND, IRQ_GUEST) | FIELD_PUT(IRQ_WORD_VCPU, vcpu) | irq->vintid;
	if (ready)
		irq_make_ready(word, vcpu, image);
}

static void visit_queue(struct vgic_queue *queue, uint32_t vintid, uint8_t priority)
{
	bool in = visit(!at.load && vgic_queue_has(queue, vintid), 1);

	if (at.load && in)
		vgic_queue_add(queue, priority, vintid);
}

static void clear_queue(struct vgic_queue *queue)
{
	queue->levels = queue->count = 0;
	queue->members[0] = queue->members[1] = 0;
	for (unsigned l = WORLD_PRIORITY_HIGH >> 3; l <= WORLD_PRIORITY_LOW >> 3; l++) {
		queue->banks[l] = 0;
		queue->bits[l][0] = queue->bits[l][1] = 0;
	}
}

static void visit_share(struct vgic_cpu *cpu, unsigned v, const struct world_irq *irq)
{
	unsigned b = irq->vintid / 32, n = irq->vintid % 32;
	uint8_t priority = world_bank(irq)->priority[n];

	if (!world_concerns(irq, v))
		return;
	visit_queue(&cpu->pending, irq->vintid, priority);
	visit_queue(&cpu->active, irq->vintid, priority);
	VISIT_BIT(cpu->listed[b], n);
	VISIT_BIT(cpu->raised[b], n);
	VISIT_BIT(cpu->review[b], n);
	if (b)
		VISIT_BIT(cpu->mine[b], n);
	if (world_has_foreign_ends())
		VISIT_BIT(world_vcpu(v)->muted[b], n);
}

static uint64_t visit_hcr(uint64_t hcr)
{
	uint64_t value = visit(hcr & 0xff, 8);

	value |= FIELD_PUT(ICH_HCR_TDIR, visit(FIELD_GET(ICH_HCR_TDIR, hcr), 1));
	if (world_has_modes())
		value |= visit(hcr >> 10 & 5, 3) << 10; /* TC, TALL1 */
	return value | FIELD_PUT(ICH_HCR_EOICOUNT, visit(FIELD_GET(ICH_HCR_EOICOUNT, hcr), 3));
}

static unsigned index_bits(void)
{
	return world.plan->irq_count > 4 ? 4 : world.plan->irq_count > 2 ? 2 : 1;
}

/* An unused list register is 0: no code reads what is left in it. */
static void visit_list_register(uint64_t *lr, unsigned v)
{
	bool holds = *lr & (LR_PENDING | LR_ACTIVE) || (*lr & LR_EOI && !(*lr & LR_HW));
	const struct world_irq *irq;
	uint64_t value;

	if (!visit(holds, 1)) {
		*lr = 0;
		return;
	}
	irq = &world.plan
			   ->irq[visit(holds ? world_index(v, (uint32_t)FIELD_GET(LR_VINTID, *lr)) : 0, index_bits())];
	value = FIELD_PUT(LR_PENDING | LR_ACTIVE, visit(FIELD_GET(LR_PENDING | LR_ACTIVE, *lr), 2));
	value |= FIELD_PUT(LR_GROUP, visit(FIELD_GET(LR_GROUP, *lr), 1));
	value |= FIELD_PUT(LR_PRIORITY, visit_priority((uint8_t)FIELD_GET(LR_PRIORITY, *lr)));
	if (world_is_linked(irq))
		value |= LR_HW | FIELD_PUT(LR_PINTID, world_intid(irq));
	else
		value |= FIELD_PUT(LR_EOI, visit(FIELD_GET(LR_EOI, *lr), 1));
	*lr = value | irq->vintid;
}

static void visit_interface(struct hardware_vif *vif, unsigned v)
{
	visit_registers(vif);
	vif->hcr = visit_hcr(vif->hcr);
	if (hardware.lags)
		VISIT(vif->empty, hardware.lr_count);
	for (unsigned n = 0; n < hardware.lr_count; n++)
		visit_list_register(&vif->lr[n], v);
}

/* At most one handler runs for each priority. */
static void visit_guest(struct guest *guest, struct reference_cpu *cpu)
{
	VISIT(guest->at_el2, 1);
	VISIT(guest->running_count, 2);
	for (unsigned n = guest->running_count; n < WORLD_IRQS; n++) /* means nothing */
		guest->running[n] = guest->running_group[n] = cpu->running[n] = 0;
	for (unsigned n = 0; n < guest->running_count; n++) {
		VISIT(guest->running[n], index_bits());
		VISIT(guest->running_group[n], 1);
		cpu->running[n] = visit_priority(cpu->running[n]);
	}
	VISIT(guest->dropped, world.plan->irq_count);
	cpu->running_count = guest->running_count;
	VISIT(cpu->split_eoi, 1);
	VISIT(cpu->group_enabled[0], 1);
	VISIT(cpu->group_enabled[1], 1);
	cpu->mask = visit(cpu->mask == WORLD_MASK_HIGH, 1) ? WORLD_MASK_HIGH : WORLD_MASK_OPEN;
}

static void visit_vcpu(unsigned v)
{
	struct vcpu *vcpu = world_vcpu(v);
	unsigned p = vcpu->pcpu;
	bool simple;

	if (at.load) {
		clear_queue(&vcpu->vgic.pending);
		clear_queue(&vcpu->vgic.active);
		/* A write to GICD_IPRIORITYR has others reviewed that share the word, and are never enabled. */
		vcpu->vgic.review[0] = vcpu->vgic.review[1] = 0;
	}
	for (unsigned i = 0; i < world.plan->irq_count; i++)
		visit_share(&vcpu->vgic, v, &world.plan->irq[i]);
	VISIT(vcpu->vgic.listed_banks, 2);
	VISIT(vcpu->vgic.forced_banks, 2);
	VISIT(vcpu->vgic.attend, 2);
	vcpu->vgic.hcr = (uint32_t)visit_hcr(vcpu->vgic.hcr);
	simple = visit(vcpu->irq_tag != IRQ_TAG_NEVER, 1);
	vcpu->irq_tag = simple ? irq_tag(v) : IRQ_TAG_NEVER;
	if (world_has_foreign_ends())
		VISIT(vcpu->muted_banks, 2);
	VISIT(vcpu->live, 1);
	VISIT(vcpu->busy, 1);
	VISIT(vcpu->refold, 1);
	VISIT(vcpu->folded, 1);
	if (!vcpu->away) {
		VISIT(hardware.private[p][gic_kick_notify(false)].latch, 1);
		if (world_has_modes() || world.plan->shares)
			VISIT(hardware.private[p][gic_kick_attend(false)].latch, 1);
		VISIT(hardware.private[p][box.host.maintenance_intid].active, 1);
		visit_interface(&hardware.vif[p], v);
	}
	visit_guest(&world.guest[v], &world.reference.cpu[v]);
}

/* The physical interrupt: packed once for all VMs that know it. */
static bool has_link(unsigned i)
{
	unsigned peer = world_peer(i);

	if (peer == HARDWARE_NONE)
		return world_is_linked(&world.plan->irq[i]) || world.plan->irq[i].reserved;
	return i < peer;
}

static void visit_world(void)
{
	if (world.plan->shares)
		visit_shares();
	for (unsigned v = 0; v < box.vm_count; v++)
		visit_vm(&box.vm[v], world.reference.group_forwarded[v]);
	for (unsigned i = 0; i < world.plan->irq_count; i++) {
		const struct world_irq *irq = &world.plan->irq[i];

		visit_bank(world_bank(irq), irq->vintid % 32, i);
		if (irq->vintid >= GIC_PRIVATE_COUNT && !world.plan->two_vms)
			VISIT(world_vm(irq)->vgic.router[irq->vintid], 1);
		visit_reference(&world.reference.irq[i], irq->vcpu);
		if (has_link(i))
			visit_link(irq);
	}
	for (unsigned v = 0; v < world.plan->vcpu_count; v++)
		visit_vcpu(v);
	if (!(world.plan->ops & OPS(OP_LATE_LOOK)))
		return;
	world.late_irq = (uint8_t)(visit((world.late_irq + 1) & 0xff, 3) - 1);
	world.late_vcpu = (uint8_t)visit(world.late_irq == WORLD_NOBODY ? 0 : world.late_vcpu, 1);
}

void pack_save(struct key *key)
{
	memset(key, 0, sizeof(*key));
	at = (struct cursor){.key = key};
	visit_world();
	if (at.bit > KEY_WORDS * 64)
		fault("the packed state is too long");
}

void pack_load(const struct key *key)
{
	struct key copy = *key;

	at = (struct cursor){.key = &copy, .load = true};
	visit_world();
}
