/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Group 0 registers of a guest with direct delivery, where they trap (flow/deliver/translate.h). Group 0
 * of the physical interface is EL2's, so nothing comes to the guest there: what it writes is kept in
 * ICH_VMCR_EL2. On the vCPU's own pCPU.
 */
#ifndef FLOW_EXITS_GROUP0_H
#define FLOW_EXITS_GROUP0_H

#include "flow/box/system.h"

/* False: it is none of these registers, or the machine does not have it. */
MUST_USE bool group0_register(struct vcpu *vcpu, uint32_t id, unsigned rt, bool write);

#endif
