/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's commands, performed: by the housekeeping pCPU. */
#ifndef FLOW_HOUSEKEEPING_MONITOR_H
#define FLOW_HOUSEKEEPING_MONITOR_H

#include "console/console.h"

/*
 * False: a handler stands in its way, nothing is done or said; ask again in a while. With `last` it says so.
 */
MUST_USE bool monitor_perform(struct console *console, const struct monitor_command *command, bool last);

#endif
