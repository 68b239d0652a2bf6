/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running vCPUs: what a pCPU does between an exit and the next entry when something waits, and while it has
 * no guest. Called on the vCPU's own pCPU with interrupts masked.
 */
#ifndef FLOW_RUN_RUN_H
#define FLOW_RUN_RUN_H

#include "flow/box/system.h"

/* Does the vCPU have to look at something before it is entered? */
static inline uint64_t run_must_attend(const struct vcpu *vcpu)
{
	return atomic_load(&vcpu->vgic.attend) | atomic_load(&vcpu->due);
}

/*
 * For a vCPU that was turned on, with the model and the EL1 state as they are: the frame to enter; NULL when
 * its VM stops.
 */
MUST_USE struct frame *run_start(struct vcpu *vcpu);

#endif
