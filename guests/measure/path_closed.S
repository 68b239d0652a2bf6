/* SPDX-License-Identifier: Apache-2.0 */
/* As path.S: interrupts that are closed without a call. */
#include "measure/sample.h"

	.macro function name
	.global \name
	.type \name, %function
	.balign 16
\name:
	.endm

	.text
function path_close_open
	mrs x9, cntvct_el0
	msr daifset, #2
	str w2, [x1]
	str wzr, [x1]
	dmb ish
	ldr w3, [x1, #0x1000]
1:	cbnz w3, 1b
	msr daifclr, #2
	mrs x10, cntvct_el0
	msr daifset, #2
	stp x9, x10, [x0, #SAMPLE_START]
	ret

	/* Something is pending; x2 is the call. */
function path_open
	mov x8, x0
	mrs x9, cntvct_el0
	str wzr, [x1]
	dmb ish
	ldr w3, [x1, #0x1000]
	cbz w3, 1f
	mov x0, x2
	hvc #0
	mov x0, #0
	msr daifclr, #2
1:	cbz x0, 1b
	msr daifset, #2
	str x9, [x8, #SAMPLE_START]
	ret
