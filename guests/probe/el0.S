/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uint64_t el0_run(uint64_t code, uint64_t address, uint64_t value, uint64_t *esr): `code` at EL0 with x1 =
 * address and x2 = value, until its exception. Returns its x2. For el0.c.
 */
	.text
	.global el0_run
el0_run:
	stp x29, x30, [sp, #-32]!
	mrs x9, vbar_el1
	stp x3, x9, [sp, #16]
	adr x9, el0_vectors
	msr vbar_el1, x9
	msr elr_el1, x0
	mov x9, #0x3c0
	msr spsr_el1, x9
	isb
	eret

	.balign 2048
el0_vectors:
	.rept 8
	.balign 128
	b .
	.endr
	.balign 128
	ldp x3, x9, [sp, #16]
	msr vbar_el1, x9
	mrs x9, esr_el1
	str x9, [x3]
	mov x0, x2
	ldp x29, x30, [sp], #32
	isb
	ret
	.rept 7
	.balign 128
	b .
	.endr

/* What is run there. */
	.global el0_counter, el0_load, el0_load_pair, el0_store, el0_store_64
el0_counter:
	mrs x2, cntpct_el0
	svc #0
el0_load:
	ldr w2, [x1]
	svc #0
el0_load_pair:
	ldp w2, w3, [x1]
	bfi x2, x3, #32, #32
	svc #0
el0_store:
	str w2, [x1]
	svc #0
el0_store_64:
	str x2, [x1], #8
	svc #0

/* uint64_t load_big_endian(uint64_t address), at EL1: the MMU is off, for its tables would be reversed, too. */
	.global load_big_endian
load_big_endian:
	mrs x9, sctlr_el1
	mov x10, #5 /* M, C */
	bic x10, x9, x10
	orr x10, x10, #(1 << 25) /* EE */
	mrs x11, daif
	msr daifset, #0xf
	dsb sy
	msr sctlr_el1, x10
	isb
	ldr w0, [x0]
	msr sctlr_el1, x9
	isb
	msr daif, x11
	ret

/*
 * int32_t cpu_on_big_endian(uint64_t mpidr, uint64_t *seen): by HVC, as above; the CPU stores its SCTLR_EL1 at
 * `seen`, in its byte order, and is off again.
 */
	.global cpu_on_big_endian
cpu_on_big_endian:
	mrs x9, sctlr_el1
	mov x10, #5
	bic x10, x9, x10
	orr x10, x10, #(1 << 25)
	mrs x11, daif
	mov x3, x1
	mov x1, x0
	adr x2, 1f
	ldr x0, =0xc4000003
	msr daifset, #0xf
	dsb sy
	msr sctlr_el1, x10
	isb
	hvc #0
	msr sctlr_el1, x9
	isb
	msr daif, x11
	ret
1:	mrs x1, sctlr_el1
	str x1, [x0]
	dsb sy
	mov x0, #0x84000000
	add x0, x0, #2
	hvc #0
	b .

/* void lose_vectors(void): with the MMU off nothing but the machine decides what is at address 0. */
	.global lose_vectors
lose_vectors:
	mrs x9, sctlr_el1
	bic x9, x9, #1
	msr sctlr_el1, x9
	msr vbar_el1, xzr
	isb
	udf #0
