/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a vCPU is told that its model has something for it: an SGI brings its pCPU to EL2; or, with direct
 * delivery, its interrupts are pended at the physical GIC.
 */
#ifndef FLOW_DELIVER_NOTIFY_H
#define FLOW_DELIVER_NOTIFY_H

#include "flow/box/system.h"

/*
 * Notifies the vCPUs of a VM in the mask, but not those whose guests have closed what was raised. True when
 * the mask names `self`, which must look before it runs on; `self` may be NULL. With direct delivery no vCPU
 * has to look. Without the vgic lock.
 */
bool notify_vcpus(struct vm *vm, uint32_t vcpus, const struct vcpu *self);

/*
 * The same for another VM's vCPUs, by a caller that must not wait for that VM: without a lock, whatever that
 * VM's delivery. They come to EL2 and look.
 */
void notify_from_outside(struct vm *vm, uint32_t vcpus);

/*
 * With direct delivery: what was raised for these vCPUs is pended physically, or they are told of what they
 * pend themselves. The vgic lock is held.
 */
void notify_directly(struct vm *vm, uint32_t vcpus);
/*
 * The same for the vCPU that runs here and is entered next, whatever was raised. True: something that is
 * translated is pending now (flow/deliver/translate.h).
 */
MUST_USE bool notify_entering(struct vcpu *vcpu);

#endif
