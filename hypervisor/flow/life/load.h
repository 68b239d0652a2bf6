/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's memory when it stops and when it starts, in pieces: a console on this pCPU has its turns between
 * them, and the other vCPUs of a pCPU that several share. On the pCPU of vCPU 0, while no vCPU of the VM is
 * on.
 */
#ifndef FLOW_LIFE_LOAD_H
#define FLOW_LIFE_LOAD_H

#include "flow/box/system.h"

/* Zeroes a piece of the memory; vm->scrubbed says how far it is. */
void load_scrub(struct vm *vm);
/* Copies a piece of the images. True: all are in memory. */
MUST_USE bool load_step(struct vm *vm);

#endif
