/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way into EL2 and back. While a guest runs, SP_EL2 points at its struct frame (machine/api/frame.h), so
 * that the first instruction of a vector can store; the stack of C continues below.
 *
 * An interrupt that the short way finishes costs 5 stores and 5 loads, three instructions to call and one
 * eret: 14. x19..x29 are C's to preserve. The barriers after each eret stop speculation
 * that runs past it.
 */
	.macro save_caller_saved
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144] /* x19 costs nothing here */
	str	x30, [sp, #240]
	.endm

	.macro save_callee_saved
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	.endm

	.macro load_caller_saved
	ldr	x30, [sp, #240]
	ldr	x18, [sp, #144]
	ldp	x16, x17, [sp, #128]
	ldp	x14, x15, [sp, #112]
	ldp	x12, x13, [sp, #96]
	ldp	x10, x11, [sp, #80]
	ldp	x8, x9, [sp, #64]
	ldp	x6, x7, [sp, #48]
	ldp	x4, x5, [sp, #32]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp, #0]
	.endm

	.macro return_to_guest
	eret
	dsb	nsh
	isb
	.endm

/* What the short ways use (flow/deliver/irq_short.c, flow/exits/exit_short.c), and all the rest. */
	.macro save_short
	stp	x0, x1, [sp, #0]
	stp	x2, x3, [sp, #16]
	stp	x8, x9, [sp, #64]
	stp	x16, x17, [sp, #128]
	str	x30, [sp, #240]
	.endm

	.macro load_short
	ldr	x30, [sp, #240]
	ldp	x16, x17, [sp, #128]
	ldp	x8, x9, [sp, #64]
	ldp	x2, x3, [sp, #16]
	ldp	x0, x1, [sp, #0]
	.endm

	.macro save_other_caller_saved
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x18, x19, [sp, #144]
	.endm

/* `kind` is empty, or closed_ for a vCPU whose guest may close its interrupts (vgic/closed.h). */
	.macro from_guest_synchronous kind
	.balign	128
	save_short
	mrs	x1, esr_el2
	mov	w2, #0x5a000000 /* HVC #0: EC 0x16, IL */
	cmp	x1, x2
	b.ne	access_\kind
	mov	x0, sp
	bl	exit_short_call
	cbnz	w0, call
	load_short
	return_to_guest
	.endm

	.macro from_guest_interrupt group, kind
	.balign	128
	save_short
	mov	x0, sp
	bl	irq_short_\kind\group
	cbnz	x0, long_\kind\group
	load_short
	return_to_guest
	.endm

/* News of the vCPU's model; else the rest of what C may clobber, and the long way. x0 is the INTID, plus 1. */
	.macro long_way group, notify, kind
long_\kind\group:
	cmp	x0, #(\notify + 1) /* gic_kick_notify() */
	b.ne	1f
	mov	x0, sp
	bl	irq_short_news_\group
	cbnz	x0, 1f
	load_short
	return_to_guest
1:	save_other_caller_saved
	sub	x1, x0, #1
	mov	x0, sp
	bl	irq_from_guest_\kind\group
	cbnz	x0, attend
	load_caller_saved
	return_to_guest
	.endm

	.macro from_guest_serror
	.balign	128
	save_caller_saved
	save_callee_saved
	mov	x0, sp
	bl	serror_from_guest
	b	saved
	.endm

/* EL2 itself takes no exception: whatever comes is a mistake of ours or broken hardware. */
	.macro from_el2 kind
	.balign	128
	msr	tpidrro_el0, x2
	mov	x2, #\kind
	b	broken
	.endm

	.macro table kind
	.balign	2048
	/* Current EL with SP_EL0, which EL2 never selects, and with SP_EL2. Kinds: panic.c. */
	.rept	2
	from_el2 0
	from_el2 1
	from_el2 2
	from_el2 3
	.endr
	/* A guest, in AArch64 and (its EL0) in AArch32. */
	.rept	2
	from_guest_synchronous \kind
	from_guest_interrupt group1, \kind
	from_guest_interrupt group0, \kind
	from_guest_serror
	.endr
	.balign	128
	.endm

	.section .text.vectors, "ax"
	.balign	2048
	.global	vectors
vectors:
	table
	long_way group0, 14
	long_way group1, 6

call:
	save_other_caller_saved
	save_callee_saved
	b	exit

/* Any register may be the operand. */
	.macro access kind
	save_other_caller_saved
	save_callee_saved
	mov	x0, sp
	lsr	x2, x1, #26
	cmp	x2, #0x18 /* EC: MSR, MRS or a System instruction */
	b.eq	1f
	tbnz	w1, #6, 2f /* WnR of an abort */
	bl	exit_short_load
	cmp	w0, #1
	b.lo	3f
	b.eq	load_all /* EXIT_SHORT_LOAD_ALL */
	b	exit
1:	bl	exit_short_\kind\()register
	cbz	w0, 3f
	b	exit
2:	bl	exit_short_store
	cbnz	w0, exit
3:	load_short
	return_to_guest
	.endm

access_:
	access
exit:
	mov	x0, sp
	bl	exit_from_guest
	cbz	x0, enter
	b	saved

attend:
	save_callee_saved
saved:	mov	x0, sp
	bl	run_attend
	cbz	x0, idle
	mov	sp, x0
enter:	ldr	x0, [sp, #248] /* callee_changed */
	cbnz	x0, load_all
	load_caller_saved
	return_to_guest

load_all:
	str	xzr, [sp, #248]
	ldp	x28, x29, [sp, #224]
	ldp	x26, x27, [sp, #208]
	ldp	x24, x25, [sp, #192]
	ldp	x22, x23, [sp, #176]
	ldp	x20, x21, [sp, #160]
	ldr	x19, [sp, #152]
	load_caller_saved
	return_to_guest

	.balign	2048
	.global	vectors_closed
vectors_closed:
	table closed_
	long_way group0, 14, closed_
	long_way group1, 6, closed_
access_closed_:
	access closed_

/* _Noreturn void guest_idle(void) */
	.global	guest_idle
guest_idle:
idle:
	bl	cpu_own_stack
	mov	sp, x0
	bl	run_idle
	mov	sp, x0
	b	load_all

/*
 * The stack may be what is broken, so the dump goes to memory and a stack of its own, of the first pCPU that
 * comes; any other stops. Guests' registers keep x0..x3 meanwhile: no guest runs again, or, where an access was only
 * tried (below), none has run yet or its last one is gone. x2 is the kind.
 */
broken:
	msr	tpidr_el0, x0
	msr	tpidr_el1, x1
	msr	sp_el0, x3
	adr	x1, mmu_can_read
	mrs	x0, currentel
	tbz	x0, #3, at_el1
	mrs	x0, elr_el2
	cmp	x0, x1
	b.eq	cannot_read
	cbz	x2, undefined_perhaps
broken_indeed:
	adrp	x0, panic_taken
	add	x0, x0, :lo12:panic_taken
1:	ldaxr	w1, [x0]
	cbnz	w1, halt
	mov	w1, #1
	stxr	w3, w1, [x0]
	cbnz	w3, 1b

	adrp	x0, broken_state
	add	x0, x0, :lo12:broken_state
	stp	x4, x5, [x0, #32]
	stp	x6, x7, [x0, #48]
	stp	x8, x9, [x0, #64]
	stp	x10, x11, [x0, #80]
	stp	x12, x13, [x0, #96]
	stp	x14, x15, [x0, #112]
	stp	x16, x17, [x0, #128]
	stp	x18, x19, [x0, #144]
	stp	x20, x21, [x0, #160]
	stp	x22, x23, [x0, #176]
	stp	x24, x25, [x0, #192]
	stp	x26, x27, [x0, #208]
	stp	x28, x29, [x0, #224]
	mov	x4, sp
	stp	x30, x4, [x0, #240]
	mov	x1, x2
	mrs	x4, tpidr_el0
	mrs	x5, tpidr_el1
	mrs	x6, tpidrro_el0
	mrs	x7, sp_el0
	stp	x4, x5, [x0]
	stp	x6, x7, [x0, #16]
	adrp	x4, emergency_stack_end
	add	x4, x4, :lo12:emergency_stack_end
	mov	sp, x4
	bl	panic_broken

/*
 * void clear_debug_rest(void): the words of the debug channel, the exception catches of OSECCR_EL1, DBGPRCR_EL1 and the
 * claim tags (8 bits). Each processor has these registers (DDI 0487), but QEMU 10 has no DBGPRCR_EL1, and QEMU 7
 * none of them: what is undefined here is left out.
 */
	.global	clear_debug_rest
clear_debug_rest:
	mov	x0, #0xff
	msr	osdtrrx_el1, xzr
	msr	osdtrtx_el1, xzr
	msr	oseccr_el1, xzr
	msr	dbgclaimclr_el1, x0
	msr	dbgprcr_el1, xzr
clear_debug_rest_end:
	ret

undefined_perhaps:
	mrs	x0, esr_el2
	lsr	x0, x0, #26
	cbnz	x0, broken_indeed
	mrs	x0, elr_el2
	adr	x1, clear_debug_rest
	sub	x1, x0, x1
	cmp	x1, #(clear_debug_rest_end - clear_debug_rest)
	b.hs	broken_indeed
	add	x0, x0, #4
	msr	elr_el2, x0
	mrs	x0, tpidr_el0
	mrs	x1, tpidr_el1
	mrs	x2, tpidrro_el0
	return_to_guest

/* EL1 is where boot says that it is not EL2, and goes no further. */
at_el1:	mrs	x0, elr_el1
	cmp	x0, x1
	b.ne	halt
cannot_read:
	mov	x0, #0
	ret

/* bool mmu_can_read(uint64_t address): an exception at its first instruction returns false. */
	.global	mmu_can_read
mmu_can_read:
	ldr	wzr, [x0]
	mov	x0, #1
	ret

	.global	halt
halt:
	msr	daifset, #0xf
	wfi
	b	halt
