/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The registers that distributor and redistributors share: a word of 32 interrupts, at the same offsets
 * in GICD and in the SGI frame of GICR. One table row serves decode and emulation. The lock is held.
 */
#ifndef VGIC_WORDS_H
#define VGIC_WORDS_H

#include "vgic/vgic.h"

struct vgic_op {
	struct vgic *gic;
	unsigned caller; /* the vCPU that accesses */
	unsigned vcpu;   /* whose private bank it is; the caller's own number for shared banks */
	bool private_bank;
	uint32_t held; /* as in struct vgic_access */
	struct vgic_effects *effects;
};

/*
 * One access of `access->size_bytes` at `offset` (0x80..0xfff) of the distributor or an SGI frame. Accesses
 * that the manual does not allow, reserved registers and banks that do not exist read 0 and ignore writes.
 */
void vgic_op_access(struct vgic_op *op, uint32_t offset, struct vgic_access *access);

/*
 * For interrupts of a bank whose state may be in list registers, before a change or a look: true when the
 * model is the truth about them; otherwise `effects` says what to hold or fold. With direct delivery: for
 * those that are translated, for their vCPU is told before it takes one (flow/deliver/translate.h).
 */
bool vgic_op_require_held(struct vgic_op *op, unsigned bank, uint32_t mask);

/* The pending queues follow a change of these interrupts' state or configuration. */
void vgic_op_changed(struct vgic_op *op, unsigned bank, uint32_t mask);

/*
 * Takes interrupts out of the pending queues, before the state that put them there changes. Settled before.
 */
void vgic_op_dequeue(struct vgic_op *op, unsigned bank, uint32_t mask);

/* GICD_IPRIORITYR from the interrupt `vintid` on, 1 or 4 bytes; GICD_ICFGR of 16 interrupts from `first`. */
void vgic_priority_access(struct vgic_op *op, uint32_t vintid, struct vgic_access *access);
void vgic_trigger_access(struct vgic_op *op, unsigned bank, unsigned first, struct vgic_access *access);

/* Interrupts that were raised and not attended to yet become pending in the model. Settled before. */
void vgic_op_collect(struct vgic_op *op, unsigned bank, uint32_t mask);

/* Clears the active state of interrupts wherever they are queued. Settled before. */
void vgic_op_end_active(struct vgic_op *op, unsigned bank, uint32_t mask);

/* An ID register, GIC_ID_REGISTERS and above (IHI 0069 PIDR, CIDR); `part` is the low part number. */
uint32_t vgic_id_register(uint32_t offset, uint8_t part);

#endif
