/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The long way of an interrupt (flow/deliver/irq.c) for a vCPU whose guest may have closed it: vgic/closed.h.
 * The vectors call these; see machine/api/boot.h.
 */
#include "flow/deliver/irq.h"

/* What its guest has closed stays in the model. Else nothing is different. */
static uint64_t take_closed(struct vcpu *vcpu, uint64_t intid, uint64_t (*take)(struct frame *, uint64_t))
{
	uint64_t tag = vcpu->irq_tag, attend;

	if (vcpu->direct || !atomic_load(&vcpu->vgic.closed.pages->closed))
		return take(&vcpu->frame, intid);
	vcpu->irq_tag = IRQ_TAG_NEVER;
	attend = take(&vcpu->frame, intid);
	vcpu->irq_tag = tag; /* nothing was listed meanwhile */
	if (attend == ATTEND_NEWS && !(atomic_load(&vcpu->due) | atomic_load(&vcpu->kept)) &&
		vgic_withholds(&vcpu->vm->vgic, vcpu->index, SIGNALBOX_AVOIDED_INJECTION))
		return 0;
	return attend;
}

uint64_t irq_from_guest_closed_group0(struct frame *frame, uint64_t intid)
{
	return take_closed(vcpu_of_frame(frame), intid, irq_from_guest_group0);
}

uint64_t irq_from_guest_closed_group1(struct frame *frame, uint64_t intid)
{
	return take_closed(vcpu_of_frame(frame), intid, irq_from_guest_group1);
}
