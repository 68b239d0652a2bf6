/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's `sched priority` and `sched budget`. On the housekeeping pCPU. */
#ifndef FLOW_HOUSEKEEPING_CHANGE_SHARE_H
#define FLOW_HOUSEKEEPING_CHANGE_SHARE_H

#include "console/console.h"

/* Changes how the VM shares its pCPUs and prints what it has now; or prints why that is refused. */
void change_share(struct console *console, const struct monitor_command *command);

#endif
