/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entry of our guests at EL1, MMU off: the boot CPU with x0 = device tree (0: at the start of RAM, where
 * QEMU leaves it for an ELF), the others through PSCI CPU_ON with x0 = their number. Tables are made by
 * the assembler, so that no C runs without MMU and caches.
 */
#include "lib/layout.h"

#define NORMAL 0x0000000000000701 /* Arm DDI 0487, block descriptor: attribute 0, inner shareable, AF */
#define DEVICE 0x0060000000000405 /* attribute 1, AF, never executed */
#define TABLE 3
#define MAIR 0x04ff     /* 0: write-back; 1: Device-nGnRE */
#define TCR 0x200803519 /* 39-bit addresses, 4 KiB, write-back inner shareable, 40-bit output, no TTBR1 */
#define SCTLR 0x30d0180d /* RES1, I, SA, C, M */

	.section .text.start, "ax"
	.global _start, secondary_start
_start:
	mov x20, x0
	mov x19, #0
	b 1f
secondary_start:
	mov x20, #0
	mov x19, x0
1:	msr daifset, #0xf
	mov x0, #(3 << 20)
	msr cpacr_el1, x0
	mov x0, #MAIR
	msr mair_el1, x0
	ldr x0, =TCR
	msr tcr_el1, x0
	ldr x0, =table_1
	msr ttbr0_el1, x0
	tlbi vmalle1
	dsb nsh
	isb
	ldr x0, =SCTLR
	msr sctlr_el1, x0
	isb

	ldr x0, =stacks + STACK_SIZE
	mov x1, #STACK_SIZE
	madd x0, x19, x1, x0
	mov sp, x0
	ldr x0, =vectors
	msr vbar_el1, x0
	msr tpidr_el1, x19
	ldr x0, =tls_block - 16
	msr tpidr_el0, x0
	isb
	mov x29, #0
	mov x0, x20
	cbnz x19, 2f
	bl boot_start
2:	mov x0, x19
	bl boot_secondary
3:	wfi
	b 3b

	.section .bss.stacks, "aw", %nobits
	.balign 16
stacks:
	.skip STACK_SIZE * CPU_MAX

	.section .data.tables, "aw"
	.global table_1, table_2
	.balign 4096
table_1: /* 1 GiB an entry: devices in 2 MiB pieces, RAM, then devices */
	.quad table_2 + TABLE
	.quad 0x40000000 + NORMAL
	.set address, 0x80000000
	.rept 510
	.quad address + DEVICE
	.set address, address + 0x40000000
	.endr
table_2:
	.set address, 0
	.rept 512
	.quad address + DEVICE
	.set address, address + 0x200000
	.endr
