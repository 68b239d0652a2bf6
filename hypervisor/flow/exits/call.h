/* SPDX-License-Identifier: Apache-2.0 */
/* HVC and SMC: PSCI and Signalbox's own calls, decided in vm/smccc.h. */
#ifndef FLOW_EXITS_CALL_H
#define FLOW_EXITS_CALL_H

#include "flow/box/system.h"

/* The answer is in x0 and the following registers. */
void call_from_guest(struct vcpu *vcpu, uint64_t esr);

#endif
