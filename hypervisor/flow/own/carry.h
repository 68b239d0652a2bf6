/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an interrupt, or a device, goes from one running VM to another, once nothing prevents it
 * (flow/own/move.c). LOCK_MOVE is held. On an answer other than MOVE_DONE nothing has changed.
 *
 * One interrupt goes in one hold of both VMs. A device goes in pieces, so that no hold is long, and between
 * two holds both VMs run: its interrupts leave the giver, CARRY_PIECE in a hold; its registers change hands;
 * its interrupts arrive, CARRY_PIECE in a hold. On the way they are disabled, and have no owner (IRQ_MOVING).
 * So no VM has an interrupt without the registers.
 */
#ifndef FLOW_OWN_CARRY_H
#define FLOW_OWN_CARRY_H

#include "flow/own/move_request.h"
#include "flow/own/pause.h"

#define CARRY_PIECE 3 /* docs/measuring.md */

/* `pause`: of giver and receiver. */
MUST_USE enum move_result carry_interrupt(struct pause *pause, const struct move_request *request);
/* The same for a device: those of its interrupts that the giver owns. With `vcpu`, they are routed there. */
MUST_USE enum move_result carry_device(const struct pause *pause, const struct move_request *request);

#endif
