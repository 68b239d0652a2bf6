/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What prevents direct delivery to a VM: the one place that decides it. A change of delivery asks here
 * (flow/own/delivery.h), and so does all code that lets a guest change what delivery depends on.
 */
#ifndef FLOW_OWN_OBSTACLE_H
#define FLOW_OWN_OBSTACLE_H

#include "flow/box/system.h"
#include "vm/obstacle.h"

/* An obstacle that does not change while the VM runs. */
enum obstacle obstacle_of_vm(const struct vm *vm);
/* An obstacle by what its guest does; `*stranger` belongs to OBSTACLE_STRANGER. The vgic lock is held. */
enum obstacle obstacle_of_guest(const struct vm *vm, uint32_t *stranger);

/*
 * Is an access of the guest to be looked at for obstacles? Not in a handler once one is met: delivery does
 * not change there, and each try puts the next one off. A guest with all its accesses in handlers would
 * prevent the change for ever. Where a guest ends interrupts in two steps, a handler may be running at any
 * access: then the next try comes by the timer.
 */
bool obstacle_is_sought(const struct vcpu *vcpu);
/* Direct delivery ends, for this reason, before the vCPU runs on, or else soon: delivery_end_direct(). */
void obstacle_met(struct vcpu *vcpu, enum obstacle why, uint32_t vintid);
/* Its guest has changed what delivery depends on: is there an obstacle now? The vgic lock is held. */
void obstacle_check(struct vcpu *vcpu);

#endif
