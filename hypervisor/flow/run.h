/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running vCPUs: what a pCPU does between an exit and the next entry when something waits, and while it has
 * no guest. Called on the vCPU's own pCPU with interrupts masked.
 */
#ifndef FLOW_RUN_H
#define FLOW_RUN_H

#include "flow/system.h"

/* A bit for each list register of this pCPU that holds something. */
static inline uint32_t occupied_list_registers(void)
{
	return ~gic_lr_empty() & (uint32_t)(BIT(box.gic.lr_count) - 1);
}

/* Does the vCPU have to look at something before it is entered? */
static inline bool run_must_attend(const struct vcpu *vcpu)
{
	return atomic_load(&vcpu->vgic.attend) | atomic_load(&vcpu->due);
}

/* What a pCPU does when no guest runs on it; never returns, enters guests. */
_Noreturn void run_idle(void);

/* Enters a vCPU for the first time since it was turned on, with the model and the EL1 state as they are. */
_Noreturn void run_start(struct vcpu *vcpu);

/* Lets the maintenance interrupt come again, if it came: list registers no longer ask for it. */
void run_end_maintenance(struct vcpu *vcpu);

/* The list registers go back into the model; the model is the truth until the next refresh. */
void run_fold(struct vcpu *vcpu);

#endif
