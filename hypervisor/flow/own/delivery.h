/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a VM's interrupts reach it: directly, or through EL2. Asked for by its description, a person or a VM;
 * changed here, with all its vCPUs held and no handler running, under the VM's vgic lock.
 */
#ifndef FLOW_OWN_DELIVERY_H
#define FLOW_OWN_DELIVERY_H

#include "flow/own/obstacle.h"

/*
 * The VM is about to start, its GIC reset, no vCPU on: its delivery is as asked for, or virtual, and the log
 * says why.
 */
void delivery_begin(struct vm *vm);
/* All vCPUs are off for good. */
void delivery_end(struct vm *vm);

/*
 * Changes the delivery that is asked for, and at once the actual one, if the VM runs. OBSTACLE_NONE: done. A
 * request that is refused has changed nothing. `caller` is the VM that asks, NULL for a person. At EL2 on any
 * pCPU, without locks.
 */
enum obstacle delivery_change(struct vm *vm, enum config_delivery wanted, const struct vm *caller);
/* Direct delivery has ended where a vCPU shares its pCPU (flow/own/away.h), for people. The vgic lock is
 * held. */
void delivery_is_virtual(struct vm *vm, enum obstacle why, uint32_t vintid);
/* The vCPU has turned off: if it was to end direct delivery, another one does. LOCK_VM is held. */
void delivery_pass_on(struct vcpu *vcpu);
/* Called by run_attend(). Folds the vCPU. */
void delivery_end_direct(struct vcpu *vcpu);

#endif
