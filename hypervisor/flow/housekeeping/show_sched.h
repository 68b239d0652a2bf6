/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor's answer to `sched`, and what other answers say of pCPUs that vCPUs share. On the housekeeping
 * pCPU; no lock: the counts are another pCPU's, which goes on meanwhile.
 */
#ifndef FLOW_HOUSEKEEPING_SHOW_SCHED_H
#define FLOW_HOUSEKEEPING_SHOW_SCHED_H

#include "flow/box/system.h"
#include "flow/housekeeping/answer.h"

/* All shared pCPUs and their vCPUs; with `vm`, its vCPUs, and how long they waited from wake to run. */
void show_sched(struct answer *answer, int vm);

/* For a row: -1 if there is none. */
int show_limit(uint64_t time_us);
/* Lines below a table: how the VM shares its pCPUs; which vCPUs share the pCPU. Nothing if it does not. */
void show_turn(struct answer *answer, const struct vm *vm);
void show_sharers(struct answer *answer, unsigned pcpu);

#endif
