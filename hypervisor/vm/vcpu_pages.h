/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two pages that each vCPU of a VM shares with EL2 (signalbox/closed.h): one that the guest writes, for
 * the closed flag, and one that it reads, for stolen time, too. Which VMs have them, and where. Pure; boot,
 * or the tool.
 */
#ifndef VM_VCPU_PAGES_H
#define VM_VCPU_PAGES_H

#include "memory/table.h"
#include "signalbox/closed.h"
#include "vm/config.h"

/* The second page of each vCPU at least: time is stolen from the VM, or it has the closed flag. */
static inline bool vcpu_pages_exist(const struct config_vm *vm)
{
	return vm->closed_flag || vm->shares;
}

/* Bytes of the pages of all vCPUs, one vCPU's behind the other's; 0: it has none. */
uint64_t vcpu_pages_size(const struct config_vm *vm);
/* The guest-physical address of those of one vCPU. */
uint64_t vcpu_pages_ipa(unsigned vcpu);
/* As at each start of the VM; `pcpu` is the processor that the vCPU lives on. */
void vcpu_pages_reset(struct signalbox_closed *pages, unsigned pcpu);
/* Maps them. Errors as of table_map(). */
MUST_USE enum err vcpu_pages_map(struct table *stage2, const struct config_vm *vm, pa_t memory);

#endif
