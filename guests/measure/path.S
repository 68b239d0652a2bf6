/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The measured paths, instruction by instruction: nothing stands between a read of the counter and what it
 * times. No ISB keeps the reads in order: where instructions are counted none is needed, and it would count.
 * The vectors may lose x0 to x7, since only these paths run with interrupts open; x8 is the sample, and x0
 * becomes 1 when an interrupt was taken.
 */
#include "measure/sample.h"

#define ICC_IAR1_EL1 s3_0_c12_c12_0
#define ICC_EOIR1_EL1 s3_0_c12_c12_1
#define ICC_SGI1R_EL1 s3_0_c12_c11_5
#define ICC_PMR_EL1 s3_0_c4_c6_0
#define ICC_RPR_EL1 s3_0_c12_c11_3

	.macro function name
	.global \name
	.type \name, %function
	.balign 16
\name:
	.endm

	/* The image's entry: the counter before all else, then the library's start. */
	.section .text.start, "ax"
	.global path_entry
path_entry:
	mrs x1, cntpct_el0
	ldr x2, =path_first_instruction
	str x1, [x2]
	b _start

	.data
	.balign 64
	.global path_first_instruction
path_first_instruction:
	.quad 0
	.skip 56

	.text
	.global path_start
path_start:
function path_timer
	mov x8, x0
	mov x0, #0
	msr daifclr, #2
1:	cbz x0, 1b
	msr daifset, #2
	ret

function path_wfi
	mov x8, x0
	mov x0, #0
	msr daifclr, #2
1:	wfi
	cbz x0, 1b
	msr daifset, #2
	ret

function path_wfi_masked
	mov x8, x0
	mov x0, #0
	wfi
	mrs x9, cntvct_el0
	msr daifclr, #2
