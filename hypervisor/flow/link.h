/* SPDX-License-Identifier: Apache-2.0 */
/* A linked interrupt of a VM, as its model and the machine know it. For effects.c and effects_sample.c. */
#ifndef FLOW_LINK_H
#define FLOW_LINK_H

#include "flow/system.h"

struct link {
	struct vm *vm;
	struct vgic_bank *bank;
	uint32_t vintid;
	uint32_t intid;
	unsigned target; /* vCPU in the VM; vcpu_count: none */
};

static struct link link_of(struct vm *vm, unsigned owner, uint32_t vintid)
{
	struct vgic_bank *bank = vgic_bank(&vm->vgic, &vm->vcpu[owner]->vgic, vintid / 32);

	return (struct link){
		.vm = vm,
		.bank = bank,
		.vintid = vintid,
		.intid = bank->intid[vintid % 32],
		.target = vintid < VGIC_PRIVATE_COUNT ? owner : vgic_target(&vm->vgic, vintid),
	};
}

static unsigned pcpu_of(const struct link *link)
{
	return link->target < link->vm->vcpu_count ? link->vm->vcpu[link->target]->pcpu : pcpu_this();
}

#endif
