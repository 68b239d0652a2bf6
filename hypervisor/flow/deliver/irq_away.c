/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/irq_away.h"

#include "flow/deliver/notify.h"
#include "flow/hold/mark.h"
#include "machine/api/cpu.h"

/* Somebody may wait for the mark, so it is not kept for all of a long batch. */
#define PIECE 32

/* In this, the words of interrupts are alike that one raise brings: one vCPU, and one bank of its GIC. */
#define ALIKE (IRQ_WORD_KIND | IRQ_WORD_VCPU | (IRQ_WORD_VINTID & ~UINT64_C(31)))

/*
 * This pCPU is marked. An interrupt of a VM that ends comes too late: its model is not touched again before
 * the VM starts anew, and nobody but this pCPU would end it (effects.c: effects_quiesce_shared()).
 */
static inline bool has_ended(const struct vcpu *owner)
{
	return __builtin_expect(atomic_load(&owner->vm->ended), 0);
}

/* A pCPU that is at EL2 already needs no kick: it chooses before a guest is entered. */
uint64_t irq_away_announce(const struct vcpu *owner, uint32_t attend, struct vcpu *here)
{
	if (owner->pcpu != pcpu_this())
		return notify_vcpus(owner->vm, attend, here);
	if (here)
		here->chooses = here->shares;
	return 1;
}

/* It goes back to the physical GIC, and comes to its owner again. A level that is not latched has its line.
 */
static __attribute__((noinline, cold)) void give_back(struct irq_slot *slot, uint32_t intid, bool latched)
{
	slot->count--;
	if (latched)
		gic_pend(pcpu_this(), intid);
	gic_deactivate(intid);
}

uint64_t irq_away_take_marked(struct vcpu *here, uint32_t intid)
{
	struct irq_bank *bank = pcpu_bank(pcpu_here());
	struct irq_slot *slot = irq_slot(&box.irqs, bank, intid);
	uint64_t word = atomic_load(&slot->word);
	struct vcpu *owner = irq_kind(word) == IRQ_GUEST ? box.vcpu[irq_vcpu(word)] : NULL;
	uint32_t attend;

	if (!owner || atomic_load(&owner->vm->vgic.direct)) {
		give_back(slot, intid, owner || (word & IRQ_WORD_LATCHED));
		mark_clear();
		return 0;
	}
	if (has_ended(owner)) {
		gic_deactivate(intid);
		mark_clear();
		return 0;
	}
	attend = vgic_raise_at(&owner->vm->vgic, owner->index, irq_vintid(word));
	mark_clear();
	irq_detours(&box.irqs, bank, intid)->queued++;
	return irq_away_announce(owner, attend, here);
}

/* This pCPU is marked. It has begun to move, or its VM to end, or its vCPU lives elsewhere. */
static __attribute__((noinline)) uint32_t take_late(struct vcpu *here, enum group group, uint32_t intid)
{
	box.irqs.shared[intid].count++;
	drop(group, intid);
	here->chooses |= irq_away_take_marked(here, intid) != 0;
	return acknowledge(group);
}

/* This pCPU is marked. Whose interrupt has this word, if that one is away from this pCPU, and takes it? */
static inline struct vcpu *owner_away(const struct vcpu *here, uint64_t word)
{
	struct vcpu *owner = box.vcpu[irq_vcpu(word)];

	if (irq_kind(word) != IRQ_GUEST || owner == here || owner->pcpu != here->pcpu ||
		atomic_load(&owner->vm->vgic.direct) || has_ended(owner))
		return NULL;
	return owner;
}

/* An interrupt has come for it: it is ready. If it cannot run sooner for that, the guest here runs on. */
static void wake(struct vcpu *here, struct vcpu *owner)
{
	if (queue_wake(&box.pcpu[here->pcpu].queue, &owner->turn, cpu_counter()))
		here->chooses = true;
	else
		owner->sleeps = false;
}

/* This pCPU is marked. Interrupts that are alike; `word`: of one of them. */
static inline void raise(struct vcpu *here, struct vcpu *owner, uint64_t word, uint32_t mask)
{
	vgic_raise_many(&owner->vgic, irq_vintid(word) / 32, mask);
	if (owner->sleeps)
		wake(here, owner);
}

__attribute__((noinline)) uint32_t irq_away_take(struct vcpu *here, enum group group, uint32_t intid)
{
	struct vcpu *owner = NULL;
	uint64_t last = 0;
	uint32_t mask = 0;
	unsigned count = 0;

	mark_set();
	do {
		struct irq_slot *slot = &box.irqs.shared[intid]; /* private ones have no owner there */
		uint64_t word = atomic_load(&slot->word);

		if (!mask || (word ^ last) & ALIKE) {
			if (mask)
				raise(here, owner, last, mask);
			mask = 0;
			owner = owner_away(here, word);
			if (!owner)
				break;
		}
		slot->count++;
		box.irqs.detours[intid].queued++;
		drop(group, intid);
		mask |= 1u << (irq_vintid(word) % 32);
		last = word;
		intid = acknowledge(group);
	} while (++count < PIECE && gic_is_interrupt(intid));
	if (count == 0)
		return take_late(here, group, intid);
	if (mask)
		raise(here, owner, last, mask);
	mark_clear();
	return intid;
}
