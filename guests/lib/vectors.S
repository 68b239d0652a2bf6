/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exceptions: the counter is read after the fewest possible instructions and handed on in the frame.
 * exception_taken() answers the frame to go on with.
 * FP registers are not saved: handlers are built without FP, and one that uses it saves them itself, so
 * that whoever loses them on the way here is seen.
 */
#include "lib/layout.h"

	.macro entry kind
	.balign 0x80
	sub sp, sp, #FRAME_SIZE
	stp x0, x1, [sp]
	mrs x0, cntvct_el0
	mov x1, #\kind
	b save
	.endm

	.section .text.vectors, "ax"
	.global vectors
	.balign 0x800
vectors:
	.set kind, 0
	.rept 16
	entry kind
	.set kind, kind + 1
	.endr

save:
	stp x2, x3, [sp, #16]
	stp x4, x5, [sp, #32]
	stp x6, x7, [sp, #48]
	stp x8, x9, [sp, #64]
	stp x10, x11, [sp, #80]
	stp x12, x13, [sp, #96]
	stp x14, x15, [sp, #112]
	stp x16, x17, [sp, #128]
	stp x18, x19, [sp, #144]
	stp x20, x21, [sp, #160]
	stp x22, x23, [sp, #176]
	stp x24, x25, [sp, #192]
	stp x26, x27, [sp, #208]
	stp x28, x29, [sp, #224]
	str x30, [sp, #240]
	mrs x2, elr_el1
	mrs x3, spsr_el1
	str x2, [sp, #FRAME_ELR]
	stp x3, x0, [sp, #FRAME_SPSR]
	mov x0, sp
	bl exception_taken
	msr daifset, #0xf
	mov sp, x0
	ldr x2, [sp, #FRAME_ELR]
	ldr x3, [sp, #FRAME_SPSR]
	msr elr_el1, x2
	msr spsr_el1, x3
	ldp x2, x3, [sp, #16]
	ldp x4, x5, [sp, #32]
	ldp x6, x7, [sp, #48]
	ldp x8, x9, [sp, #64]
	ldp x10, x11, [sp, #80]
	ldp x12, x13, [sp, #96]
	ldp x14, x15, [sp, #112]
	ldp x16, x17, [sp, #128]
	ldp x18, x19, [sp, #144]
	ldp x20, x21, [sp, #160]
	ldp x22, x23, [sp, #176]
	ldp x24, x25, [sp, #192]
	ldp x26, x27, [sp, #208]
	ldp x28, x29, [sp, #224]
	ldr x30, [sp, #240]
	ldp x0, x1, [sp]
	add sp, sp, #FRAME_SIZE
	eret
