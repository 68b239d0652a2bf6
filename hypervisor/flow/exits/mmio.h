/* SPDX-License-Identifier: Apache-2.0 */
/* Emulated devices: what an access to one does. Where they are: vm/regions.h. */
#ifndef FLOW_EXITS_MMIO_H
#define FLOW_EXITS_MMIO_H

#include "flow/exits/handler.h"

/*
 * An access to an address where stage 2 maps nothing. The first is for guests that are plain,
 * guest_is_plain(); the other for all.
 */
enum exit_next mmio_access(struct vcpu *vcpu, uint64_t esr);
enum exit_next mmio_access_rarely(struct vcpu *vcpu, uint64_t esr);
/*
 * An access to an emulated device in the guest's byte order: `value` is that of the guest's register. False:
 * no device is there.
 */
bool mmio_perform(struct vcpu *vcpu, ipa_t ipa, struct vgic_access *access);
/*
 * ICC_DIR_EL1 for an interrupt that is in no list register of this vCPU: as a write of GICD_ICACTIVER, or of
 * its own GICR_ICACTIVER0.
 */
void mmio_deactivate(struct vcpu *vcpu, uint32_t vintid);
/* Is there an emulated device? */
bool mmio_is_device(const struct vm *vm, ipa_t ipa);

#endif
