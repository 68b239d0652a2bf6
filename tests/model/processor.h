/* SPDX-License-Identifier: Apache-2.0 */
/* What a processor does at EL2: OP_TAKE, OP_REFRESH, OP_HOLD. */
#ifndef MODEL_PROCESSOR_H
#define MODEL_PROCESSOR_H

#include "world.h"

bool processor_step(const struct step *step);

#endif
