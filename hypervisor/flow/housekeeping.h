/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work that belongs to no VM: the console, and switching the machine off. One pCPU does it, the housekeeping
 * pCPU: the boot CPU unless the description names another. If a vCPU lives there too, the work is done
 * between its exits, a bounded piece at a time.
 */
#ifndef FLOW_HOUSEKEEPING_H
#define FLOW_HOUSEKEEPING_H

#include "flow/system.h"

/* The UART is known: lines of the log are printed at once, and now those that were written before. Boot CPU.
 */
void housekeeping_speak(void);

/*
 * From now on the console is the housekeeping pCPU's. `polled`: the UART
 * has no interrupt. Boot CPU.
 */
void housekeeping_init(bool polled);

/* Something is to be done: any pCPU, any time. */
void housekeeping_kick(void);
/* The same for what the VM of this pCPU has printed or caused: it is done without a rest, at its own cost. */
void housekeeping_kick_at_once(void);
/* An interrupt of the console UART. */
void housekeeping_interrupt(void);
/* Is there something to do on this pCPU? */
bool housekeeping_waits(void);
/*
 * Where a vCPU runs on the housekeeping pCPU, the work has a tenth of its time at most: behind a piece it
 * waits for eleven times as long, up to 20 ms. Is its turn now? Else a timer is set.
 */
bool housekeeping_has_turn(void);
void housekeeping_end_turn(void);
/* Does a piece of it. */
void housekeeping_work(void);

#endif
