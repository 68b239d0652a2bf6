/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU that is suspended (Arm DEN 0022 CPU_SUSPEND): it waits at EL2, which continues its own work. */
#ifndef FLOW_RUN_SUSPEND_H
#define FLOW_RUN_SUSPEND_H

#include "flow/box/system.h"

/*
 * Returns when an interrupt is pending for the vCPU and enabled at its GIC, perhaps at once; or when
 * its VM is stopped meanwhile. On its own pCPU, without locks.
 */
void suspend_until_woken(struct vcpu *vcpu);

#endif
