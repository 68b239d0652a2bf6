/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The arm64 Linux `Image` header and everything that runs with the MMU off. It fills one page, which stays
 * mapped at its physical address too: turning the MMU on or off happens nowhere else.
 */
#include "machine/arm64/layout.h"
#include "machine/arm64/sysregs.h"

#define PSCI_SYSTEM_OFF 0x84000008

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

/*
 * The boot CPU: x0 is the physical address of the device tree, if the boot loader knew that. x21: the exception
 * level of entry. All three get as far as words.
 */
	.global	boot_entry
boot_entry:
	mov	x19, x0
	adr	x20, image_header
	mrs	x21, currentel
	lsr	x21, x21, #2
	tst	x20, #4095
	b.ne	give_up
	adrp	x9, image_end
	lsr	x9, x9, #39 /* build_boot_tables knows 512 GiB */
	cbnz	x9, give_up
	cmp	x21, #3
	b.ne	1f
	bl	leave_el3
1:	cmp	x21, #1
	b.eq	2f
	bl	claim_el2
	mov	x22, #BOOT_BLOCK_NORMAL
	bl	build_boot_tables
	adrp	x0, boot_l0
	ldr	x1, =SCTLR_BOOT
	bl	mmu_on
	b	3f
2:	msr	daifset, #0xf
	msr	spsel, #1
	mov	x22, #(BOOT_BLOCK_NORMAL & ~BOOT_BLOCK_AP1)
	bl	build_boot_tables
	adrp	x0, boot_l0
	bl	mmu_on_el1
3:	ldr	x1, =boot_high
	br	x1

/* No message is possible: the code must be at a multiple of 4 KiB below 512 GiB to run. */
give_up:
	ldr	x0, =PSCI_SYSTEM_OFF
	cmp	x21, #2
	b.ne	halt
	smc	#0
	b	halt

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

/* To EL2, Non-secure, to say there that this is wrong; where the processor has no EL2, to EL1. */
leave_el3:
	mov	x9, #0x5b1 /* SCR_EL3: RW, HCE, SMD, RES1, NS */
	msr	scr_el3, x9
	msr	cptr_el3, xzr
	mov	x10, #0x3c9 /* SPSR_EL3: EL2h, masked */
	mrs	x9, id_aa64pfr0_el1
	tst	x9, #(15 << 8) /* EL2 */
	b.eq	1f
	ldr	x9, =SCTLR_RES1
	msr	sctlr_el2, x9
	b	2f
1:	mov	x10, #0x3c5 /* EL1h */
	mov	x21, #1
	ldr	x9, =SCTLR_EL1_OFF
	msr	sctlr_el1, x9
2:	msr	spsr_el3, x10
	msr	elr_el3, x30
	isb
	eret

/* Signalbox runs at EL2 without VHE. A secondary that starts elsewhere stops; boot logs that it is missing. */
claim_el2:
	mrs	x9, currentel
	cmp	x9, #(2 << 2)
	b.ne	halt
	msr	daifset, #0xf
	msr	spsel, #1
	mov	x9, #HCR_RW /* E2H = 0 */
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
	ldr	x9, =MAIR_VALUE
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

/* The same at EL1, where FP is opened, too: libfdt uses it. x0: root of the tables. */
mmu_on_el1:
	ldr	x9, =MAIR_VALUE
	msr	mair_el1, x9
	mrs	x9, id_aa64mmfr0_el1
	and	x9, x9, #15
	mov	x10, #5
	cmp	x9, x10
	csel	x9, x9, x10, lo
	ldr	x10, =0x803510 /* EPD1, 48-bit addresses, walks inner shareable and write-back */
	orr	x9, x10, x9, lsl #32
	msr	tcr_el1, x9
	msr	ttbr0_el1, x0
	mov	x9, #(3 << 20) /* CPACR_EL1.FPEN */
	msr	cpacr_el1, x9
	dsb	sy
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	ldr	x9, =SCTLR_EL1_BOOT
	msr	sctlr_el1, x9
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
 * boot_l0 -> boot_l1_low: VA = PA below 512 GiB, the GiBs of the image as memory, all else as Device.
 *         -> boot_l1_image -> boot_l2_image -> boot_l3_image: the image at its link address.
 * x22: the attributes of memory. early.c changes blocks later.
 */
build_boot_tables:
	mov	x18, x30
	adrp	x9, boot_l0
	bl	forget_boot_tables
	mov	x10, x9
	adrp	x11, boot_tables_end
1:	stp	xzr, xzr, [x10], #16
	cmp	x10, x11
	b.lo	1b

	adrp	x10, boot_l1_low
	orr	x11, x10, #BOOT_TABLE
	str	x11, [x9]
	adrp	x11, boot_l1_image
	orr	x12, x11, #BOOT_TABLE
	str	x12, [x9, #8 * ((IMAGE_VA >> 39) & 511)]
	adrp	x12, boot_l2_image
	orr	x13, x12, #BOOT_TABLE
	str	x13, [x11, #8 * ((IMAGE_VA >> 30) & 511)]

	ldr	x13, =BOOT_BLOCK_DEVICE
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

	adrp	x13, boot_l3_image
	orr	x14, x13, #BOOT_TABLE
	mov	x15, #BOOT_L3_TABLES
3:	str	x14, [x12], #8
	add	x14, x14, #4096
	subs	x15, x15, #1
	b.ne	3b

	orr	x15, x20, x22
	orr	x15, x15, #2 /* a page, no block */
	adrp	x14, image_end
	orr	x14, x14, #1
4:	str	x15, [x13], #8
	add	x15, x15, #4096
	cmp	x15, x14
	b.lo	4b

	bl	forget_boot_tables
	ret	x18

/* The GiB of the physical address x0 is memory; x10 is boot_l1_low. */
mark_memory:
	lsr	x1, x0, #30
	lsl	x2, x1, #30
	orr	x2, x2, x22
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
	adrp	x3, boot_tables_end
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
	cmp	x21, #1
	b.eq	1f
	msr	vbar_el2, x0
	msr	tpidr_el2, xzr
	b	2f
1:	msr	vbar_el1, x0
2:	ldr	x0, =bss_start
	ldr	x1, =bss_end
1:	stp	xzr, xzr, [x0], #16
	cmp	x0, x1
	b.lo	1b
	mov	x0, x19
	mov	x1, x20
	mov	x2, x21
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
	.global	boot_l0, boot_l1_far
boot_l0:	.skip 4096
boot_l1_low:	.skip 4096
boot_l1_image:	.skip 4096
boot_l2_image:	.skip 4096
boot_l3_image:	.skip 4096 * BOOT_L3_TABLES
boot_l1_far:	.skip 4096 * BOOT_FAR_TABLES
boot_tables_end:
