/* SPDX-License-Identifier: Apache-2.0 */
/* Situations in which interrupt controllers of hypervisors have failed: exploration must come through each.
 */
#ifndef MODEL_SEEDS_H
#define MODEL_SEEDS_H

#include "world.h"

#define SEEDS_MAX 64

/* How often each was met: SEEDS_MAX counts, in memory of this process unless other memory, zeroed, is named
 * here. */
extern unsigned long long *seeds_met;

/* Looks before a step; counts the situation when the step was possible. */
void seeds_look(const struct step *step);
void seeds_count(void);
/* Prints how often each was met, as a test with this number in TAP; false when one never was. */
bool seeds_tell(unsigned number);

#endif
