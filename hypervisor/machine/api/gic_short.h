/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The five accesses that the short way of an interrupt needs (flow/irq_short.c), inline, because that way
 * makes no calls; machine/api/gic.h says what they do. The only header of api/ with instructions in it.
 */
#ifndef MACHINE_API_GIC_SHORT_H
#define MACHINE_API_GIC_SHORT_H

#include "machine/api/gic.h"

#define GIC_SHORT_READ(reg) \
	({ \
		uint64_t value_; \
		__asm__ volatile("mrs %0, " reg : "=r"(value_)); \
		value_; \
	})
#define GIC_SHORT_WRITE(reg, value) __asm__ volatile("msr " reg ", %0" ::"r"((uint64_t)(value)))

/* ICC_IAR0_EL1 and ICC_EOIR0_EL1, ICC_IAR1_EL1 and ICC_EOIR1_EL1, by their encodings. */
static inline uint64_t gic_short_acknowledge_group0(void)
{
	return GIC_SHORT_READ("s3_0_c12_c8_0");
}
static inline uint64_t gic_short_acknowledge_group1(void)
{
	return GIC_SHORT_READ("s3_0_c12_c12_0");
}
static inline void gic_short_drop_group0(uint64_t intid)
{
	GIC_SHORT_WRITE("s3_0_c12_c8_1", intid);
}
static inline void gic_short_drop_group1(uint64_t intid)
{
	GIC_SHORT_WRITE("s3_0_c12_c12_1", intid);
}
/* Bit 0 of ICH_ELRSR_EL2, and ICH_LR0_EL2. */
static inline bool gic_short_lr0_is_empty(void)
{
	return GIC_SHORT_READ("s3_4_c12_c11_5") & 1;
}
static inline void gic_short_lr0_write(uint64_t value)
{
	GIC_SHORT_WRITE("s3_4_c12_c12_0", value);
}
/* After the last acknowledgement of a batch: what it did is visible in the distributor (IHI 0069). */
static inline void gic_short_batch_end(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}

#endif
