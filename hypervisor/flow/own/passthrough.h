/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which VM has the registers of which device: box.registers. One VM at a time has them, and each page that
 * they are in. Boot CPU, or with LOCK_MOVE; functions that only read may be called without it, and the answer
 * may then be a moment old.
 */
#ifndef FLOW_OWN_PASSTHROUGH_H
#define FLOW_OWN_PASSTHROUGH_H

#include "flow/box/system.h"

/* Has the VM the registers of the device to which the interrupt belongs? Which VM has them, or NULL. */
bool passthrough_has(const struct vm *vm, uint32_t intid);
struct vm *passthrough_holder(uint32_t intid);
/*
 * May the VM have the registers of this device, since no other VM has another device in their pages?
 * config_find_rival().
 */
bool passthrough_may_have(const struct vm *vm, const struct config_device *device);
/*
 * Brings the registers to this VM from the VM that has them, which may be another one than the owner of the
 * interrupts. The tables for them exist since boot (vm/plan_stage2.c). Nothing is done where the VM has them
 * already; on an error nothing has changed. No vCPU is held for this: a guest that accesses the registers now
 * loses them, but no interrupt.
 */
MUST_USE enum err passthrough_carry(struct vm *to, uint32_t intid);

#endif
