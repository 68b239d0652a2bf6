/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's life: the transitions of enum vm_state (vm/vm.h), and of its vCPUs between off and on. Requests may
 * come from any pCPU; the work is done where the VM's vCPUs live, in the idle loop, so that it delays nobody
 * else.
 */
#ifndef FLOW_LIFE_LIFE_H
#define FLOW_LIFE_LIFE_H

#include "flow/box/system.h"

/* ERR_CONFLICT when it is not STOPPED (ERR_INVALID when it is BROKEN). */
MUST_USE enum err life_start(struct vm *vm);

/*
 * Stops a VM that starts or runs: all its vCPUs park, its memory is scrubbed, and `after` it may start
 * again. A vCPU of the VM itself must attend before it runs on. False: nothing changes, for it is off or
 * stops already, and no reset undoes a stop.
 */
bool life_stop(struct vm *vm, enum vm_after after);

/*
 * Has the guest blocked its interface, so that no interrupt of EL2's comes, by a running priority above all
 * that guests have? Then its VM stops, with a line that says so. On its pCPU.
 */
bool life_stop_if_blocked(struct vcpu *vcpu);
/* Its guest has faulted for that: the VM stops if it kept EL2 out. The vCPU is folded. */
void life_answer_seizure(struct vcpu *vcpu);
/* Turns a vCPU on, its data in this byte order; the VM's lock is held, and psci_decide() has agreed. */
void life_cpu_on(struct vcpu *vcpu, uint64_t entry, uint64_t context, bool big_endian);

/* The vCPU that runs here turns off before it would be entered again. */
void life_want_off(struct vcpu *vcpu);
/* In the idle loop, before anything else: if `stopping` says so, it does, or it parks because its VM stops.
 */
void life_leave(struct vcpu *vcpu);

enum life_next {
	LIFE_WAITS,   /* nothing to do */
	LIFE_GOES_ON, /* a step was done: there may be another one */
	LIFE_ENTERS,  /* the vCPU is to run: run_start() */
};
/* In the idle loop of the vCPU's pCPU: one step of whatever its VM wants done. */
MUST_USE enum life_next life_step(struct vcpu *vcpu);

/* Is every VM off for good? */
bool life_all_off(void);

#endif
