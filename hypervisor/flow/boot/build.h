/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making VMs from the description: *prepare* reserves memory, makes tables and trees and may fail, with the
 * reason in the log; then the VM is BROKEN and owns nothing; what RAM it takes is planned by vm/plan.h.
 * *Commit*, the taking of interrupts and pCPUs, cannot fail: config_read() has found every conflict.
 */
#ifndef FLOW_BOOT_BUILD_H
#define FLOW_BOOT_BUILD_H

#include "flow/box/system.h"
#include "vm/plan.h"

/* All VMs and shared memories of box.config, into box, from what RAM plan_machine() left. Boot CPU, before
 * guests run. */
void build_all(struct plan *plan);

#endif
