/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owner words in use. From the acknowledgement of an interrupt until all that follows from its owner word is
 * done, the owner must not change unnoticed. A pCPU that takes an interrupt of the VM that runs there needs
 * nothing for that: its vCPU is live, and held first (flow/hold/sync.h). For an interrupt of another VM, or
 * one that moves, and for any interrupt in the idle loop, the pCPU marks itself:
 *
 *   the pCPU                        a change of the owner
 *   mark + 1: odd                   the new word
 *   full barrier                    full barrier
 *   read the word, raise, mark + 1  if mark is odd, wait until it changes; what was raised goes along
 *
 * One of the two sees the other. A pCPU that marks itself again and again is waited for once. What is
 * acknowledged, and not marked yet, is in no model, and stays active: it is raised by the new word, or given
 * back. The end of a VM waits in the same way, after disabling its interrupts, and forgets what was raised.
 * While marked, a pCPU takes no lock except LOCK_GIC and LOCK_LOG, under which no pCPU waits for a mark:
 * marks have a rank among the locks, LOCK_MARK.
 */
#ifndef FLOW_HOLD_MARK_H
#define FLOW_HOLD_MARK_H

#include "flow/box/system.h"

/* On this pCPU. The owner word must be read after this. */
void mark_set(void);
void mark_clear(void);
/*
 * The same in the idle loop, before an acknowledgement, as soon as the vCPU of this pCPU is not held (NULL:
 * there is none). So a holder of a vCPU that is off finds no interrupt under way to it.
 */
void mark_idle(const struct vcpu *vcpu);

/* Returns when this pCPU has been without a mark: one that was set when this was called is gone. */
void mark_wait(unsigned pcpu);
/* After a change of owner words of the VM: the same, for all pCPUs to which its interrupts go. */
void mark_wait_all(const struct vm *vm);

#endif
