/* SPDX-License-Identifier: Apache-2.0 */
/* The work of the vectors, for exploration. */
#ifndef MODEL_STUBS_H
#define MODEL_STUBS_H

#include "flow/box/system.h"

/*
 * An interrupt comes while the vCPU's guest runs. Returns whether the vCPU must attend before it continues.
 */
uint64_t stubs_take(struct vcpu *vcpu);
/*
 * The guest accesses a trapped register, or an address without memory: the short way, then the complete one.
 * Returns whether EL2 has to attend before it goes back. False: the access is refused.
 */
bool stubs_access(struct vcpu *vcpu, uint64_t esr, bool *at_el2);
/* FAR_EL2 and HPFAR_EL2 of the access that follows. */
void stubs_set_syndrome(uint64_t far, uint64_t hpfar);

#endif
