/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seeds for guests' random numbers: of what the machine has of randomness, the VM, and its start, so that
 * each life of each VM has others, which tell nothing of any other's. The key stands still from boot on.
 */
#ifndef FLOW_LIFE_SEED_H
#define FLOW_LIFE_SEED_H

#include "flow/box/system.h"

/* Boot CPU, once the host tree is read. Answers whether the machine has randomness: RNDR, or a seed in
 * /chosen. */
bool seed_gather(void);
/* New seeds into the device tree in the memory of a VM that is `seeded`. Whoever starts it, before its first
 * instruction. */
void seed_plant(struct vm *vm, void *tree);

#endif
