/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's commands, performed: by the housekeeping pCPU. */
#ifndef FLOW_MONITOR_H
#define FLOW_MONITOR_H

#include "console/console.h"

void monitor_perform(struct console *console, const struct monitor_command *command);

#endif
