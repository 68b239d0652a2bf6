/* SPDX-License-Identifier: Apache-2.0 */
/* The monitor's answer to `irq`, and what other answers say of interrupts. On the housekeeping pCPU; no lock.
 */
#ifndef FLOW_HOUSEKEEPING_SHOW_IRQ_H
#define FLOW_HOUSEKEEPING_SHOW_IRQ_H

#include "flow/box/system.h"
#include "flow/housekeeping/answer.h"

/* The counts of an interrupt, or of all interrupts of a vCPU. */
struct show_fate {
	uint64_t taken, listed, queued, spilled, dropped;
};
struct show_fate show_fate_of(struct vcpu *vcpu);

/* How interrupts reach the VM now. */
const char *show_mode_text(const struct vm *vm);

void show_irqs(struct answer *answer, const struct monitor_command *command);

#endif
