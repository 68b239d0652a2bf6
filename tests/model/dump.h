/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a refused request change anything? Compares everything that the hypervisor and the hardware remember,
 * to the last byte, after what is allowed to happen, and after the refusal.
 */
#ifndef MODEL_DUMP_H
#define MODEL_DUMP_H

#include "world.h"

/* Before; after what may happen, with the state as before; after the refusal: faults if they differ. */
void dump_begin(void);
void dump_allowed(void);
void dump_compare(void);

#endif
