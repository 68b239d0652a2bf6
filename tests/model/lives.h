/* SPDX-License-Identifier: Apache-2.0 */
/* VMs that stop and start (flow/life/life.c). */
#ifndef MODEL_LIVES_H
#define MODEL_LIVES_H

#include "world.h"

/* The vCPU attends and goes back to its guest, or parks. */
void lives_attend(unsigned v);
/* Its guest is off: a turn of its processor's idle loop. False: nothing to do. */
bool lives_turn(unsigned v);
/* OP_STOP, OP_START. */
bool lives_step(const struct step *step);
/* The VM of this vCPU is stopped, and the vCPU parks. */
void lives_stop(unsigned v);
/* It has parked; its VM, the n-th, of one vCPU, is off. In the reference. */
void lives_park(unsigned v);
void lives_finish(unsigned v);

#endif
