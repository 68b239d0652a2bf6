/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seeds for guests' random numbers, made from the machine's random numbers, the VM, and its start. So each
 * start of each VM has other seeds, which tell nothing of any other VM's. The key does not change after boot.
 */
#ifndef FLOW_LIFE_SEED_H
#define FLOW_LIFE_SEED_H

#include "flow/box/system.h"

/*
 * Boot CPU, once the host tree is read. Returns whether the machine has random numbers: RNDR, or a seed in
 * /chosen.
 */
bool seed_gather(void);
/*
 * A new seed into the device tree in the memory of a VM that has room for seeds. Called when the VM starts,
 * before its first instruction, with `count` seeds planted so far: one for each call, since a digest takes
 * long. False: there are no more, and nothing was done.
 */
MUST_USE bool seed_plant(const struct vm *vm, uint64_t count, uint8_t *tree);

#endif
