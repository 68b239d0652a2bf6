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
#define SIGNALBOX_REVISION_MINOR 3

/*
 * Rings the doorbell of a shared memory: x1 is the index of the shared memory in the caller's device
 * tree ("signalbox,shared-memory" nodes carry it as signalbox,index). Every other VM that sees the
 * memory and has a doorbell gets its interrupt once. To limit how often a receiver is disturbed, rings that
 * come too fast are merged, and delivered within some 0.1 ms: none is lost.
 */
#define SIGNALBOX_CALL_RING 0xc6000001

/*
 * Moves a shared interrupt to another VM while everything runs: x1 is the INTID of the machine, which is also
 * the vINTID in the VM that owns it; x2 is the number of the receiving VM, its place in the system
 * description, from 0; x3 are flags. The receiver must list the interrupt's device in `receives` (or in
 * `devices`), and must be running. The caller must own the interrupt, or have the permission irq-control. A
 * call that is refused has changed nothing.
 *
 * An edge that is pending moves with the interrupt; a level comes to the new owner if its line is still up.
 * The answer is BUSY while the interrupt is already moving, while one of its handlers runs, when a VM does
 * not answer, or when the caller has disturbed one of the two VMs as often as permitted (disturbance-percent
 * of that VM's description): ask again. SIGNALBOX_MOVE_FORCE moves it although a handler runs: then the old
 * owner's end of interrupt ends it for the old owner alone, which cannot get it back before that. Force has
 * no effect while the old owner's delivery is direct.
 */
#define SIGNALBOX_CALL_IRQ_MOVE 0xc6000002
/* The same for a device, with its registers and all its interrupts: x1 is the INTID of one of them. */
#define SIGNALBOX_CALL_DEVICE_MOVE 0xc6000003
/*
 * Flags in x3. From bit 8 on: 1 + the number of the receiver's vCPU to which the interrupt is routed, as if
 * the receiver had written GICD_IROUTER; 0: as the receiver has routed it.
 */
#define SIGNALBOX_MOVE_FORCE 1
#define SIGNALBOX_MOVE_VCPU_SHIFT 8
#define SIGNALBOX_MOVE_FLAGS 0xff01

/*
 * Sets how the interrupts of VM x1 (its number, as above) reach it from now on: x2. The caller must be that
 * VM, or have the permission irq-control; the VM's description must permit direct delivery. The answer is
 * BUSY while one of the VM's handlers runs, while the VM starts, stops or does not answer, or when the caller
 * has disturbed it as often as permitted: ask again, outside of a handler. A call that is refused has changed
 * nothing. When the VM starts again, its delivery is the one that was last asked for.
 */
#define SIGNALBOX_CALL_DELIVERY 0xc6000004
#define SIGNALBOX_DELIVERY_VIRTUAL 0 /* through Signalbox */
#define SIGNALBOX_DELIVERY_DIRECT 1  /* to the guest's vectors, without an exit */
#define SIGNALBOX_DELIVERY_AUTO 2    /* directly, as long as that is cheaper */

/*
 * Interrupts closed without a call (signalbox/closed.h). PAGES gives the guest-physical address of the two
 * pages of the vCPU that calls; NOT_SUPPORTED if the VM's description has no closed-flag. OPENED says that
 * this vCPU has opened its interrupts and found one pending: what was withheld comes now.
 */
#define SIGNALBOX_CALL_CLOSED_PAGES 0xc6000005
#define SIGNALBOX_CALL_OPENED 0xc6000006

#define SIGNALBOX_OK 0
#define SIGNALBOX_NOT_SUPPORTED -1
#define SIGNALBOX_INVALID -2
#define SIGNALBOX_DENIED -3
#define SIGNALBOX_BUSY -4        /* not now; ask again */
#define SIGNALBOX_NOT_RUNNING -5 /* the VM that is to receive it */
#define SIGNALBOX_FAILED -6      /* the machine's interrupt controller does not answer */

#endif
