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

#endif
