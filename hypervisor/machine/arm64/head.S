/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arm64 Linux `Image` header and everything that runs with the MMU off. It fills one page, which stays
 * mapped at its physical address too: turning the MMU on or off happens nowhere else.
 */
#include "machine/arm64/layout.h"
#include "machine/arm64/sysregs.h"

/* Block descriptors at EL2: access flag, AP[1] (RES1), inner shareable; MAIR indices of memory/table.h. */
#define BLOCK_NORMAL 0x741
#define BLOCK_DEVICE 0x445 /* and execute-never, bit 54 */
#define TABLE 3
#define MIB_2 0x200000

	.section .head, "ax"
	.global	image_header
image_header:
	b	boot_entry
	.long	0
	.quad	0 /* text_offset */
	.quad	image_bytes
	.quad	0xa /* flags: little endian, 4 KiB pages, anywhere in memory */
	.quad	0, 0, 0
	.ascii	"ARM\x64"
	.long	0

/* The boot CPU: x0 is the physical address of the device tree. */
	.global	boot_entry
boot_entry:
	mov	x19, x0
	adrp	x20, image_start
	bl	claim_el2
	tst	x20, #(MIB_2 - 1)
	b.ne	halt
	bl	build_boot_tables
	adrp	x0, boot_l0
	ldr	x1, =SCTLR_BOOT
	bl	mmu_on
	ldr	x1, =boot_high
	br	x1

/*
 * A secondary from PSCI CPU_ON: x0 is the physical address of its struct launch (cpu.c), which was cleaned
 * to memory.
 */
	.global	secondary_entry
secondary_entry:
	mov	x19, x0
	bl	claim_el2
	ldp	x0, x20, [x19]
	ldp	x21, x22, [x19, #16]
	ldr	x1, =SCTLR_FINAL
	bl	mmu_on
	ldr	x1, =secondary_high
	br	x1

/* Signalbox needs EL2 without VHE. Elsewhere nothing can be said: no UART is known yet. */
claim_el2:
	mrs	x9, CurrentEL
	cmp	x9, #(2 << 2)
	b.ne	halt
	msr	daifset, #0xf
	msr	spsel, #1
	mov	x9, #(1 << 31) /* HCR_EL2.RW; E2H = 0 */
	msr	hcr_el2, x9
	isb
	ret
halt:	wfe
	b	halt

/*
 * x0: root of the tables, x1: SCTLR_EL2. Runs at its physical address. The tables were written with the MMU
 * off and no cache line holds them, or with it on, and walks are cacheable.
 */
mmu_on:
	ldr	x9, =SCTLR_RES1
	msr	sctlr_el2, x9
	isb
	ldr	x9, =0x04ff /* TABLE_MAIR_VALUE */
	msr	mair_el2, x9
	mrs	x9, id_aa64mmfr0_el1
	and	x9, x9, #15
	mov	x10, #5 /* 48 bits are what these tables can say */
	cmp	x9, x10
	csel	x9, x9, x10, lo
	ldr	x10, =0x80803510 /* RES1, 48-bit addresses, walks inner shareable and write-back */
	orr	x9, x10, x9, lsl #16
	msr	tcr_el2, x9
	msr	ttbr0_el2, x0
	dsb	sy
	isb
	tlbi	alle2
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el2, x1
	isb
	ret

/*
 * void mmu_switch(uint64_t root, uint64_t physical_offset): from the boot tables to the final ones. Their
 * entries differ in size, so the MMU is off in between (DDI 0487, break-before-make). No data is touched.
 */
	.global	mmu_switch
mmu_switch:
	mov	x11, x30
	adr	x12, 1f
	add	x12, x12, x1
	ldr	x1, =SCTLR_FINAL
	br	x12
1:	bl	mmu_on
	br	x11

/*
 * boot_l0 -> boot_l1_low: VA = PA below 512 GiB, the GiBs of image and tree as memory, all else as Device.
 *         -> boot_l1_image -> boot_l2_image: the image at its link address.
 */
build_boot_tables:
	mov	x18, x30
	adrp	x9, boot_l0
	bl	forget_boot_tables
	mov	x10, x9
	mov	x11, #(4 * 4096)
1:	stp	xzr, xzr, [x10], #16
	subs	x11, x11, #16
	b.ne	1b

	adrp	x10, boot_l1_low
	orr	x11, x10, #TABLE
	str	x11, [x9]
	adrp	x11, boot_l1_image
	orr	x12, x11, #TABLE
	str	x12, [x9, #8 * ((IMAGE_VA >> 39) & 511)]
	adrp	x12, boot_l2_image
	orr	x13, x12, #TABLE
	str	x13, [x11, #8 * ((IMAGE_VA >> 30) & 511)]

	ldr	x13, =(BLOCK_DEVICE | 1 << 54)
	mov	x14, #0
	mov	x15, #(1 << 30)
2:	str	x13, [x10, x14, lsl #3]
	add	x13, x13, x15
	add	x14, x14, #1
	cmp	x14, #512
	b.ne	2b

	mov	x0, x20
	bl	mark_memory
	adrp	x0, image_end
	sub	x0, x0, #1
	bl	mark_memory
	mov	x0, x19
	bl	mark_memory
	add	x0, x19, #MIB_2 /* a tree is no larger */
	bl	mark_memory

	mov	x13, x20
	adrp	x14, image_end
	mov	x16, #BLOCK_NORMAL
	mov	x17, #MIB_2
3:	orr	x15, x13, x16
	str	x15, [x12], #8
	add	x13, x13, x17
	cmp	x13, x14
	b.lo	3b

	bl	forget_boot_tables
	ret	x18

/* The GiB of the physical address x0 is memory; x10 is boot_l1_low. */
mark_memory:
	lsr	x1, x0, #30
	cmp	x1, #512
	b.hs	halt
	lsl	x2, x1, #30
	mov	x3, #BLOCK_NORMAL
	orr	x2, x2, x3
	str	x2, [x10, x1, lsl #3]
	ret

/*
 * Takes the boot tables (x9) out of the caches: before they are written, what the boot loader left dirty;
 * after, what was fetched ahead meanwhile.
 */
forget_boot_tables:
	mrs	x0, ctr_el0
	ubfx	x0, x0, #16, #4 /* DminLine: log2 of words */
	mov	x1, #4
	lsl	x1, x1, x0
	mov	x2, x9
	add	x3, x9, #(4 * 4096)
1:	dc	civac, x2
	add	x2, x2, x1
	cmp	x2, x3
	b.lo	1b
	dsb	sy
	ret

	.ltorg

	.text
/* From here on at the link address. */
boot_high:
	ldr	x0, =boot_stack_end
	mov	sp, x0
	ldr	x0, =vectors
	msr	vbar_el2, x0
	msr	tpidr_el2, xzr
	ldr	x0, =bss_start
	ldr	x1, =bss_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b
	mov	x0, x19
	mov	x1, x20
	mov	x29, xzr
	bl	boot_start

secondary_high:
	mov	sp, x20
	ldr	x0, =vectors
	msr	vbar_el2, x0
	msr	tpidr_el2, x21
	mov	x0, x22
	mov	x29, xzr
	bl	cpu_enter
	.ltorg

	.section .boot_tables, "aw", %nobits
	.balign	4096
boot_l0:	.skip 4096
boot_l1_low:	.skip 4096
boot_l1_image:	.skip 4096
boot_l2_image:	.skip 4096
