/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's life: the transitions of enum vm_state (vm/vm.h), and those of its vCPUs between off and on.
 * Requests may come from any pCPU. The pCPUs of the VM's vCPUs do the work, in the idle loop, so that it
 * delays no other VM.
 */
#ifndef FLOW_LIFE_LIFE_H
#define FLOW_LIFE_LIFE_H

#include "flow/box/system.h"

/* ERR_CONFLICT when it is not STOPPED (ERR_INVALID when it is BROKEN). */
MUST_USE enum err life_start(struct vm *vm);

/*
 * Stops a VM that starts or runs: all its vCPUs park, its memory is zeroed, and `after` it may start again. A
 * vCPU of the VM itself must attend before it runs on. False: nothing changes, because the VM is off or is
 * stopping already, and a reset does not undo a stop.
 */
bool life_stop(struct vm *vm, enum vm_after after);

/*
 * Has the guest blocked its interface, so that no interrupt of EL2 comes, by a running priority above all
 * that guests have? Then its VM stops, and the log says so. On its pCPU.
 */
bool life_stop_if_blocked(struct vcpu *vcpu);
/* The guest has faulted because stage 2 was withheld: the VM stops if it kept EL2 out. The vCPU is folded. */
void life_answer_seizure(struct vcpu *vcpu);
/* Turns a vCPU on, with its data in this byte order. The VM's lock is held, and psci_decide() has agreed. */
void life_cpu_on(struct vcpu *vcpu, uint64_t entry, uint64_t context, bool big_endian);

/* The vCPU that runs on this pCPU turns off before it would be entered again. */
void life_want_off(struct vcpu *vcpu);
/*
 * In the idle loop, before anything else: if `stopping` says so, the vCPU turns off, or parks because its VM
 * stops.
 */
void life_stop_vcpu(struct vcpu *vcpu);

enum life_next {
	LIFE_WAITS,   /* nothing to do */
	LIFE_GOES_ON, /* a step was done: there may be another one */
	LIFE_ENTERS,  /* the vCPU is to run: run_start() */
};
/* A first look, before the next two: it is on, and life has nothing to do with it. On the vCPU's pCPU. */
static inline bool life_goes_on(const struct vcpu *vcpu)
{
	return atomic_load_acquire(&vcpu->vm->state) == VM_RUNNING && !atomic_load(&vcpu->stopping) &&
		   vcpu->entered;
}
/* Is the vCPU to leave its guest for good, and has not yet? On the vCPU's pCPU. */
bool life_must_end(const struct vcpu *vcpu);
/* Has life_step() something to do for it? On the vCPU's pCPU. */
bool life_has_work(const struct vcpu *vcpu);
/* In the idle loop of the vCPU's pCPU: does one step of what its VM has to do. */
MUST_USE enum life_next life_step(struct vcpu *vcpu);

/* Is every VM off for good? */
bool life_all_off(void);

#endif
