/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of a device in a VM's stage 2, at their physical addresses. The caller publishes the tables
 * (mmu_table_written()) and flushes TLBs. Boot CPU, or with LOCK_MOVE. Errors as of table_map().
 */
#ifndef FLOW_PASSTHROUGH_H
#define FLOW_PASSTHROUGH_H

#include "flow/system.h"

/* What is mapped already stays: two devices of a VM may stand on one page. */
MUST_USE enum err passthrough_map(struct vm *vm, const struct config_device *device);
MUST_USE enum err passthrough_unmap(struct vm *vm, const struct config_device *device);
/* Is the block of registers mapped? */
bool passthrough_has(const struct vm *vm, const struct config_reg *reg);

/* Has another of the VM's devices registers in the same pages? */
bool passthrough_shares_page(const struct vm *vm, const struct config_device *device);
/* Has a VM that is neither of the two registers of the device that the interrupt belongs to? LOCK_MOVE. */
bool passthrough_others_have(const struct vm *giver, const struct vm *to, uint32_t intid);
/*
 * Registers out of every other stage 2, for they may be with another VM than the interrupts, and into this
 * one. The tables for them stand since boot (flow/build.c). LOCK_MOVE.
 */
MUST_USE enum err passthrough_carry(struct vm *to, uint32_t intid);

#endif
