/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work that belongs to no VM: the console, and switching the machine off. One pCPU does it, the housekeeping
 * pCPU: the boot CPU unless the description names another. If a vCPU lives there too, the work is done
 * between its exits, a bounded piece at a time.
 */
#ifndef FLOW_HOUSEKEEPING_HOUSEKEEPING_H
#define FLOW_HOUSEKEEPING_HOUSEKEEPING_H

#include "flow/box/system.h"

/*
 * From now on the console is the housekeeping pCPU's. `polled`: the UART
 * has no interrupt. Boot CPU.
 */
void housekeeping_init(bool polled);

/* Does a piece of it, where and when one is wanted: flow/box/turn.h. */
void housekeeping_work(void);

#endif
