/* SPDX-License-Identifier: Apache-2.0 */
/* Situations in which interrupt controllers of hypervisors have failed: exploration must come through each. */
#ifndef MODEL_SEEDS_H
#define MODEL_SEEDS_H

#include "world.h"

/* Before each step that is possible. */
void seeds_note(const struct step *step);
/* Prints how often each was met; false when one never was. */
bool seeds_tell(void);

#endif
