/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ICC_PMR, RPR and CTLR of a guest, where they trap: with direct delivery (flow/deliver/direct.h), and on
 * processors that cannot trap ICC_DIR_EL1 without them. ICH_VMCR_EL2 keeps what the guest writes. On the
 * vCPU's own pCPU.
 */
#ifndef FLOW_EXITS_INTERFACE_H
#define FLOW_EXITS_INTERFACE_H

#include "flow/box/system.h"
#include "vm/sysreg.h"

#define ICC_PMR_EL1 SYSREG(3, 0, 4, 6, 0)
#define ICC_RPR_EL1 SYSREG(3, 0, 12, 11, 3)
#define ICC_CTLR_EL1 SYSREG(3, 0, 12, 12, 4)

/* False: it is none of these registers. */
MUST_USE bool interface_register(struct vcpu *vcpu, uint32_t id, unsigned rt, bool write);
/* The same with direct delivery, and ICC_DIR. */
MUST_USE bool interface_direct_register(struct vcpu *vcpu, uint32_t id, unsigned rt, bool write);

#endif
