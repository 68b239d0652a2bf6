/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vCPU with direct delivery that shares its pCPU, the only one of its VM. While it is away, its interrupts
 * are delivered virtually: they come to EL2, wait in its model, and wake it by its priority. When it comes
 * back, the model hands to the physical GIC what is pending. It is a change of delivery that nobody sees
 * (vm_is_direct()), and like each of these (flow/own/delivery.h) it meets no handler at work: others wait for
 * the end of that, CONFIG_HANDLER_US at most. Then the VM's delivery is virtual, until somebody asks again.
 *
 * Called by flow/run/share.c, on the vCPU's pCPU, without locks.
 */
#ifndef FLOW_OWN_AWAY_H
#define FLOW_OWN_AWAY_H

#include "flow/box/system.h"

MUST_USE bool away_leave_directly(struct vcpu *vcpu);
void away_enter_directly(struct vcpu *vcpu);

/* The vCPU is resident, folded, and is to go away. False: it must run on, until `lingers`. */
MUST_USE static inline bool away_leave(struct vcpu *vcpu)
{
	return !(vcpu->direct || atomic_load(&vcpu->vm->vgic.direct)) || away_leave_directly(vcpu);
}
/* It is resident again, and folded. */
static inline void away_enter(struct vcpu *vcpu)
{
	if (atomic_load(&vcpu->vm->direct_away))
		away_enter_directly(vcpu);
}

#endif
