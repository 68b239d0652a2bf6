/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work that belongs to no VM: the console, and switching the machine off. One pCPU does it, the housekeeping
 * pCPU: the boot CPU unless the description names another. If a vCPU lives there too, the work is done
 * between its exits, a bounded piece at a time.
 */
#ifndef FLOW_HOUSEKEEPING_H
#define FLOW_HOUSEKEEPING_H

#include "flow/system.h"

/* From now on the console is the housekeeping pCPU's; before, log lines were printed at once. Boot CPU. */
void housekeeping_init(void);

/* Something is to be done: any pCPU, any time. */
void housekeeping_kick(void);
/* An interrupt of the console UART. */
void housekeeping_interrupt(void);
/* Is there something to do on this pCPU? */
bool housekeeping_waits(void);
/* Does a piece of it. */
void housekeeping_work(void);

#endif
