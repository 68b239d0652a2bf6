/* SPDX-License-Identifier: Apache-2.0 */
	.arch_extension fp
	.arch_extension simd /* the C beside it is built without */
	.macro pairs operation
	\operation q0, q1, [x0, #0]
	\operation q2, q3, [x0, #32]
	\operation q4, q5, [x0, #64]
	\operation q6, q7, [x0, #96]
	\operation q8, q9, [x0, #128]
	\operation q10, q11, [x0, #160]
	\operation q12, q13, [x0, #192]
	\operation q14, q15, [x0, #224]
	\operation q16, q17, [x0, #256]
	\operation q18, q19, [x0, #288]
	\operation q20, q21, [x0, #320]
	\operation q22, q23, [x0, #352]
	\operation q24, q25, [x0, #384]
	\operation q26, q27, [x0, #416]
	\operation q28, q29, [x0, #448]
	\operation q30, q31, [x0, #480]
	.endm

	.text
	.global fp_save, fp_restore, fp_work
fp_save:
	pairs stp
	mrs x1, fpcr
	mrs x2, fpsr
	add x0, x0, #512
	stp x1, x2, [x0]
	ret

fp_restore:
	pairs ldp
	add x0, x0, #512
	ldp x1, x2, [x0]
	msr fpcr, x1
	msr fpsr, x2
	ret

/* uint64_t fp_work(uint64_t seed, unsigned rounds): see fp.h. d8..d15 are the caller's. */
fp_work:
	stp d8, d9, [sp, #-64]!
	stp d10, d11, [sp, #16]
	stp d12, d13, [sp, #32]
	stp d14, d15, [sp, #48]
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	add x2, x0, #\n
	scvtf d\n, x2
	.endr
1:	cbz w1, 2f
	sub w1, w1, #1
	.altmacro
	.macro step to, from
	fadd d\to, d\to, d\from
	.endm
	.set i, 1
	.rept 31
	step %i, %i - 1
	.set i, i + 1
	.endr
	b 1b
2:	.set i, 1
	.rept 31
	step 0, %i
	.set i, i + 1
	.endr
	.noaltmacro
	fcvtzs x0, d0
	ldp d10, d11, [sp, #16]
	ldp d12, d13, [sp, #32]
	ldp d14, d15, [sp, #48]
	ldp d8, d9, [sp], #64
	ret
