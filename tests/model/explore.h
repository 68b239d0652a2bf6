/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_EXPLORE_H
#define MODEL_EXPLORE_H

#include "world.h"

#ifndef EXPLORE_BOUND
#define EXPLORE_BOUND 80000 /* states of a world in the bounded part */
#endif
#define EXPLORE_FULL 2000000

struct explored {
	uint32_t states;
	uint64_t transitions;
	bool complete;
};

/* The worlds, ended by one without a name. */
extern const struct world_plan worlds[];

bool explore(const struct world_plan *plan, uint32_t limit, struct explored *out);

#endif
