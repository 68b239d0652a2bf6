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

/* Folds the caller's own list registers, then holds the vCPUs in the mask. `self` may be NULL. */
void sync_hold(struct vm *vm, uint32_t vcpus, struct vcpu *self);
/* Lets them go on. */
void sync_release(struct vm *vm, uint32_t vcpus);

/* On the vCPU's own pCPU, folded: waits until nobody holds it, and makes it live. */
void sync_go_live(struct vcpu *vcpu);

#endif
