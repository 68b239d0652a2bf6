/* SPDX-License-Identifier: Apache-2.0 */
/* A linked interrupt of a VM, with its names in the model and in the machine. */
#ifndef FLOW_DELIVER_LINK_H
#define FLOW_DELIVER_LINK_H

#include "flow/box/system.h"

struct link {
	struct vm *vm;
	struct vgic_bank *bank;
	uint32_t vintid;
	uint32_t intid;
	unsigned target; /* vCPU in the VM; vcpu_count: none */
};

/* A link of a vCPU's private interrupt, or of a shared one. */
static inline __attribute__((always_inline)) struct link link_of(struct vm *vm, unsigned owner,
																 uint32_t vintid)
{
	struct vgic_bank *bank = vgic_bank(&vm->vgic, &vm->vcpu[owner]->vgic, vintid / 32);

	return (struct link){
		.vm = vm,
		.bank = bank,
		.vintid = vintid,
		.intid = bank->intid[vintid % 32],
		.target = vintid < GIC_PRIVATE_COUNT ? owner : vgic_target(&vm->vgic, vintid),
	};
}
/* The pCPU whose redistributor has it, or to which it is routed. */
static inline unsigned link_pcpu(const struct link *link)
{
	return link->target < link->vm->vcpu_count ? link->vm->vcpu[link->target]->pcpu : pcpu_this();
}
/* The owner word. */
static inline uint64_t *link_word(const struct link *link)
{
	return link->intid < GIC_PRIVATE_COUNT ? &link->vm->vcpu[link->target]->irqs.slot[link->intid].word
										   : shared_word(link->intid);
}
/* Each linked interrupt of `mask` in a bank. `owner`: of private ones; else 0. */
static inline __attribute__((always_inline)) void link_for_each(struct vm *vm, unsigned owner, unsigned bank,
																uint32_t mask,
																void (*act)(const struct link *link))
{
	for (; mask; mask &= mask - 1) {
		struct link link = link_of(vm, owner, bank * 32 + bits_lowest(mask));

		act(&link);
	}
}

static inline void link_spoil(const struct link *link)
{
	irq_spoil(link_word(link));
}
/* At the physical GIC. */
static inline void link_pend(const struct link *link)
{
	gic_pend(link_pcpu(link), link->intid);
}
static inline void link_unpend(const struct link *link)
{
	gic_unpend(link_pcpu(link), link->intid);
}

/*
 * The VM that owns a shared physical interrupt, or NULL: it has no owner, or `intid` is no shared interrupt.
 */
struct vm *link_owner(uint32_t intid);
/* Says that the distributor does not confirm that a guest's interrupt is disabled. */
void link_say_no_answer(struct vm *vm, uint32_t intid);
/* Is it moving from one VM to another? */
bool link_is_moving(uint32_t intid);

#endif
