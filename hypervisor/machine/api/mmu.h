/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hypervisor's own address space, caches, and switching stage 2. The direct map has VA = PA for all
 * RAM (read-write, never executable, the hypervisor's text read-only) and for mapped devices.
 */
#ifndef MACHINE_API_MMU_H
#define MACHINE_API_MMU_H

#include "base/error.h"
#include "base/types.h"

/* The pointer through which EL2 reaches physical memory, and back. */
void *mmu_pointer(pa_t pa);
pa_t mmu_address(const void *pointer);

/*
 * Before mmu_init() only the image is memory. This maps a range that may be memory: false, and nothing
 * changed, when it cannot be read or is beyond what can be mapped. mmu_hide() takes that back.
 */
MUST_USE bool mmu_reveal(pa_t pa, uint64_t size);
void mmu_hide(pa_t pa, uint64_t size);

/* Maps registers of a device for EL2. The same page may be mapped twice. Boot CPU only, before guests run. */
MUST_USE enum err mmu_map_device(pa_t pa, uint64_t size);

/*
 * Memory of the machine, as the host tree says; the final tables come into force (W^X). Boot CPU, once.
 * ERR_NO_MEMORY when the tables do not fit the pool that the image carries.
 */
struct mmu_ram {
	pa_t base;
	uint64_t size;
};
MUST_USE enum err mmu_init(const struct mmu_ram *ram, unsigned ram_count);

/*
 * Maps [memory, memory + size) a second time as a stack for EL2, with an unmapped guard page below, and
 * returns the address after its last byte. Boot CPU only, before guests run.
 */
MUST_USE enum err mmu_map_stack(pa_t memory, uint64_t size, void **top);

/* The image of the hypervisor in physical memory, bss and boot stacks included. */
void mmu_image(pa_t *base, uint64_t *size);

/* Cleans (and invalidates) data to the point of coherency; then instruction caches of all pCPUs. */
void mmu_clean(const void *start, uint64_t size);
/* Zeroes whole pages, and cleans them in the same way. */
void mmu_zero(void *start, uint64_t size);
void mmu_invalidate_instructions(void);

/* Stage 2 of the guest on this pCPU: VTTBR_EL2 with this root and VMID. VTCR is set once per pCPU. */
void mmu_stage2_enter(pa_t root, uint16_t vmid);
/* Forgets all translations of a VMID, on all pCPUs. */
void mmu_stage2_flush(pa_t root, uint16_t vmid);
/* This pCPU forgets what it has cached of the guest's own translations, and its instructions. */
void mmu_forget_translations(void);
/* Bits of an IPA that stage 2 translates on this machine: 40 where the machine can, else less. */
unsigned mmu_stage2_ipa_bits(void);

/* The barrier after a write to a page table: later walks see what was written. */
void mmu_table_written(void);

#endif
