/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of a VM's interrupts change between virtual and direct delivery: group, priority and pending state. A
 * word of the distributor for each 32 of them, where it has them at the same bits. The vgic lock is held, all
 * vCPUs are held or off, and none is away.
 */
#ifndef FLOW_DELIVER_REGROUP_H
#define FLOW_DELIVER_REGROUP_H

#include "flow/box/system.h"

/* From now on. Nothing is active (sample_has_active(), which needs the same). */
void regroup_all(struct vm *vm, bool direct);
/* Before delivery becomes virtual, while handlers are at work: the model has what is active. */
void regroup_take_active(struct vm *vm);

#endif
