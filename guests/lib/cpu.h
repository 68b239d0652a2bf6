/* SPDX-License-Identifier: Apache-2.0 */
/* The processor as our guests see it: system registers, barriers, interrupt mask (Arm DDI 0487). */
#ifndef LIB_CPU_H
#define LIB_CPU_H

#include <stdbool.h>
#include <stdint.h>

#define sysreg_read(name) \
	({ \
		uint64_t value_; \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory"); \
		value_; \
	})
#define sysreg_write(name, value) \
	__asm__ volatile("msr " #name ", %0\n\tisb" ::"r"((uint64_t)(value)) : "memory")

static inline void cpu_wfi(void)
{
	__asm__ volatile("dsb sy\n\twfi" ::: "memory");
}
static inline void cpu_barrier(void)
{
	__asm__ volatile("dsb sy\n\tisb" ::: "memory");
}
static inline void cpu_irq_open(void)
{
	__asm__ volatile("msr daifclr, #2\n\tisb" ::: "memory");
}
static inline void cpu_irq_close(void)
{
	__asm__ volatile("msr daifset, #2" ::: "memory");
}

/* The number that boot gave this CPU: 0 for the boot CPU. */
static inline unsigned cpu_number(void)
{
	return (unsigned)sysreg_read(tpidr_el1);
}

/* Typed access to device registers; one instruction each, so that any hypervisor can decode it. */
#define DEFINE_MMIO(bits, type, load, store, width) \
	static inline type mmio_read##bits(uint64_t address) \
	{ \
		type value; \
		__asm__ volatile(load " %" width "0, [%1]" : "=r"(value) : "r"(address) : "memory"); \
		return value; \
	} \
	static inline void mmio_write##bits(uint64_t address, type value) \
	{ \
		__asm__ volatile(store " %" width "0, [%1]" ::"r"(value), "r"(address) : "memory"); \
	}
DEFINE_MMIO(8, uint8_t, "ldrb", "strb", "w")
DEFINE_MMIO(16, uint16_t, "ldrh", "strh", "w")
DEFINE_MMIO(32, uint32_t, "ldr", "str", "w")
DEFINE_MMIO(64, uint64_t, "ldr", "str", "")

#endif
