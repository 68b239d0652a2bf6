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


/* void fp_save(struct fp *to), void fp_load(const struct fp *from): q0 to q31, FPCR and FPSR. */
	.section .text.fp_save, "ax"
	.global	fp_save
fp_save:
	stp	q0, q1, [x0, #0]
	stp	q2, q3, [x0, #32]
	stp	q4, q5, [x0, #64]
	stp	q6, q7, [x0, #96]
	stp	q8, q9, [x0, #128]
	stp	q10, q11, [x0, #160]
	stp	q12, q13, [x0, #192]
	stp	q14, q15, [x0, #224]
	stp	q16, q17, [x0, #256]
	stp	q18, q19, [x0, #288]
	stp	q20, q21, [x0, #320]
	stp	q22, q23, [x0, #352]
	stp	q24, q25, [x0, #384]
	stp	q26, q27, [x0, #416]
	stp	q28, q29, [x0, #448]
	stp	q30, q31, [x0, #480]
	mrs	x1, fpcr
	mrs	x2, fpsr
	str	x1, [x0, #512]
	str	x2, [x0, #520]
	ret

	.section .text.fp_load, "ax"
	.global	fp_load
fp_load:
	ldp	q0, q1, [x0, #0]
	ldp	q2, q3, [x0, #32]
	ldp	q4, q5, [x0, #64]
	ldp	q6, q7, [x0, #96]
	ldp	q8, q9, [x0, #128]
	ldp	q10, q11, [x0, #160]
	ldp	q12, q13, [x0, #192]
	ldp	q14, q15, [x0, #224]
	ldp	q16, q17, [x0, #256]
	ldp	q18, q19, [x0, #288]
	ldp	q20, q21, [x0, #320]
	ldp	q22, q23, [x0, #352]
	ldp	q24, q25, [x0, #384]
	ldp	q26, q27, [x0, #416]
	ldp	q28, q29, [x0, #448]
	ldp	q30, q31, [x0, #480]
	ldr	x1, [x0, #512]
	ldr	x2, [x0, #520]
	msr	fpcr, x1
	msr	fpsr, x2
	ret

/*
 * uint64_t *breakpoints_save(uint64_t *to, unsigned count), watchpoints_save(); const uint64_t
 * *breakpoints_load(const uint64_t *from, unsigned count), watchpoints_load(): the first 1..16, two words each.
 */
	.macro debug_row
	adr	x2, 1f
	mov	w3, #16
	sub	w3, w3, w1
	add	w3, w3, w3, lsl #1
	add	x2, x2, w3, uxtw #2
	br	x2
	.endm

	.macro	debug_save kind, n
	mrs	x2, dbg\kind\()cr\n\()_el1
	mrs	x3, dbg\kind\()vr\n\()_el1
	stp	x2, x3, [x0], #16
	.endm

	.macro	debug_load kind, n
	ldp	x2, x3, [x0], #16
	msr	dbg\kind\()cr\n\()_el1, x2
	msr	dbg\kind\()vr\n\()_el1, x3
	.endm

	.macro	debug_function name, step, kind
	.section .text.\name, "ax"
	.global	\name
\name:
	debug_row
1:	.irp	n, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0
	\step	\kind, \n
	.endr
	ret
	.endm

	debug_function breakpoints_save, debug_save, b
	debug_function breakpoints_load, debug_load, b
	debug_function watchpoints_save, debug_save, w
	debug_function watchpoints_load, debug_load, w
