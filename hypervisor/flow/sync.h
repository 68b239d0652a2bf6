/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holding vCPUs: whoever must see or change state that may stand in another vCPU's list registers makes it
 * fold them and wait. A vCPU that waits has folded too, so it counts as held for everybody else: no two
 * waiting pCPUs can block each other.
 *
 * The handshake is on two words of the held vCPU. The holder: `hold` + 1, full barrier, read `live`. The
 * held one, before it lets its list registers count: `live` = 1, full barrier, read `hold`. One of the two
 * sees the other.
 */
#ifndef FLOW_SYNC_H
#define FLOW_SYNC_H

#include "flow/system.h"

/*
 * Folds the caller's own list registers, then holds the vCPUs in the mask. `self` may be NULL. A vCPU with
 * direct delivery that does not answer loses its VM's stage 2 after a while (life_seize()), and is held then.
 */
void sync_hold(struct vm *vm, uint32_t vcpus, struct vcpu *self);
/* Lets them go on. */
void sync_release(struct vm *vm, uint32_t vcpus);

/* The same with all vCPUs of the VM but the one that runs here, which has folded. */
static inline uint32_t sync_all_but(const struct vm *vm, const struct vcpu *self)
{
	uint32_t all = (uint32_t)(BIT(vm->vcpu_count) - 1);

	return self && self->vm == vm ? all & ~(1u << self->index) : all;
}
static inline void sync_hold_all(struct vm *vm, struct vcpu *self)
{
	sync_hold(vm, sync_all_but(vm, self), self);
}
static inline void sync_release_all(struct vm *vm, const struct vcpu *self)
{
	sync_release(vm, sync_all_but(vm, self));
}

/* On the vCPU's own pCPU, folded: waits until nobody holds it, and makes it live. */
void sync_go_live(struct vcpu *vcpu);

#endif
