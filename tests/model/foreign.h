/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A third VM, with direct delivery, writes the number of an interrupt that is not its own to ICC_EOIR1_EL1:
 * the physical interrupt is no longer active, though its owner has not ended it (flow/deliver/mute.h).
 */
#ifndef MODEL_FOREIGN_H
#define MODEL_FOREIGN_H

#include "world.h"

bool foreign_step(const struct step *step);
/* Is it disabled at the distributor for a moment, so that its owner can finish its handler? */
bool foreign_is_muted(const struct world_irq *irq);

#endif
