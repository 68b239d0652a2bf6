/* SPDX-License-Identifier: Apache-2.0 */
/* All general registers and flags while time passes, with no instruction that changes any of them. */
	.text
	.global keep_general
/* uint64_t keep_general(uint64_t value, uint64_t until): x3 to x30 are made of `value`, and the flags; 0: all were kept. */
keep_general:
	stp x19, x20, [sp, #-96]!
	stp x21, x22, [sp, #16]
	stp x23, x24, [sp, #32]
	stp x25, x26, [sp, #48]
	stp x27, x28, [sp, #64]
	stp x29, x30, [sp, #80]
	.irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	add x\n, x0, #\n
	.endr
	msr nzcv, x0
1:	mrs x2, cntvct_el0
	sub x2, x2, x1
	tbnz x2, #63, 1b
	mrs x2, nzcv
	eor x2, x2, x0
	and x1, x2, #0xf0000000
	.irp n, 3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	add x2, x0, #\n
	eor x2, x2, x\n
	orr x1, x1, x2
	.endr
	mov x0, x1
	ldp x21, x22, [sp, #16]
	ldp x23, x24, [sp, #32]
	ldp x25, x26, [sp, #48]
	ldp x27, x28, [sp, #64]
	ldp x29, x30, [sp, #80]
	ldp x19, x20, [sp], #96
	ret
