/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exits: a handler looks at what the guest did and says what is to come of it; finish() in exit.c does that.
 * On the pCPU of the vCPU, interrupts masked. No mistake of a guest reaches a panic or a spin.
 */
#ifndef FLOW_EXIT_H
#define FLOW_EXIT_H

#include "flow/system.h"
#include "vm/exit.h"

enum exit_next {
	EXIT_RESUME,           /* the guest goes on where ELR_EL2 points */
	EXIT_SKIP,             /* behind the instruction that trapped */
	EXIT_INJECT_UNDEFINED, /* with an Undefined Instruction exception of its own */
	EXIT_INJECT_ABORT,     /* with a synchronous external abort of its own */
	EXIT_STOP_VM,          /* not at all; exit_report() has said why */
};

/*
 * An access to an address where stage 2 maps nothing: an emulated device, or nothing (flow/mmio.c). The first
 * is for guests that are plain, guest_is_plain(); the other for all.
 */
enum exit_next mmio_access(struct vcpu *vcpu, uint64_t esr);
enum exit_next mmio_access_rarely(struct vcpu *vcpu, uint64_t esr);
/* ICC_DIR_EL1 of what is in no list register of this vCPU: as GICD_ICACTIVER, or GICR_ICACTIVER0 of its own.
 */
void mmio_deactivate(struct vcpu *vcpu, uint32_t vintid);
/* An abort because stage 2 was taken from the VM: answered. False: it has another reason. */
bool exit_is_seizure(struct vcpu *vcpu, const struct vm_exit *exit);
/*
 * An access to an emulated device as the guest means it: `value` is its register's, in memory of its
 * endianness. False: no device is there.
 */
bool mmio_perform(struct vcpu *vcpu, ipa_t ipa, struct vgic_access *access);
/* The abort of this exit: what becomes of an access that no device answers. */
enum exit_next exit_abort(struct vcpu *vcpu);
/* Is there an emulated device? */
bool mmio_is_device(const struct vm *vm, ipa_t ipa);
/* A trapped system register (flow/registers.c). */
enum exit_next register_access(struct vcpu *vcpu, uint64_t esr);
/* HVC and SMC (flow/call.c): the answer is in x0 and on. Returns, unless the vCPU is off from now on. */
void call_from_guest(struct vcpu *vcpu, uint64_t esr);

/* Register `n` of an instruction: 31 is XZR. */
static inline uint64_t exit_register(const struct vcpu *vcpu, unsigned n)
{
	return n == 31 ? 0 : vcpu->frame.x[n];
}
static inline void exit_set_register(struct vcpu *vcpu, unsigned n, uint64_t value)
{
	if (n == 31)
		return;
	vcpu->frame.x[n] = value;
	if (n >= 19)
		vcpu->frame.callee_changed = 1;
}

#endif
