/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold between the system and the reference, after every step.
 *
 * Liberties, which the architecture allows and any implementation takes:
 *  L1. An edge that arrives while the interrupt is pending, but after EL2 acknowledged it (linked) or before
 *      its vCPU has attended to it (software), is delivered again instead of merged: as if it had arrived
 *      a moment later.
 *  L2. A level that falls after EL2 acknowledged it (linked), or while its vCPU has not yet heard of it
 * (software), may still be acknowledged once, as at a physical CPU interface that was faster than the device.
 * ISPENDR of a linked one shows its line.
 *  L3. What has just been raised is seen once EL2 has attended: until then ICC_IAR may answer 1023, or
 * another interrupt that is pending too.
 *  L4. A level that the guest has pended once by ISPENDR, and that EL2 takes later by its line, may be pended
 * by its latch when it is disabled or moves then: seen once more, though the line fell meanwhile.
 *  L5. While interrupts come directly, an emulated level that is up is presented when its device is looked at
 * (OP_SAMPLE), or earlier. Assumptions
 * about guests, where the manual leaves the outcome unpredictable: A1. The priority of an interrupt is not
 * changed while it is active. A2. An interrupt that a handler is at is not ended by ICACTIVER before the
 * handler's own ICC_EOIR. A3. EOImode is switched while no interrupt is active on the vCPU, and not between
 * an ICC_EOIR and the maintenance interrupt that it causes. A4. ICC_EOIR comes in the reverse order of
 * ICC_IAR; ICC_DIR of a private interrupt on the vCPU that acknowledged.
 */
#ifndef MODEL_ORACLE_H
#define MODEL_ORACLE_H

#include "world.h"

/* ICC_IAR of the guest; false when it would answer 1023. */
bool oracle_acknowledge(unsigned vcpu);
void oracle_read_pending(unsigned irq, bool answer);
void oracle_read_active(unsigned irq, bool answer);
/* EL2 goes back to the guest: nothing may bring it back at once; nothing at all if the maintenance interrupt
 * came. */
void oracle_after_refresh(unsigned vcpu, bool maintained);
/* Everything that holds between steps. */
void oracle_check(void);

/* A queue of a vCPU: the interrupt is there under its priority alone. */
void oracle_check_queue(const struct vgic_queue *queue, unsigned i);

#endif
