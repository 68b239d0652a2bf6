/* SPDX-License-Identifier: Apache-2.0 */
/* The journey of an interrupt: irq.c, from top to bottom. */
#ifndef FLOW_IRQ_H
#define FLOW_IRQ_H

#include "flow/system.h"

/* Takes everything that is pending while no guest runs on this pCPU. Interrupts masked. */
void irq_take_idle(void);

/*
 * The same while the vCPU that runs here is at EL2, as if it came from the guest: not 0 when run_attend() is
 * to follow.
 */
MUST_USE uint64_t irq_take_waiting(struct vcpu *vcpu);

/*
 * Tells vCPUs of a VM, given as a mask, that they have something to look at: kicks their pCPUs. True when
 * the mask names `self`, who must look before it runs on. `self` may be NULL. With direct delivery what they
 * have is pended physically instead, and nobody has to look. Without the vgic lock.
 */
bool irq_notify(struct vm *vm, uint32_t vcpus, const struct vcpu *self);

/*
 * The same for another VM's vCPUs, by whoever must not wait for that VM: without a lock, whatever its
 * delivery. They come to EL2 and look.
 */
void irq_tell(const struct vm *vm, uint32_t vcpus);

#endif
