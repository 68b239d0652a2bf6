/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The firmware configuration device of QEMU's `virt` machine, with nothing to configure: its signature, the
 * number of processors, and a directory without files. Firmware that finds its node in a device tree asks
 * there first of all. It has the traditional interface, without DMA.
 *
 * Pure. The caller holds the device's lock (LOCK_DEVICE).
 */
#ifndef DEVICE_FWCFG_H
#define DEVICE_FWCFG_H

#include "base/types.h"

struct fwcfg {
	uint16_t key;  /* of the item that is read */
	uint32_t next; /* byte of it */
};

/* As after power-on, and so is a struct of zeros. */
void fwcfg_reset(struct fwcfg *fwcfg);
/* `size_bytes` 1, 2, 4 or 8: as many bytes of the item, the first one lowest; 0 after its last byte. */
uint64_t fwcfg_read(struct fwcfg *fwcfg, unsigned vcpu_count, uint64_t offset, unsigned size_bytes);
void fwcfg_write(struct fwcfg *fwcfg, uint64_t offset, unsigned size_bytes, uint64_t value);

#endif
