/* SPDX-License-Identifier: Apache-2.0 */
#include "oracle.h"

#include "flow/exits/group1.h"
#include "flow/run/run.h"
#include "foreign.h"
#include "modes.h"
#include "shares.h"
#include "stubs.h"
#include "vgic/lr.h"

#define MISR_EOI 1u

/* Where an interrupt is in the whole system. */
struct place {
	unsigned listed_pending, listed_active; /* list registers of all vCPUs */
	unsigned listed_active_on, listed;      /* list registers that hold it at all */
	bool pending, taken, active, line;      /* in the model */
	bool raised;                            /* in an inbox */
	bool listed_wrongly; /* with a physical one that it does not have, or without the one that it has */
	bool physical_pending, physical_latch, physical_active;
};

static void look_at_lists(struct place *place, const struct world_irq *irq)
{
	for (unsigned v = 0; v < world.plan->vcpu_count; v++) {
		if (!world_concerns(irq, v))
			continue;
		place->raised |= world_vcpu(v)->vgic.raised[irq->vintid / 32] >> (irq->vintid % 32) & 1;
		for (unsigned n = 0; n < hardware.lr_count && !world_vcpu(v)->away; n++) {
			uint64_t lr = hardware.vif[world_pcpu(v)].lr[n];

			if (!(lr & (LR_PENDING | LR_ACTIVE)) || FIELD_GET(LR_VINTID, lr) != irq->vintid)
				continue;
			place->listed_wrongly |= world_is_linked(irq) ? !(lr & LR_HW) : (lr & LR_HW) != 0;
			place->listed++;
			place->listed_pending += (lr & LR_PENDING) != 0;
			place->listed_active += (lr & LR_ACTIVE) != 0;
			if (lr & LR_ACTIVE)
				place->listed_active_on = v;
		}
	}
}

/* Will a vCPU look at it before it is entered? */
static bool is_to_be_reviewed(const struct world_irq *irq)
{
	uint32_t review = 0;

	for (unsigned v = 0; v < world.plan->vcpu_count; v++)
		if (world_concerns(irq, v))
			review |= world_vcpu(v)->vgic.review[irq->vintid / 32];
	return review >> (irq->vintid % 32) & 1;
}

/* Its vCPU is away: what the latch of its processor was. */
static bool is_pended(const struct world_irq *irq)
{
	return irq->vintid < GIC_PRIVATE_COUNT && (world_vcpu(irq->vcpu)->pended >> irq->vintid & 1);
}

static struct place place_of(unsigned i)
{
	const struct world_irq *irq = &world.plan->irq[i];
	const struct vgic_bank *bank = world_bank(irq);
	unsigned n = irq->vintid % 32;
	struct place place = {
		.pending = bank->pending >> n & 1,
		.taken = bank->taken >> n & 1,
		.active = bank->active >> n & 1,
		.line = (bank->line & ~bank->edge) >> n & 1,
	};

	if (modes_is_direct(irq) && world_is_linked(irq)) {
		if (place.active || place.taken || (place.pending && !is_to_be_reviewed(irq)))
			fault("the model says what only the physical GIC knows");
		place.active = world_source(irq)->active;
	}
	look_at_lists(&place, irq);
	if (world_is_linked(irq)) {
		const struct hardware_source *source = world_source(irq);

		place.physical_active = source->active;
		place.physical_latch = source->latch || is_pended(irq);
		place.physical_pending = place.physical_latch || (!source->edge && source->line);
	}
	return place;
}

/* Will this vCPU be looked at before its guest runs on for long? */
static bool is_outstanding(unsigned v)
{
	if (world.guest[v].off)
		return world.plan->shares && world_vcpu(v)->vgic.attend;
	if (world.guest[v].at_el2 || world_vcpu(v)->vgic.attend || world_vcpu(v)->stopping ||
		(world.retry >> v & 1) || world_vcpu(v)->muted_banks)
		return true;
	for (unsigned n = 0; hardware.watched >> n & 1; n++)
		if (hardware_signals(world_pcpu(v), hardware.watch[n]))
			return true;
	return false;
}

static bool anything_outstanding(void)
{
	for (unsigned v = 0; v < world.plan->vcpu_count; v++)
		if (!(world.plan->shares && world.guest[v].off) && is_outstanding(v))
			return true;
	return false;
}

