/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change of the priority and the budget of a vCPU that shares its pCPU: asked for by the housekeeping pCPU,
 * made by the vCPU's own, which has the queue. Handed over in one word, so that no lock is needed and no vCPU
 * is ever seen with half of a change.
 */
#ifndef FLOW_BOX_RESHARE_H
#define FLOW_BOX_RESHARE_H

#include "flow/box/system.h"

/* The vCPU is to have what its VM's configuration says now. Of several such changes the last one counts. */
void reshare_ask(struct vcpu *vcpu);

void reshare_take(struct pcpu *pcpu);
/* On the pCPU, before it chooses. */
static inline void reshare_look(struct pcpu *pcpu)
{
	if (atomic_load(&pcpu->reshared))
		reshare_take(pcpu);
}

#endif
