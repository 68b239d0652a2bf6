/* SPDX-License-Identifier: Apache-2.0 */
/* From start.S to main(), other CPUs, and memory that the built-in map does not know as RAM. */
#ifndef LIB_BOOT_H
#define LIB_BOOT_H

#include <stdint.h>

#include "lib/tree.h"

/*
 * Called before main() on the boot CPU. The library's sets the GIC up by its own driver (lib/gic.h); a guest
 * that has another one defines this itself.
 */
void boot_interrupts(void);

/*
 * Starts CPU `number` (1 to CPU_MAX - 1, as the tree lists them) in `work`, with interrupts masked and
 * the stack and vectors of its own. The result is PSCI's of CPU_ON.
 */
int32_t boot_cpu(unsigned number, void (*work)(void));
/* Makes a region normal write-back memory, in whole blocks (2 MiB below 1 GiB, 1 GiB above). */
void boot_map_memory(struct region region);

#endif
