/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a VM's interrupts reach it: directly, or through EL2. Wished by its description, a person or a VM;
 * decided here, changed with all its vCPUs held and no handler at work, under the VM's vgic lock.
 */
#ifndef FLOW_OWN_DELIVERY_H
#define FLOW_OWN_DELIVERY_H

#include "flow/own/obstacle.h"

/* The VM is about to start, its GIC reset, no vCPU on: as it is wished, or virtual with a line that says why.
 */
void delivery_begin(struct vm *vm);
/* All vCPUs are off for good. */
void delivery_end(struct vm *vm);

/*
 * Changes the wish, and at once what is, if the VM runs. OBSTACLE_NONE: done. What is refused has changed
 * nothing. `caller` is the VM that asks, NULL for a person. At EL2 on any pCPU, without locks.
 */
enum obstacle delivery_change(struct vm *vm, enum config_delivery wanted, const struct vm *caller);
/* The vCPU has turned off: another one ends direct delivery, if it was to. LOCK_VM is held. */
void delivery_pass_on(struct vcpu *vcpu);
/* Asked for by run_attend(). Folds the vCPU. */
void delivery_end_direct(struct vcpu *vcpu);

#endif
