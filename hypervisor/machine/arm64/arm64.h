/* SPDX-License-Identifier: Apache-2.0 */
/* Functions that the files of machine/ call in each other; no other room includes this. */
#ifndef MACHINE_ARM64_ARM64_H
#define MACHINE_ARM64_ARM64_H

#include "machine/api/cpu.h"

/* boot.c: the first C of the boot CPU, called by head.S. `level` is that of cpu_entry_level(). */
_Noreturn void boot_start(pa_t tree, pa_t image, unsigned level);
/* cpu.c: the first C of a secondary, called by head.S. */
_Noreturn void cpu_enter(void (*entry)(void));
/* Where the stack of this pCPU begins: for vectors.S. */
uint8_t *cpu_own_stack(void);
/* The place that cpu_init() was given. */
const struct cpu_place *cpu_place(void);

/* el2.c: the registers that decide what traps and how stage 2 translates, of this pCPU. */
void el2_set_up(void);

/* mmu.c */
void mmu_start(pa_t image);
uint64_t mmu_root(void);
/* Is this address in an unmapped page below a stack? */
bool mmu_is_guard(uint64_t va);

/* early.c: mmu_map_device() before mmu_init(). False when the boot tables have no room. */
MUST_USE bool mmu_early_device(pa_t pa, uint64_t size);

/* psci.c: the machine's firmware (Arm DEN 0022). */
MUST_USE enum err psci_cpu_on(uint64_t mpidr, uint64_t entry, uint64_t context);
void psci_system(bool reset);

/* head.S */
extern char secondary_entry[];
void mmu_switch(uint64_t root, uint64_t physical_offset);
/* vectors.S */
extern char vectors[], vectors_closed[];
_Noreturn void halt(void);
void clear_debug_rest(void);
/* Loads a word; false when that is an abort. For the boot CPU before guests run. */
bool mmu_can_read(uint64_t address);
/* registers.S */
uint64_t id_register(unsigned index);
void clear_breakpoints(unsigned count);
void clear_watchpoints(unsigned count);
void clear_fp(void);
void fp_save(uint64_t words[66]);
void fp_load(const uint64_t words[66]);
uint64_t *breakpoints_save(uint64_t *to, unsigned count);
uint64_t *watchpoints_save(uint64_t *to, unsigned count);
const uint64_t *breakpoints_load(const uint64_t *from, unsigned count);
const uint64_t *watchpoints_load(const uint64_t *from, unsigned count);

#endif
