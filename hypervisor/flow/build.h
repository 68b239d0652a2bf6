/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making VMs from the description: *prepare* reserves memory, makes tables and trees and may fail, with the
 * reason in the log; then the VM is BROKEN and owns nothing that others could miss but memory. *Commit*, the
 * taking of interrupts and pCPUs, cannot fail: config_read() has found every conflict.
 */
#ifndef FLOW_BUILD_H
#define FLOW_BUILD_H

#include "flow/system.h"
#include "memory/pages.h"

/* All VMs and shared memories of box.config, into box. Boot CPU, before guests run. */
void build_all(struct ram *ram);

#endif
