/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PL061 that a guest sees (Arm DDI 0190): eight pins of general-purpose input and output, with nothing
 * connected, so that pins that are inputs read 0, as those of QEMU's `virt` machine do. An edge never comes.
 * A level can be there: the guest may ask for the low one.
 *
 * Pure. The caller holds the device's lock (LOCK_DEVICE), and sets the interrupt line to pl061_line() after
 * every write.
 */
#ifndef DEVICE_PL061_H
#define DEVICE_PL061_H

#include "base/types.h"

struct pl061 {
	uint8_t data, dir, is, ibe, iev, ie, ris, afsel;
};

/* As after power-on, and so is a struct of zeros: all pins are inputs. */
void pl061_reset(struct pl061 *gpio);
/* `size_bytes` 1, 2, 4 or 8; registers have 8 bits. Unknown offsets read 0 and ignore writes. */
uint64_t pl061_read(const struct pl061 *gpio, uint64_t offset, unsigned size_bytes);
void pl061_write(struct pl061 *gpio, uint64_t offset, uint64_t value);
/* The level of the interrupt line. */
bool pl061_line(const struct pl061 *gpio);

#endif
