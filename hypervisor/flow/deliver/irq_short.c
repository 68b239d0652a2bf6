/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way of an interrupt: acknowledge; read the owner word; if the owner is the vCPU that runs here,
 * and list register 0 is free, write it; then nothing else may be pending. Anything more goes the long way,
 * flow/deliver/irq.c.
 *
 * The vectors have saved x0 to x3, x8, x9, x16, x17 and x30 only. The build compiles this file so that it
 * uses no other register, it makes no calls, and tools/lint/short_way.py checks the result.
 */
#include "flow/deliver/short.h"

enum group { GROUP0, GROUP1 };

SHORT_PART uint64_t acknowledge(enum group group)
{
	return group == GROUP0 ? gic_short_acknowledge_group0() : gic_short_acknowledge_group1();
}

SHORT_PART void drop(enum group group, uint64_t intid)
{
	if (group == GROUP0)
		gic_short_drop_group0(intid);
	else
		gic_short_drop_group1(intid);
}

/* The result for the vectors: 0 after the last interrupt, or an INTID for the long way, plus 1. */
SHORT_PART uint64_t end(uint64_t intid)
{
	if (__builtin_expect(gic_is_interrupt(intid), 0))
		return intid + 1;
	gic_short_batch_end();
	return 0;
}

/* irq_slot(), with a branch: that takes fewer instructions than both addresses and a choice. */
SHORT_PART struct irq_slot *short_slot(struct vcpu *vcpu, uint64_t intid)
{
	struct irq_slot *slot;

	if (intid >= GIC_PRIVATE_COUNT)
		return &box.irqs.shared[intid];
	slot = &vcpu->irqs.slot[intid];
	asm volatile("" : "+r"(slot)); /* keeps the branch */
	return slot;
}

/*
 * `intid` is acknowledged. True: it is in list register 0, and its priority must be dropped. False: it must
 * take the long way.
 */
SHORT_PART bool take(struct vcpu *vcpu, uint64_t intid)
{
	struct irq_slot *slot = short_slot(vcpu, intid);
	uint64_t word = atomic_load(&slot->word);

	if (__builtin_expect(((word ^ vcpu->irq_tag) & IRQ_WORD_TAG) != 0, 0) || !(gic_short_lr_empty() & 1))
		return false;
	slot->count++;
	gic_short_lr_write(0, word & ~IRQ_WORD_TAG);
	return true;
}

/* Has its guest closed something? The long way looks what. */
SHORT_PART bool has_closed(const struct vcpu *vcpu)
{
	return atomic_load(&vcpu->vgic.closed.pages->closed);
}

SHORT_PART uint64_t take_one(struct frame *frame, enum group group, bool may_close)
{
	uint64_t intid = acknowledge(group);
	struct vcpu *vcpu = vcpu_of_frame(frame);

	if (gic_is_interrupt(intid) && !(may_close && has_closed(vcpu)) && take(vcpu, intid)) {
		drop(group, intid);
		intid = acknowledge(group);
	}
	return end(intid);
}

uint64_t irq_short_group0(struct frame *frame)
{
	return take_one(frame, GROUP0, false);
}

uint64_t irq_short_group1(struct frame *frame)
{
	return take_one(frame, GROUP1, false);
}

uint64_t irq_short_closed_group0(struct frame *frame)
{
	return take_one(frame, GROUP0, true);
}

uint64_t irq_short_closed_group1(struct frame *frame)
{
	return take_one(frame, GROUP1, true);
}

/* Another vCPU, or EL2 for it, has raised one private interrupt of this vCPU: mostly an SGI. */
SHORT_PART bool take_news(struct vcpu *vcpu, uint64_t intid)
{
	uint32_t vintid;

	gic_short_synchronise();
	if (!vgic_short_news(&vcpu->vgic, &vintid))
		return false;
	if (vintid != VGIC_NONE) {
		if (!short_list_edge(vcpu, &vcpu->vgic.private, vintid)) {
			atomic_or(&vcpu->vgic.attend, 1u);
			return false;
		}
		atomic_and(&vcpu->vgic.raised[0], ~(1u << vintid));
	} else if (vcpu->irq_tag == IRQ_TAG_NEVER) {
		return false; /* with direct delivery dropping its priority ends it, too: flow/deliver/irq.c handles
						 that */
	}
	vcpu->irqs.slot[intid].count++;
	return true;
}

SHORT_PART uint64_t take_notification(struct frame *frame, enum group group)
{
	uint64_t intid = gic_kick_notify(group == GROUP1);

	if (take_news(vcpu_of_frame(frame), intid)) {
		drop(group, intid);
		gic_short_deactivate(intid);
		intid = acknowledge(group);
	}
	return end(intid);
}

uint64_t irq_short_news_group0(struct frame *frame)
{
	return take_notification(frame, GROUP0);
}

uint64_t irq_short_news_group1(struct frame *frame)
{
	return take_notification(frame, GROUP1);
}
