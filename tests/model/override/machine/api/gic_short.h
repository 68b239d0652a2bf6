/* SPDX-License-Identifier: Apache-2.0 */
/* The accesses of the short way, on the model of the hardware instead of in instructions. */
#ifndef MACHINE_API_GIC_SHORT_H
#define MACHINE_API_GIC_SHORT_H

#include "../../../hardware.h"

static inline uint64_t gic_short_acknowledge_group0(void)
{
	return gic_acknowledge_group0();
}
static inline uint64_t gic_short_acknowledge_group1(void)
{
	return gic_acknowledge_group1();
}
static inline void gic_short_drop_group0(uint64_t intid)
{
	gic_drop_group0((uint32_t)intid);
}
static inline void gic_short_drop_group1(uint64_t intid)
{
	gic_drop_group1((uint32_t)intid);
}
static inline bool gic_short_lr0_is_empty(void)
{
	return hardware_short_lr0_is_empty();
}
static inline void gic_short_lr0_write(uint64_t value)
{
	gic_lr_write(0, value);
}
static inline void gic_short_batch_end(void) {}

#endif
