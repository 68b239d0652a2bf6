/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holding vCPUs: a pCPU that must see or change state that may be in another vCPU's list registers makes that
 * vCPU fold them and wait. A vCPU that waits has folded too, so it counts as held for all others: no two
 * waiting pCPUs can block each other.
 *
 * The handshake is on two words of the held vCPU. The holder: `hold` + 1, full barrier, read `live`. The
 * held one, before it fills its list registers: `live` = 1, full barrier, read `hold`. One of the two sees
 * the other.
 */
#ifndef FLOW_HOLD_SYNC_H
#define FLOW_HOLD_SYNC_H

#include "flow/box/system.h"

/*
 * How long a vCPU with direct delivery is waited for: while no other vCPU is held, and while one is, which
 * should not lose time for it. A vCPU with virtual delivery always comes, within its longest exit.
 */
#define SYNC_PATIENCE_US 1000
#define SYNC_HURRY_US 100

/*
 * Holds the vCPUs in the mask. The vCPU that runs here, if one does, has folded (present_fold()). False: one
 * of them, with direct delivery, has not come in time. Then no vCPU is held, and the housekeeping pCPU
 * watches the one that was missing (flow/hold/seize.h). Without LOCK_VM.
 */
MUST_USE bool sync_hold(struct vm *vm, uint32_t vcpus, unsigned patience_us);
/* Ends the hold. */
void sync_release(struct vm *vm, uint32_t vcpus);

/* The same with all vCPUs of the VM but the one that runs here, which has folded. */
static inline uint32_t sync_all_but(const struct vm *vm, const struct vcpu *self)
{
	uint32_t all = (uint32_t)(BIT(vm->vcpu_count) - 1);

	return self && self->vm == vm ? all & ~(1u << self->index) : all;
}
MUST_USE static inline bool sync_hold_all(struct vm *vm, const struct vcpu *self, unsigned patience_us)
{
	return sync_hold(vm, sync_all_but(vm, self), patience_us);
}
static inline void sync_release_all(struct vm *vm, const struct vcpu *self)
{
	sync_release(vm, sync_all_but(vm, self));
}

/* On the vCPU's own pCPU, folded: waits until it is not held, and makes it live. */
void sync_go_live(struct vcpu *vcpu);
/* Its list registers are folded: it is not live any more. */
void sync_end_live(struct vcpu *vcpu);

#endif
