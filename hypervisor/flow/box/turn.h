/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When housekeeping has its turn. One pCPU does it, the housekeeping pCPU: the boot CPU unless the
 * description names another. What is done there: flow/housekeeping/housekeeping.h.
 */
#ifndef FLOW_BOX_TURN_H
#define FLOW_BOX_TURN_H

#include "flow/box/system.h"

/* Something is to be done: any pCPU, any time. */
void turn_want(void);
/* The same for what the VM of this pCPU has printed or caused: it is done without a rest, at its own cost. */
void turn_want_at_once(void);

/* From now on there are turns. Boot CPU, before guests run. */
void turn_open(void);
bool turn_is_open(void);

/* Is something to be done on this pCPU? */
bool turn_is_wanted(void);
/* The same; and it is done now, by the caller. */
MUST_USE bool turn_take(void);

/*
 * Where a vCPU runs on the housekeeping pCPU, the work has a tenth of its time at most: behind a piece it
 * waits for eleven times as long, up to 20 ms. False: the turn has not come, and a timer is set.
 */
MUST_USE bool turn_begin(void);
void turn_end(void);

#endif
