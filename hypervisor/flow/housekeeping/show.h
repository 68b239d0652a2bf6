/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's answers to `vm`, `irq`, `cpu` and `sched`: counts, and the state now. */
#ifndef FLOW_HOUSEKEEPING_SHOW_H
#define FLOW_HOUSEKEEPING_SHOW_H

#include "console/console.h"

/*
 * Prints the tables that a command asks for. On the housekeeping pCPU; it takes no lock, so values that
 * change meanwhile may be newer in one place than in another.
 */
void show_answer(struct console *console, const struct monitor_command *command);

#endif
