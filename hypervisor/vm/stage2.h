/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of a device in a VM's stage 2, at their physical addresses. The caller publishes the tables and
 * flushes TLBs. Errors as of table_map().
 */
#ifndef VM_STAGE2_H
#define VM_STAGE2_H

#include "memory/table.h"
#include "vm/config.h"

/* Pages that are mapped already stay: blocks of registers of one VM may share a page. */
MUST_USE enum err stage2_map_device(struct table *stage2, const struct config_device *device);
MUST_USE enum err stage2_unmap_device(struct table *stage2, const struct config_device *device);

#endif
