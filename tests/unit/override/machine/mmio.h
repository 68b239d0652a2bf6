/* SPDX-License-Identifier: Apache-2.0 */
/* Registers that a test has instead of a device. */
#ifndef MACHINE_MMIO_H
#define MACHINE_MMIO_H

#include "base/types.h"

uint32_t mmio_read32(uint64_t address);
uint64_t mmio_read64(uint64_t address);
void mmio_write8(uint64_t address, uint8_t value);
void mmio_write32(uint64_t address, uint32_t value);
void mmio_write64(uint64_t address, uint64_t value);

#endif
