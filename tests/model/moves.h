/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps of worlds with two VMs: an interrupt moves from one to the other (flow/own/move.c, flow/own/carry.c),
 * for any caller, and things happen meanwhile. The result is known before: a refusal changes nothing except
 * that vCPUs were held.
 */
#ifndef MODEL_MOVES_H
#define MODEL_MOVES_H

#include "world.h"

/* Accesses to the distributor that a move has at most, holding a vCPU counted as one. */
#define MOVES_POINTS 8

bool moves_step(const struct step *step);

#endif
