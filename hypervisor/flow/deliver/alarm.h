/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The alarm of a VM's clock (device/pl031.h). It belongs to no vCPU: the pCPU of the vCPU that set it has the
 * timer for it, also when that vCPU is off by then.
 */
#ifndef FLOW_DELIVER_ALARM_H
#define FLOW_DELIVER_ALARM_H

#include "flow/box/system.h"

/*
 * Sets the clock's line by its registers, and the timer of this pCPU. Its vCPU attends before it is entered.
 * With the lock of the VM's clock.
 */
void alarm_update(struct vcpu *vcpu);
/*
 * That timer has passed. The clock may show another alarm by now, or none, when another vCPU set it or the VM
 * has started again.
 */
void alarm_expired(struct vcpu *vcpu);

#endif
