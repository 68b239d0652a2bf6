/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Work that belongs to no VM: the console, and switching the machine off. One pCPU does it, the housekeeping
 * pCPU: the boot CPU unless the description names another. If a vCPU runs there too, the work is done between
 * its exits, a bounded piece at a time.
 */
#ifndef FLOW_HOUSEKEEPING_HOUSEKEEPING_H
#define FLOW_HOUSEKEEPING_HOUSEKEEPING_H

#include "flow/box/system.h"

/* From now on only the housekeeping pCPU uses the console. `polled`: the UART has no interrupt. Boot CPU. */
void housekeeping_init(bool polled);

/* Does a piece of the work, where and when it is wanted: flow/box/turn.h. */
void housekeeping_work(void);

#endif
