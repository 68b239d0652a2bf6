/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual timer (Arm DDI 0487, CNTV_*), in ticks of CNTVCT_EL0. */
#ifndef LIB_TIMER_H
#define LIB_TIMER_H

#include "lib/cpu.h"

#define TIMER_VIRTUAL_INTID 27
#define TIMER_PHYSICAL_INTID 30
#define TIMER_ENABLE 1

/* For interrupts that come unless something is wrong. An emulator on a busy machine may stop for a while. */
#define TIMER_PATIENCE_US 600000000

static inline uint64_t timer_now(void)
{
	__asm__ volatile("isb" ::: "memory");
	return sysreg_read(cntvct_el0);
}
static inline uint64_t timer_frequency(void)
{
	return sysreg_read(cntfrq_el0);
}
static inline uint64_t timer_ticks(uint64_t us)
{
	return us * timer_frequency() / 1000000;
}

/* Fires when the counter reaches `deadline`; stops firing. */
static inline void timer_arm(uint64_t deadline)
{
	sysreg_write(cntv_cval_el0, deadline);
	sysreg_write(cntv_ctl_el0, TIMER_ENABLE);
}
static inline void timer_disarm(void)
{
	sysreg_write(cntv_ctl_el0, 0);
}

static inline void timer_spin(uint64_t us)
{
	uint64_t end = timer_now() + timer_ticks(us);

	while (timer_now() < end)
		;
}

#endif
