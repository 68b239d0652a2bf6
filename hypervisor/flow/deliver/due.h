/* SPDX-License-Identifier: Apache-2.0 */
/* What the EL2 timer of a pCPU has brought: for housekeeping, and for the vCPUs that live there. */
#ifndef FLOW_DELIVER_DUE_H
#define FLOW_DELIVER_DUE_H

#include "flow/box/system.h"

/* This pCPU's timer has come. */
void due_take(void);

#endif
