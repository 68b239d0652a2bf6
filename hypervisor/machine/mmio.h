/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers of devices: the only way to touch them. Volatile accesses of one size, in program order among
 * themselves (Device-nGnRE); what must be ordered with memory has its barrier where it is used.
 */
#ifndef MACHINE_MMIO_H
#define MACHINE_MMIO_H

#include "base/types.h"

static inline uint8_t mmio_read8(uint64_t address)
{
	return *(volatile uint8_t *)address;
}
static inline uint16_t mmio_read16(uint64_t address)
{
	return *(volatile uint16_t *)address;
}
static inline uint32_t mmio_read32(uint64_t address)
{
	return *(volatile uint32_t *)address;
}
static inline uint64_t mmio_read64(uint64_t address)
{
	return *(volatile uint64_t *)address;
}
static inline void mmio_write8(uint64_t address, uint8_t value)
{
	*(volatile uint8_t *)address = value;
}
static inline void mmio_write16(uint64_t address, uint16_t value)
{
	*(volatile uint16_t *)address = value;
}
static inline void mmio_write32(uint64_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}
static inline void mmio_write64(uint64_t address, uint64_t value)
{
	*(volatile uint64_t *)address = value;
}

#endif
