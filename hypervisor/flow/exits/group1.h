/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Group 1 registers of the interface, done for a guest with direct delivery while they trap
 * (flow/deliver/translate.h): on the physical interface, with the guest's numbers. On the vCPU's own pCPU.
 */
#ifndef FLOW_EXITS_GROUP1_H
#define FLOW_EXITS_GROUP1_H

#include "flow/box/system.h"
#include "vm/sysreg.h"

#define ICC_IAR1_EL1 SYSREG(3, 0, 12, 12, 0)
#define ICC_EOIR1_EL1 SYSREG(3, 0, 12, 12, 1)

/* False: it is none of these registers, or the machine does not have it. */
MUST_USE bool group1_register(struct vcpu *vcpu, uint32_t id, unsigned rt, bool write);

#endif