/* L2 */
static bool may_linger(unsigned v, unsigned i)
{
	const struct reference_irq *r = &world.reference.irq[i];

	return !r->edge && !r->line &&
		   (world_is_linked(&world.plan->irq[i]) || (world_peer(i) == HARDWARE_NONE && is_outstanding(v)));
}

/* Would the reference present it if it were pending? */
static bool is_presentable(unsigned v, unsigned i)
{
	struct reference copy = world.reference;

	copy.irq[i].latch = true;
	return reference_deliverable(&copy, v, i);
}

/* Raised because a third VM ended a level: only its line counts, as in L2. */
static bool is_level_again(unsigned i)
{
	return world_has_foreign_ends() && world_is_linked(&world.plan->irq[i]) && !world.reference.irq[i].edge;
}

/* What the guest would find in ICC_IAR, which traps while something that is translated is outstanding. */
static uint32_t peek(unsigned v, unsigned *group)
{
	uint32_t intid = hardware_peek(world_pcpu(v), group);

	for (unsigned i = 0; i < world.plan->irq_count && hardware_traps_group1(world_pcpu(v)); i++)
		if (world_intid(&world.plan->irq[i]) == intid && world_concerns(&world.plan->irq[i], v))
			return world.plan->irq[i].vintid;
	return intid;
}

static uint32_t guest_acknowledges(unsigned v, unsigned group)
{
	if (!hardware_traps_group1(world_pcpu(v)))
		return hardware_acknowledge(world_pcpu(v), group);
	if (!stubs_access(world_vcpu(v), ESR_OF_WRITE(ICC_IAR1_EL1) | ESR_SYSREG_READ, &world.guest[v].at_el2))
		fault("ICC_IAR1_EL1 is undefined");
	return (uint32_t)world_vcpu(v)->frame.x[0];
}

bool oracle_acknowledge(unsigned v)
{
	struct guest *guest = &world.guest[v];
	unsigned group = 0, i;
	uint32_t vintid = peek(v, &group);
	struct place place;

	if (vintid == HARDWARE_NONE)
		return false;
	i = world_index(v, vintid);
	if (guest_acknowledges(v, group) != vintid)
		fault("ICC_IAR answers another interrupt than the one that was signalled");
	reference_acknowledge(&world.reference, v, i);
	guest->running[guest->running_count] = (uint8_t)i;
	guest->running_group[guest->running_count++] = (uint8_t)group;
	place = place_of(i); /* L1 */
	if ((place.raised && !is_level_again(i)) || place.pending || place.physical_latch)
		world.reference.irq[i].latch = true;
	return true;
}

/* L4 */
static bool was_latched(unsigned i)
{
	const struct world_irq *irq = &world.plan->irq[i];

	return world_bank(irq)->latched >> (irq->vintid % 32) & 1;
}

void oracle_read_pending(unsigned i, bool answer)
{
	const struct reference_irq *r = &world.reference.irq[i];
	bool looked_at = world_is_linked(&world.plan->irq[i]) && !was_latched(i);

	if (reference_pending(r) && !answer)
		fault("ISPENDR does not show what is pending");
	if (!reference_pending(r) && answer && (looked_at || !may_linger(r->route, i)) &&
		!(r->sampled && r->line))
		fault("ISPENDR shows what is not pending");
}

void oracle_read_active(unsigned i, bool answer)
{
	if (answer != world.reference.irq[i].active)
		fault("ISACTIVER is wrong");
}

void oracle_after_refresh(unsigned v, bool maintained)
{
	if (run_must_attend(world_vcpu(v)))
		fault("the guest is entered with something to attend to");
	if (world_vcpu(v)->direct != world_vcpu(v)->vm->vgic.direct ||
		world_vcpu(v)->direct != hardware.pif[world_pcpu(v)].direct)
		fault("the interface is not what the VM's delivery says");
	if (hardware_misr(world_pcpu(v)) &
		(maintained ? ~0u : ~MISR_EOI)) /* what ended since the exit has not been looked at */
		fault("the maintenance interrupt comes again at once");
}

