/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds out, from the guest's own tables and code, what the syndrome of an abort leaves out. They are read as
 * they are now, only in memory of the VM's own: a guest that changes them meanwhile affects only itself.
 */
#ifndef FLOW_EXITS_INSTRUCTION_H
#define FLOW_EXITS_INSTRUCTION_H

#include "flow/box/system.h"
#include "vm/exit.h"

/*
 * The level of the guest's lookup whose descriptor stage 2 did not give; the last level that could be read.
 */
unsigned instruction_walk_level(const struct vm *vm, const struct exit_abort *abort);

/*
 * An access to an emulated device that the hardware does not describe (a pair, or one that writes its base
 * back) is done. False: it is none of these, does not lie within one page, or its instruction cannot be read.
 */
bool instruction_access(struct vcpu *vcpu, const struct exit_abort *abort);

/*
 * A store to where the VM has something blank (vm/blank.h), which stage 2 does not permit, does nothing but
 * for the base register that it writes back. False: it is elsewhere, does not lie within one page, is none
 * that store_decode() knows, or its instruction cannot be read.
 */
bool instruction_ignore_store(struct vcpu *vcpu, const struct exit_abort *abort);

#endif
