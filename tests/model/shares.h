/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Worlds whose vCPUs share one processor (flow/run/share.h): which guest runs there, and the timer that each
 * has for itself. `off` of a guest means here that it does not run.
 *
 * The choice is real (sched/queue.h), of two priorities that change at any moment; no time passes.
 */
#ifndef MODEL_SHARES_H
#define MODEL_SHARES_H

#include "world.h"

/* The processor and the vCPUs' places in its queue; they are on, and have not run. */
void shares_begin(void);
/* Until this guest runs. */
void shares_run(unsigned v);
/* OP_TAKE and OP_REFRESH. */
bool shares_take(unsigned v);
bool shares_refresh(unsigned v);
bool shares_step(const struct step *step);
/* This vCPU is held, and runs: it answers. */
void shares_answer(unsigned v);
/* The lines of timers have changed. */
void shares_follow(void);
void shares_check(void);
/* After a state was loaded. */
void shares_loaded(void);

#endif