/* What the guest could acknowledge now. */
static void check_answer(unsigned v)
{
	unsigned group = 0, i;
	uint32_t vintid;

	if (world.guest[v].at_el2 || world.guest[v].off)
		return;
	vintid = peek(v, &group);
	if (vintid == HARDWARE_NONE) {
		if (reference_signals(&world.reference, v) && !anything_outstanding())
			fault("lost: an interrupt is pending, ICC_IAR answers 1023, and nothing will change that");
		return;
	}
	i = world_index(v, vintid);
	if (i == HARDWARE_NONE)
		fault("ICC_IAR answers an interrupt that does not exist");
	else if (group != world.reference.irq[i].group)
		fault("ICC_IAR answers in the wrong group");
	else if (!is_presentable(v, i))
		fault("ICC_IAR answers what is disabled, masked, active or routed elsewhere");
	else if (!reference_pending(&world.reference.irq[i]) && !may_linger(v, i))
		fault("ICC_IAR answers what is not pending");
	else if (!anything_outstanding() && !reference_allows(&world.reference, v, i) && !may_linger(v, i))
		fault("ICC_IAR answers an interrupt although a better one is pending");
}

static void check_pending(unsigned i, const struct place *place)
{
	const struct reference_irq *r = &world.reference.irq[i];
	bool listed = place->listed_pending,
		 somewhere = listed || place->pending || place->taken || place->raised;
	bool linked = world_is_linked(&world.plan->irq[i]);
	bool line = linked ? place->physical_pending : place->line;

	if (world.plan->irq[i].translated && linked && !r->edge)
		line = place->line || (place->physical_pending && !is_to_be_reviewed(&world.plan->irq[i]));
	if (place->listed_pending > 1 ||
		(place->listed_pending + place->pending + place->taken > 1 && !anything_outstanding()))
		fault("doubled: an interrupt is pending in two places");
	if (reference_pending(r) && !somewhere && !line)
		fault("lost: nothing knows any more that an interrupt is pending");
	if (!reference_pending(r) && (place->raised || place->pending || line) &&
		!(linked && may_linger(r->route, i)))
		fault("spurious: an interrupt is pending that should not be");
	if (!reference_pending(r) && (place->taken || listed) && !may_linger(r->route, i))
		fault("spurious: an interrupt is listed or taken that is not pending");
}

static void check_active(unsigned i, const struct place *place)
{
	const struct reference_irq *r = &world.reference.irq[i];
	unsigned active = place->listed_active + place->active;

	if (active > 1)
		fault("doubled: an interrupt is active in two places");
	if (place->listed_active && (!r->active || r->active_on != place->listed_active_on))
		fault("misattributed: a list register says active, which it is not there");
	for (unsigned v = 0; v < world.plan->vcpu_count; v++)
		if (!world_vcpu(v)->away && hardware_eoi_count(world_pcpu(v)))
			return; /* the fold that follows finds out which one ended */
	if (active != r->active)
		fault(r->active ? "lost: an active interrupt was ended that was not meant"
						: "stuck: an interrupt is still active that was ended");
}

/* Its group and priority are those of the guest, or else EL2's. */
static void check_class(unsigned i)
{
	const struct world_irq *irq = &world.plan->irq[i];
	const struct hardware_source *source = world_source(irq);
	bool direct = modes_is_direct(irq) && world_is_linked(irq);

	if (source->group1 != direct)
		fault("an interrupt is in the wrong physical group");
	if (source->priority !=
		(direct ? irq_direct_priority(world_bank(irq)->priority[irq->vintid % 32]) : GIC_PRIORITY_GUEST))
		fault("an interrupt has the wrong physical priority");
	if (irq->reserved && !direct && (source->enabled || source->active || source->latch))
		fault("a number that is of no use now is enabled, active or pending");
}

/* May its group be forwarded to the guest? With direct delivery Group 0 never is. */
static bool is_forwarded(const struct world_irq *irq, const struct reference_irq *r)
{
	return !modes_is_direct(irq) || (r->group && world.reference.group_forwarded[r->distributor][1]);
}

