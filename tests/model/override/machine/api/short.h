/* SPDX-License-Identifier: Apache-2.0 */
/* The accesses of the short ways, on the model of the hardware instead of in instructions. */
#ifndef MACHINE_API_SHORT_H
#define MACHINE_API_SHORT_H

#include "../../../hardware.h"
#include "machine/api/guest.h"

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
static inline void gic_short_deactivate(uint64_t intid)
{
	gic_deactivate((uint32_t)intid);
}
static inline void gic_short_synchronise(void)
{
	hardware_enter_el2(hardware.here);
}
static inline uint64_t gic_short_lr_empty(void)
{
	return hardware_short_lr_empty();
}
#define GIC_SHORT_LR_COUNT 4
static inline void gic_short_lr_write(unsigned n, uint64_t value)
{
	gic_lr_write(n, value);
}
/* The word is the pCPU's number. */
static inline void gic_short_notify(uint64_t word, bool two_security_states)
{
	(void)two_security_states;
	gic_send(word);
}
/* The word is the pCPU's number; an SGI of Group 1 latches as any write of GICR_ISPENDR0 would. */
static inline void gic_short_send(uint64_t word, uint32_t sgi)
{
	hardware_send_group1((unsigned)word, sgi);
}
static inline void gic_short_batch_end(void) {}
static inline uint64_t guest_short_far(void)
{
	return guest_far();
}
static inline uint64_t guest_short_hpfar(void)
{
	return guest_hpfar();
}
static inline bool guest_short_skips_plainly(void)
{
	return true;
}
static inline bool guest_short_is_plain(void)
{
	return true;
}
static inline void guest_short_skip(void) {}

#endif
