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

/* Of a vCPU's private ones, or shared. */
struct link link_of(struct vm *vm, unsigned owner, uint32_t vintid);
/* Whose redistributor has it, or where it is routed. */
unsigned link_pcpu(const struct link *link);

#endif
