/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that come in rows, which instructions can only name one by one. */

/*
 * uint64_t id_register(unsigned index): S3_0_C0_Ccrm_op2 with index = crm * 8 + op2, crm 1..7. Those without
 * a name read as zero (DDI 0487, "ID registers").
 */
	.section .text.id_register, "ax"
	.global	id_register
id_register:
	adr	x1, 1f
	sub	w0, w0, #8
	add	x1, x1, w0, uxtw #3
	br	x1
1:	.irp	crm, 1, 2, 3, 4, 5, 6, 7
	.irp	op2, 0, 1, 2, 3, 4, 5, 6, 7
	mrs	x0, S3_0_C0_C\crm\()_\op2
	ret
	.endr
	.endr

/* void clear_breakpoints(unsigned count), void clear_watchpoints(unsigned count): the first 1..16. */
	.section .text.clear_breakpoints, "ax"
	.global	clear_breakpoints
clear_breakpoints:
	adr	x1, 1f
	mov	w2, #16
	sub	w2, w2, w0
	add	x1, x1, w2, uxtw #3
	br	x1
1:	.irp	n, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0
	msr	dbgbcr\n\()_el1, xzr
	msr	dbgbvr\n\()_el1, xzr
	.endr
	ret

	.section .text.clear_watchpoints, "ax"
	.global	clear_watchpoints
clear_watchpoints:
	adr	x1, 1f
	mov	w2, #16
	sub	w2, w2, w0
	add	x1, x1, w2, uxtw #3
	br	x1
1:	.irp	n, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0
	msr	dbgwcr\n\()_el1, xzr
	msr	dbgwvr\n\()_el1, xzr
	.endr
	ret

/* void clear_fp(void): reset values (DDI 0487, FPCR: zero; the others unknown). */
	.section .text.clear_fp, "ax"
	.arch_extension fp
	.arch_extension simd
	.global	clear_fp
clear_fp:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	movi	v\n\().2d, #0
	.endr
	.irp	n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	movi	v\n\().2d, #0
	.endr
	msr	fpcr, xzr
	msr	fpsr, xzr
	ret
