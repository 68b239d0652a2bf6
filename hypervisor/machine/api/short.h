/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The accesses that the short ways need (flow/deliver/irq_short.c, flow/exits/exit_short.c), inline, because
 * these make no calls; machine/api/gic.h and guest.h explain them. The only header of api/ with instructions
 * in it.
 */
#ifndef MACHINE_API_SHORT_H
#define MACHINE_API_SHORT_H

#include "machine/api/gic.h"

#define SHORT_READ(reg) \
	({ \
		uint64_t value_; \
		__asm__ volatile("mrs %0, " reg : "=r"(value_)); \
		value_; \
	})
#define SHORT_WRITE(reg, value) __asm__ volatile("msr " reg ", %0" ::"r"((uint64_t)(value)))

/* ICC_IAR0_EL1 and ICC_EOIR0_EL1, ICC_IAR1_EL1 and ICC_EOIR1_EL1, by their encodings. */
static inline uint64_t gic_short_acknowledge_group0(void)
{
	return SHORT_READ("s3_0_c12_c8_0");
}
static inline uint64_t gic_short_acknowledge_group1(void)
{
	return SHORT_READ("s3_0_c12_c12_0");
}
static inline void gic_short_drop_group0(uint64_t intid)
{
	SHORT_WRITE("s3_0_c12_c8_1", intid);
}
static inline void gic_short_drop_group1(uint64_t intid)
{
	SHORT_WRITE("s3_0_c12_c12_1", intid);
}
static inline void gic_short_deactivate(uint64_t intid)
{
	SHORT_WRITE("s3_0_c12_c11_1", intid); /* ICC_DIR_EL1 */
}
/*
 * Makes ICH_ELRSR_EL2 current with what EL2 has written, and orders reads of what others published before an
 * SGI after its ICC_IAR.
 */
static inline void gic_short_synchronise(void)
{
	__asm__ volatile("isb" ::: "memory");
}
/* ICH_ELRSR_EL2 as at the last context synchronisation. A short way writes one list register, after this. */
static inline uint64_t gic_short_lr_empty(void)
{
	return SHORT_READ("s3_4_c12_c11_5");
}
/* ICH_LR<n>_EL2, of the first few. */
#define GIC_SHORT_LR_COUNT 4
static inline void gic_short_lr_write(unsigned n, uint64_t value)
{
	if (n == 0)
		SHORT_WRITE("s3_4_c12_c12_0", value);
	else if (n == 1)
		SHORT_WRITE("s3_4_c12_c12_1", value);
	else if (n == 2)
		SHORT_WRITE("s3_4_c12_c12_2", value);
	else
		SHORT_WRITE("s3_4_c12_c12_3", value);
}
/* gic_notify(), with a word of gic_notify_word(): see there. */
static inline void gic_short_notify(uint64_t word, bool two_security_states)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	if (two_security_states)
		SHORT_WRITE("s3_0_c12_c11_5", word); /* ICC_SGI1R_EL1 */
	else
		SHORT_WRITE("s3_0_c12_c11_7", word); /* ICC_SGI0R_EL1 */
	__asm__ volatile("isb");
}
/*
 * A Group 1 SGI to the pCPU of a gic_notify_word(); with one security state. The guest itself has ordered its
 * earlier writes.
 */
static inline void gic_short_send(uint64_t word, uint32_t sgi)
{
	SHORT_WRITE("s3_0_c12_c11_5", (word & ~(UINT64_C(15) << 24)) | (uint64_t)sgi << 24);
}
/* After the last acknowledgement of a batch: its effects are visible in the distributor (IHI 0069). */
static inline void gic_short_batch_end(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}

static inline uint64_t guest_short_far(void)
{
	return SHORT_READ("far_el2");
}
static inline uint64_t guest_short_hpfar(void)
{
	return SHORT_READ("hpfar_el2");
}
/*
 * Does skipping an instruction mean no more than to move the PC by 4? Not when the guest runs T32 (nRW),
 * comes from an indirect branch (BTYPE) or steps itself (SS): SPSR_EL2 (Arm DDI 0487).
 */
static inline bool guest_short_skips_plainly(void)
{
	return (SHORT_READ("spsr_el2") & (1u << 4 | 3u << 10 | 1u << 21)) == 0;
}
/* The same for a load or store, with all data of the guest little-endian (EE and E0E of SCTLR_EL1)? */
static inline bool guest_short_is_plain(void)
{
	return !(SHORT_READ("sctlr_el1") & 3u << 24) && guest_short_skips_plainly();
}
static inline void guest_short_skip(void)
{
	SHORT_WRITE("elr_el2", SHORT_READ("elr_el2") + 4);
}

#endif
