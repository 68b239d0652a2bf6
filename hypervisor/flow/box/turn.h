/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When housekeeping has its turn. One pCPU does it, the housekeeping pCPU: the boot CPU unless the
 * description names another. The work itself: flow/housekeeping/housekeeping.h.
 */
#ifndef FLOW_BOX_TURN_H
#define FLOW_BOX_TURN_H

#include "flow/box/system.h"

/* There is work to do: any pCPU, any time. */
void turn_want(void);
/*
 * The same for output or mistakes of the VM of this pCPU: the work is done without a rest, at that VM's cost.
 */
void turn_want_at_once(void);

/* From now on there are turns. Boot CPU, before guests run. */
void turn_open(void);
bool turn_is_open(void);

/* Is there work to do on this pCPU? */
bool turn_is_wanted(void);
/* The same; the caller then does the work now. */
MUST_USE bool turn_take(void);

/*
 * Where a vCPU runs on the housekeeping pCPU, the work has a tenth of its time at most: after a piece it
 * waits for eleven times as long, up to 20 ms. False: the turn has not come, and a timer is set.
 */
MUST_USE bool turn_begin(void);
void turn_end(void);
/*
 * There is work on this pCPU, which vCPUs share, and another one was just chosen: it runs first, for it may
 * be late already. The work waits for 200 us; for 20 ms in all, however often this happens.
 */
void turn_put_off(void);

#endif
