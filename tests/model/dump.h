/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what is refused change anything? Everything that the hypervisor and the hardware remember, to the last
 * byte, after what is allowed to happen, and after the refusal.
 */
#ifndef MODEL_DUMP_H
#define MODEL_DUMP_H

#include "world.h"

/* Before; after what may happen, and the state is as before again; after the refusal, which faults. */
void dump_begin(void);
void dump_allowed(void);
void dump_compare(void);

#endif