/* The physical interrupt stays active exactly as long as the guest is not done with it. */
static void check_link(unsigned i, const struct place *place)
{
	const struct world_irq *irq = &world.plan->irq[i];
	bool ours = place->listed_pending || place->listed_active || place->active || place->taken ||
				(place->raised && !irq->reserved); /* a software one is raised before it is pended */

	if (world_is_away(irq))
		return; /* the model alone has it */
	if (place->physical_active != ours && !(ours && world_has_foreign_ends()))
		fault(ours ? "a linked interrupt is not active at the physical GIC"
				   : "orphaned: a physical interrupt "
					 "stays active that nobody will end");
	if (world_vm(irq)->state != VM_STOPPING && !foreign_is_muted(irq) &&
		world_source(irq)->enabled !=
			(world.reference.irq[i].enabled && is_forwarded(irq, &world.reference.irq[i])))
		fault("a physical interrupt is not enabled as the guest says");
	if (world_bank(irq)->stray & ~world_bank(irq)->active & 1u << irq->vintid % 32)
		fault("a linked interrupt is stray that nothing handles");
}

/* Which VM owns it, by the owner word, the model and the distributor; and what is ready to be listed. */
static void check_owner(unsigned i)
{
	const struct world_irq *irq = &world.plan->irq[i];
	const struct reference_irq *r = &world.reference.irq[i];
	const struct vgic_bank *bank = world_bank(irq);
	uint64_t word = *irq_word(&box.irqs, &box.vcpu[irq->vcpu]->irqs, world_intid(irq));
	bool ready;

	if ((bank->linked >> (irq->vintid % 32) & 1) != world_is_linked(irq))
		fault("a model is wrong about what is linked");
	if (!world_is_linked(irq))
		return;
	if (irq_kind(word) != IRQ_GUEST || irq_vintid(word) != irq->vintid || irq_vcpu(word) != irq->vcpu)
		fault("the owner word names another one");
	if (world_source(irq)->pcpu != world_pcpu(irq->vcpu))
		fault("an interrupt is routed to a processor where its owner is not");
	if (!world_is_away(irq) && world_source(irq)->edge != r->edge)
		fault("an interrupt has not the trigger that its owner wants");
	if (world_vm(irq)->state == VM_STOPPING)
		return; /* it may be off already */
	ready = !modes_is_direct(irq) && r->enabled && world.reference.group_forwarded[r->distributor][r->group];
	if (ready != ((word & IRQ_WORD_READY) != 0))
		fault("the owner word is ready although the interrupt is off, or the other way round");
	else if (ready && (word & ~IRQ_WORD_TAG) != (vgic_lr_image(bank, irq->vintid) | LR_PENDING))
		fault("the owner word is not what a list register is to hold");
}

void oracle_check(void)
{
	for (unsigned p = 0; p < world.plan->vcpu_count; p++)
		if (box.marked[p] & 1)
			fault("a pCPU stays marked, and will be waited for");
	for (unsigned i = 0; i < world.plan->irq_count; i++) {
		const struct world_irq *irq = &world.plan->irq[i];
		struct place place = place_of(i);

		if (irq->vintid < GIC_PRIVATE_COUNT && world_vm(irq)->state == VM_STOPPING)
			continue; /* at the machine it has ended, in the model it does soon */
		check_pending(i, &place);
		check_active(i, &place);
		if (place.listed > 1)
			fault("doubled: two list registers hold one interrupt");
		if (place.listed_wrongly)
			fault("a list register names a physical interrupt that is not behind its own, or none");
		if (world.plan->two_vms)
			check_owner(i);
		if (world_has_modes() && (world_is_linked(irq) || irq->reserved) &&
			world_vm(irq)->state != VM_STOPPING)
			check_class(i);
		if (world_is_linked(irq))
			check_link(i, &place);
		for (unsigned v = 0; v < world.plan->vcpu_count; v++) {
			if (!world_concerns(irq, v))
				continue;
			oracle_check_queue(&world_vcpu(v)->vgic.pending, i);
			oracle_check_queue(&world_vcpu(v)->vgic.active, i);
		}
	}
	if (world.plan->shares)
		shares_check();
	for (unsigned v = 0; v < world.plan->vcpu_count; v++) {
		check_answer(v);
		if (world_vcpu(v)->vm->vgic.direct &&
			(world_vcpu(v)->vgic.pending.levels || world_vcpu(v)->vgic.active.levels))
			fault("something is queued although delivery is direct");
		if (world_vcpu(v)->hold && !world.plan->shares)
			fault("a vCPU is held by nobody for ever");
	}
}
