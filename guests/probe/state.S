/* SPDX-License-Identifier: Apache-2.0 */
/* unsigned state_kept_by_read(uint64_t address): see registers.c */
	.text
	.global state_kept_by_read
state_kept_by_read:
	stp x19, x20, [sp, #-96]!
	stp x21, x22, [sp, #16]
	stp x23, x24, [sp, #32]
	stp x25, x26, [sp, #48]
	stp x27, x28, [sp, #64]
	stp x29, x30, [sp, #80]
	.irp n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	mov x\n, #\n
	movk x\n, #0xa5a5, lsl #48
	.endr
	ldr w0, [x0]
	mov w1, #0
	.irp n, 2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	mov x0, #\n
	movk x0, #0xa5a5, lsl #48
	cmp x\n, x0
	cinc w1, w1, ne
	.endr
	mov w0, w1
	ldp x21, x22, [sp, #16]
	ldp x23, x24, [sp, #32]
	ldp x25, x26, [sp, #48]
	ldp x27, x28, [sp, #64]
	ldp x29, x30, [sp, #80]
	ldp x19, x20, [sp], #96
	ret
