/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest may ask of Signalbox beside PSCI: vendor-specific hypervisor calls by the SMC Calling
 * Convention (Arm DEN 0028), by HVC #0 or SMC #0, function in w0, arguments from x1, result in x0.
 * Negative results are errors. Guests, tools and the hypervisor include this one header; C and
 * assembly both can.
 */
#ifndef SIGNALBOX_HYPERCALL_H
#define SIGNALBOX_HYPERCALL_H

/* SMCCC owner 6 (vendor-specific hypervisor service), fast calls, 64-bit. */
#define SIGNALBOX_CALL_COUNT 0x8600ff00    /* SMCCC general queries, 32-bit */
#define SIGNALBOX_CALL_UID 0x8600ff01      /* UUID in w0..w3 */
#define SIGNALBOX_CALL_REVISION 0x8600ff03 /* major in w0, minor in w1 */

/* UUID 7c1f6a52-3f0e-4b0d-9d0a-53424f580001, as SMCCC hands it over in four words. */
#define SIGNALBOX_UID_0 0x526a1f7c
#define SIGNALBOX_UID_1 0x0d4b0e3f
#define SIGNALBOX_UID_2 0x42530a9d
#define SIGNALBOX_UID_3 0x0100584f

#define SIGNALBOX_REVISION_MAJOR 1
#define SIGNALBOX_REVISION_MINOR 1

/*
 * Rings the doorbell of a shared memory: x1 is the index of the shared memory in the caller's device
 * tree ("signalbox,shared-memory" nodes carry it as signalbox,index). Every other VM that sees the
 * memory and has a doorbell gets its interrupt once.
 */
#define SIGNALBOX_CALL_RING 0xc6000001

/*
 * Moves a shared interrupt to another VM while everything runs: x1 is the INTID of the machine, which is the
 * vINTID for whoever owns it; x2 the number of the VM, its place in the system description from 0; x3 flags.
 * The VM must list the interrupt's device in `receives` (or own it by its description), and run. The caller
 * owns the interrupt, or has the permission irq-control. Whatever is refused has changed nothing.
 *
 * An edge that waits moves with it; a level speaks for itself. While a handler is at it, the answer is BUSY:
 * ask again, or force: then it is over for the old owner, whose end of interrupt means nothing any more.
 */
#define SIGNALBOX_CALL_IRQ_MOVE 0xc6000002
/* The same for a device, with all its interrupts and registers: x1 is the INTID of one of them. */
#define SIGNALBOX_CALL_DEVICE_MOVE 0xc6000003
#define SIGNALBOX_MOVE_FORCE 1 /* x3 */

#define SIGNALBOX_OK 0
#define SIGNALBOX_NOT_SUPPORTED -1
#define SIGNALBOX_INVALID -2
#define SIGNALBOX_DENIED -3
#define SIGNALBOX_BUSY -4        /* a handler of the old owner is at it, or one of the new owner */
#define SIGNALBOX_NOT_RUNNING -5 /* the VM that is to receive it */
#define SIGNALBOX_FAILED -6      /* the machine's interrupt controller does not answer */

#endif