1:	cbz x0, 1b
	msr daifset, #2
	str x9, [x8, #SAMPLE_ENTRY]
	ret

function path_sgi
	mov x8, x0
	mov x0, #0
	msr daifclr, #2
	mrs x9, cntvct_el0
	msr ICC_SGI1R_EL1, x1
1:	cbz x0, 1b
	msr daifset, #2
	str x9, [x8, #SAMPLE_START]
	ret

	/*
	 * YIELD lets an emulator that runs CPUs in turn go on to the target. Eight instructions stand before it, as
	 * where the peers' figures come from.
	 */
function path_sgi_other
	mov x8, x0
	mov x0, #0
	msr daifclr, #2
	mrs x9, cntvct_el0
	msr ICC_SGI1R_EL1, x1
	isb
	.rept 7
	nop
	.endr
1:	yield
	cbz x0, 1b
	msr daifset, #2
	str x9, [x8, #SAMPLE_START]
	ret

function path_raise
	mov x8, x0
	mov x0, #0
	msr daifclr, #2
	mrs x9, cntvct_el0
	str w2, [x1]
1:	cbz x0, 1b
	msr daifset, #2
	str x9, [x8, #SAMPLE_START]
	ret

function path_load32
	mrs x9, cntvct_el0
	ldr w2, [x1]
	mrs x10, cntvct_el0
	stp x9, x10, [x0, #SAMPLE_START]
	ret

function path_load64
	mrs x9, cntvct_el0
	ldr x2, [x1]
	mrs x10, cntvct_el0
	stp x9, x10, [x0, #SAMPLE_START]
	ret

function path_store32
	mrs x9, cntvct_el0
	str w2, [x1]
	mrs x10, cntvct_el0
	stp x9, x10, [x0, #SAMPLE_START]
	ret

function path_mask_write
	mrs x9, cntvct_el0
	msr ICC_PMR_EL1, x1
	mrs x10, cntvct_el0
	stp x9, x10, [x0, #SAMPLE_START]
	ret

function path_mask_read
	mrs x9, cntvct_el0
	mrs x2, ICC_PMR_EL1
	mrs x10, cntvct_el0
	stp x9, x10, [x0, #SAMPLE_START]
	ret

function path_running_priority
	mrs x9, cntvct_el0
	mrs x2, ICC_RPR_EL1
	mrs x10, cntvct_el0
	stp x9, x10, [x0, #SAMPLE_START]
	ret

	/* As a compiler would call: four argument registers are set, so the call alone is 5. Its answer is ours. */
function path_call
	stp x19, x20, [sp, #-48]!
	stp x21, x22, [sp, #16]
	str x23, [sp, #32]
	mov x20, x0
	mov x21, x1
	mov x22, x2
	mov x23, x3
	mrs x19, cntvct_el0
	mov x0, x21
	mov x1, x22
	mov x2, x23
	mov x3, #0
	hvc #0
	mrs x1, cntvct_el0
	stp x19, x1, [x20, #SAMPLE_START]
	ldr x23, [sp, #32]
	ldp x21, x22, [sp, #16]
	ldp x19, x20, [sp], #48
	ret

function path_daif
	mrs x9, cntvct_el0
	.rept 10
	msr daifset, #2
	msr daifclr, #2
	.endr
	mrs x10, cntvct_el0
	msr daifset, #2
	stp x9, x10, [x0, #SAMPLE_START]
	ret

function path_burst
	mov x8, x0
	mov x10, #0
	ldp w4, w5, [x2]
	mrs x9, cntvct_el0
	str w4, [x1]
	cbz w5, 1f
	str w5, [x1, #4]
1:	msr daifclr, #2
2:	cmp x10, x3
	b.ne 2b
	msr daifset, #2
	str x9, [x8, #SAMPLE_START]
	ret

	/* The target's side, for ever: waits with interrupts open; the vector answers each SGI with one. */
function path_target_spin
	mov x8, x0
	mov x9, x1
	msr daifclr, #2
1:	yield
	b 1b

function path_target_wfi
	mov x8, x0
	mov x9, x1
	msr daifclr, #2
1:	dsb sy
	wfi
	b 1b

	/* As path_wfi, with FP in use; the start is just before the WFI that it leaves by its interrupt. */
	.arch_extension fp
function path_leave
	mov x8, x0
	mov x0, #0
	fmov d0, x8
	msr daifclr, #2
1:	mrs x9, cntvct_el0
	wfi
	cbz x0, 1b
	msr daifset, #2
	str x9, [x8, #SAMPLE_START]
	ret

	/* When the counter's bits of x1 reach x2: reads of it, each by one instruction, so that one follows any point. */
function path_reads
	fmov d0, x0
1:	mrs x3, cntvct_el0
	and x4, x3, x1
	cmp x4, x2
	b.lo 1b
	.irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16
	mrs x\n, cntvct_el0
	.endr
	stp x1, x2, [x0]
	stp x3, x4, [x0, #16]
	stp x5, x6, [x0, #32]
	stp x7, x8, [x0, #48]
	stp x9, x10, [x0, #64]
	stp x11, x12, [x0, #80]
	stp x13, x14, [x0, #96]
	stp x15, x16, [x0, #112]
	ret

	/*
	 * Writes w2 to x1, and from there on watches a loop of WATCH_LOOP instructions: by how much it takes longer,
	 * and how often, until x3 turns behind the first time.
	 */
	.equ WATCH_LOOP, 10
function path_watch
	mov x4, #0
	mov x5, #0
	mrs x9, cntvct_el0
	str w2, [x1]
	sub x9, x9, #WATCH_LOOP - 3
1:	mrs x10, cntvct_el0
	sub x11, x10, x9
	sub x11, x11, #WATCH_LOOP
	mov x9, x10
	add x4, x4, x11
	cmp x11, #0
	cinc x5, x5, ne
	sub x3, x3, x5
	cmp x3, #0
	b.gt 1b
	str x4, [x0, #SAMPLE_ENTRY]
	str x5, [x0, #SAMPLE_INTID]
	ret

	/* Waits masked; then all that is pending is taken. The result is how many. */
function path_receive
	mov x8, x0
	mov x10, #0
	wfi
	msr daifclr, #2
	.rept 8
	nop
	.endr
	msr daifset, #2
	mov x0, x10
	ret

	/* Any other exception ends in the library's report. */
	.macro table name, irq
	.balign 0x800
	.global \name
\name:
	.set slot, 0
	.rept 16
	.balign 0x80
	.if slot == 5
	\irq
	.else
	b vectors + slot * 0x80
	.endif
	.set slot, slot + 1
	.endr
	.endm

	/* One interrupt, from its vector to the end of EOI: 17 instructions, the same natively and in a VM. */
	.macro take_one
	mrs x1, cntvct_el0
	mrs x2, ICC_IAR1_EL1
	dsb sy
	ldr x3, [x8, #SAMPLE_QUIET]
	str wzr, [x3]
	msr cntv_ctl_el0, xzr
	str x1, [x8, #SAMPLE_ENTRY]
	str x2, [x8, #SAMPLE_INTID]
	dsb sy
	isb
	mov x0, #1
	.rept 4
	nop
	.endr
	mrs x4, cntvct_el0
	msr ICC_EOIR1_EL1, x2
	mrs x5, cntvct_el0
	stp x4, x5, [x8, #SAMPLE_EOI_START]
	eret
	.endm

	/* One of a burst. x10 counts. */
	.macro take_next
	mrs x0, cntvct_el0
	mrs x1, ICC_IAR1_EL1
	dsb sy
	ldr x2, [x8, #SAMPLE_BURST]
	stp x0, x1, [x2], #16
	str x2, [x8, #SAMPLE_BURST]
	add x10, x10, #1
	msr ICC_EOIR1_EL1, x1
	eret
	.endm

	/* An SGI at the target: x9 sends the answer, in a handler that saves what C may use. */
	.macro take_and_answer
	mrs x1, cntvct_el0
	stp x2, x3, [sp, #-144]!
	stp x4, x5, [sp, #16]
	stp x6, x7, [sp, #32]
	stp x10, x11, [sp, #48]
	stp x12, x13, [sp, #64]
	stp x14, x15, [sp, #80]
	stp x16, x17, [sp, #96]
	stp x18, x29, [sp, #112]
	stp x30, xzr, [sp, #128]
	mrs x2, ICC_IAR1_EL1
	dsb sy
	str x1, [x8, #SAMPLE_ENTRY]
	msr ICC_EOIR1_EL1, x2
	dsb ish
	msr ICC_SGI1R_EL1, x9
	isb
	ldr x30, [sp, #128]
	ldp x18, x29, [sp, #112]
	ldp x16, x17, [sp, #96]
	ldp x14, x15, [sp, #80]
	ldp x12, x13, [sp, #64]
	ldp x10, x11, [sp, #48]
	ldp x6, x7, [sp, #32]
	ldp x4, x5, [sp, #16]
	ldp x2, x3, [sp], #144
	eret
	.endm

	table path_vectors, take_one
	table path_target_vectors, take_and_answer
	table path_burst_vectors, take_next

	.global path_end
path_end:
