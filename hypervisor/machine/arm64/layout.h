/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses in EL2's address space, for C, assembly and the linker script. VA = PA below; the image and
 * stacks are above anything that a machine's physical addresses (at most 47 bits are used) reach.
 */
#ifndef MACHINE_ARM64_LAYOUT_H
#define MACHINE_ARM64_LAYOUT_H

#define IMAGE_VA 0x800000000000
#define STACK_WINDOW_VA 0x810000000000
#define DIRECT_MAP_END IMAGE_VA

#define GUARD_BYTES 4096
#define STACK_BYTES 16384

/* Entries of the boot tables: access flag, inner shareable; MAIR indices of memory/table.h. */
#define BOOT_TABLE 3
#define BOOT_BLOCK_NORMAL 0x741
#define BOOT_BLOCK_DEVICE 0x40000000000445 /* execute-never */
#define BOOT_BLOCK_AP1 0x40                /* RES1 at EL2 */
#define BOOT_FAR_TABLES 2
#define BOOT_L3_TABLES 4 /* the image has at most this many times 2 MiB */

#ifndef __ASSEMBLER__
#include "base/types.h"

/* By the linker script, page-aligned. */
extern char image_start[], head_end[], text_end[], rodata_end[], stacks_start[], stacks_end[], image_end[];

/* Stacks in the image: the boot CPU's until guests run, the one for a panic, and one per pCPU. */
enum { STACK_BOOT, STACK_EMERGENCY, STACK_PCPU, STACK_COUNT = STACK_PCPU + PCPU_MAX };
struct stack {
	uint8_t guard[GUARD_BYTES]; /* unmapped */
	uint8_t bytes[STACK_BYTES];
};
_Static_assert(sizeof(struct stack) == 20480 && STACK_BOOT == 0 && STACK_EMERGENCY == 1,
			   "hypervisor.lds says where these two end");
_Static_assert(IMAGE_VA == 0x800000000000 && BOOT_L3_TABLES * BLOCK_SIZE == 0x800000,
			   "hypervisor.lds repeats them");
extern struct stack stacks[STACK_COUNT];
#endif

#endif
