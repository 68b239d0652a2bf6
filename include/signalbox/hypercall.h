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
#define SIGNALBOX_REVISION_MINOR 2

/*
 * Rings the doorbell of a shared memory: x1 is the index of the shared memory in the caller's device
 * tree ("signalbox,shared-memory" nodes carry it as signalbox,index). Every other VM that sees the
 * memory and has a doorbell gets its interrupt once. Rings that come faster than the receiver is to be
 * disturbed are merged, and delivered within some 0.1 ms: none is lost.
 */
#define SIGNALBOX_CALL_RING 0xc6000001

/*
 * Moves a shared interrupt to another VM while everything runs: x1 is the INTID of the machine, which is the
 * vINTID for whoever owns it; x2 the number of the VM, its place in the system description from 0; x3 flags.
 * The VM must list the interrupt's device in `receives` (or own it by its description), and run. The caller
 * owns the interrupt, or has the permission irq-control. Whatever is refused has changed nothing.
 *
 * An edge that waits moves with it; a level speaks for itself. While it moves, a handler is at it, a VM does
 * not answer, or the caller has disturbed one of the two VMs enough (disturbance-percent of its description),
 * the answer is BUSY: ask again, or force a handler: then the end of interrupt ends it for the old owner
 * alone, who cannot have it again before. Force does not help while the old owner's delivery is direct.
 */
#define SIGNALBOX_CALL_IRQ_MOVE 0xc6000002
/* The same for a device, with all its interrupts and registers: x1 is the INTID of one of them. */
#define SIGNALBOX_CALL_DEVICE_MOVE 0xc6000003
/*
 * x3. From bit 8 on: the number of the vCPU, plus 1, that the interrupt is routed to at the receiver, as if
 * it had written GICD_IROUTER; 0: as the receiver has routed it.
 */
#define SIGNALBOX_MOVE_FORCE 1
#define SIGNALBOX_MOVE_VCPU_SHIFT 8
#define SIGNALBOX_MOVE_FLAGS 0xff01

/*
 * How the interrupts of VM x1 (its number, as above) reach it from now on: x2. The caller is that VM, or has
 * the permission irq-control; direct delivery must be allowed by the VM's description. While a handler is at
 * work, the VM starts or stops or does not answer, or the caller has disturbed it enough, the answer is BUSY:
 * ask again, outside of a handler. Whatever is refused has changed nothing. After a start of the VM it is as
 * it was wished last.
 */
#define SIGNALBOX_CALL_DELIVERY 0xc6000004
#define SIGNALBOX_DELIVERY_VIRTUAL 0 /* through Signalbox */
#define SIGNALBOX_DELIVERY_DIRECT 1  /* to its own vectors, without an exit */
#define SIGNALBOX_DELIVERY_AUTO 2    /* directly, as long as that is cheaper */

#define SIGNALBOX_OK 0
#define SIGNALBOX_NOT_SUPPORTED -1
#define SIGNALBOX_INVALID -2
#define SIGNALBOX_DENIED -3
#define SIGNALBOX_BUSY -4        /* not now; ask again */
#define SIGNALBOX_NOT_RUNNING -5 /* the VM that is to receive it */
#define SIGNALBOX_FAILED -6      /* the machine's interrupt controller does not answer */

#endif
