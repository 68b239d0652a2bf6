/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes VMs from the description. *Prepare* reserves memory, makes tables and trees and may fail, with the
 * reason in the log; then the VM is BROKEN and owns nothing. vm/plan.h plans the RAM that it takes. *Commit*,
 * the taking of interrupts and pCPUs, cannot fail: config_read() has found every conflict.
 */
#ifndef FLOW_BOOT_BUILD_H
#define FLOW_BOOT_BUILD_H

#include "flow/box/system.h"
#include "vm/plan.h"

/*
 * Makes all VMs and shared memories of box.config, in box, from the RAM that plan_machine() left. Boot CPU,
 * before guests run.
 */
void build_all(struct plan *plan);

#endif
