/* SPDX-License-Identifier: Apache-2.0 */
/* The image's entry, before the library's: what a processor has at power-on. And the end, with garbage left behind. */
	.section .text.start, "ax"
	.global registers_entry
registers_entry:
	.irp n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	orr x1, x1, x\n
	.endr
	ldr x2, =entry_state
	.irp name, sctlr_el1, cpacr_el1, tcr_el1, ttbr0_el1, ttbr1_el1, mair_el1, vbar_el1, tpidr_el1, tpidr_el0, sp_el0, elr_el1, spsr_el1, esr_el1, far_el1
	mrs x3, \name
	str x3, [x2], #8
	.endr
	mrs x3, nzcv
	mrs x4, daif
	orr x3, x3, x4
	mrs x4, currentel
	orr x3, x3, x4
	mrs x4, spsel
	orr x3, x3, x4
	stp x3, x1, [x2]
	b _start

	.data
	.balign 64
	.global entry_state
entry_state:
	.skip 128

	.text
	.global entry_leave
entry_leave:
	msr daifset, #0xf
	ldr x1, =0x30d00800 /* SCTLR_EL1: RES1, MMU and caches off */
	msr sctlr_el1, x1
	isb
	.irp name, ttbr0_el1, ttbr1_el1, tcr_el1, mair_el1, vbar_el1, tpidr_el1, tpidr_el0, sp_el0, elr_el1, spsr_el1, esr_el1, far_el1, cpacr_el1
	mrs x2, \name
	mvn x2, x2
	msr \name, x2
	.endr
	ldr x1, =0x37d5d802 /* EE, E0E, A, nTWE, nTWI, UCT, UCI, DZE and others: no data is touched any more */
	msr sctlr_el1, x1
	isb
	.irp n, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	mov x\n, #-1
	.endr
	msr spsel, #0
	hvc #0
1:	b 1b
