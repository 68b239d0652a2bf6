/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is all of a world's state packed? A word that pack.c forgets keeps the value of the last step: exploration
 * would go on from states that cannot be reached. So a state is loaded twice, with a step in between, and
 * must be the same, byte for byte.
 */
#ifndef MODEL_GUARD_H
#define MODEL_GUARD_H

#include "world.h"

/* A state has been loaded. */
void guard_begin(void);
/* The state has been loaded again. Faults when memory differs. */
void guard_check(void);

#endif
