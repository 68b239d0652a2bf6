/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answers of a handler of an exit, and how it reads and writes the registers that the instruction names.
 * On the pCPU of the vCPU, interrupts masked. No mistake of a guest leads to a panic or an endless loop.
 */
#ifndef FLOW_EXITS_HANDLER_H
#define FLOW_EXITS_HANDLER_H

#include "flow/box/system.h"
#include "vm/exit.h"

enum exit_next {
	EXIT_RESUME,           /* the guest continues where ELR_EL2 points */
	EXIT_SKIP,             /* after the instruction that trapped */
	EXIT_INJECT_UNDEFINED, /* with an Undefined Instruction exception of its own */
	EXIT_INJECT_ABORT,     /* with a synchronous external abort of its own */
	EXIT_NO_DEVICE,        /* no emulated device answers: exit.c finds out why it came */
	EXIT_STOP_VM,          /* not at all; report_guest() has reported why */
};

/* Register `n` of an instruction: 31 is XZR. */
static inline uint64_t operand(const struct vcpu *vcpu, unsigned n)
{
	return n == 31 ? 0 : vcpu->frame.x[n];
}
static inline void operand_set(struct vcpu *vcpu, unsigned n, uint64_t value)
{
	if (n == 31)
		return;
	vcpu->frame.x[n] = value;
	if (n >= 19)
		vcpu->frame.callee_changed = 1;
}

#endif
