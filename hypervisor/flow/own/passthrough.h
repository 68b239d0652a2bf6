/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose registers of devices are whose: which VM has those of which of its
 * devices stands in box.registers; one VM at a time has them, and each page that they are in. Boot CPU, or
 * with LOCK_MOVE, but for what is only asked: without it the answer may be a moment old.
 */
#ifndef FLOW_OWN_PASSTHROUGH_H
#define FLOW_OWN_PASSTHROUGH_H

#include "flow/box/system.h"

/* Has the VM the registers of the device that the interrupt belongs to? Which VM has, or NULL. */
bool passthrough_has(const struct vm *vm, uint32_t intid);
struct vm *passthrough_holder(uint32_t intid);
/* Has no other VM another device in the pages of this one of the VM? config_find_rival(). */
bool passthrough_may_have(const struct vm *vm, const struct config_device *device);
/*
 * Registers from whoever has them, for they may be with another VM than the interrupts, to this VM. The
 * tables for them stand since boot (vm/plan.c). Nothing is done where it has them; on an error nothing has
 * changed. Nobody is held for it: who is at the registers now loses them, and no interrupt with them.
 */
MUST_USE enum err passthrough_carry(struct vm *to, uint32_t intid);

#endif
