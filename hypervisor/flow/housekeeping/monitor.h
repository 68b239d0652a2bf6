/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's commands, performed: by the housekeeping pCPU. */
#ifndef FLOW_HOUSEKEEPING_MONITOR_H
#define FLOW_HOUSEKEEPING_MONITOR_H

#include "console/console.h"

/*
 * False: a running handler prevents it, and nothing is done or printed; ask again later. With `last` the
 * answer is printed.
 */
MUST_USE bool monitor_perform(struct console *console, const struct monitor_command *command, bool last);

#endif
