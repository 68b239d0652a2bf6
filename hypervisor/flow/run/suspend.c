/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/run/suspend.h"

#include "flow/deliver/irq.h"
#include "flow/deliver/present.h"
#include "flow/life/life.h"
#include "flow/run/run.h"
#include "flow/run/share.h"

/*
 * After run_attend(), one of the waiting interrupts is in a list register. An interrupt that the vCPU's
 * interface masks wakes it, too: software that asks to be powered down may close the interface before (IHI
 * 0069, GICR_WAKER).
 */
static bool is_pending_listed(void)
{
	for (uint32_t left = occupied_list_registers(); left; left &= left - 1)
		if ((gic_lr_read(bits_lowest(left)) & (LR_PENDING | LR_ACTIVE)) == LR_PENDING)
			return true;
	return false;
}

/* True when something has come that arrives only when the guest is entered. */
static bool wait(void)
{
	guest_wait_for_interrupt();
	return guest_has_interrupt();
}

/* The guest's group and mask are open meanwhile. EL2 masks its interrupts. */
static bool wait_directly(void)
{
	struct gic_direct own, open;
	bool woken;

	gic_direct_save(&own);
	open = own;
	open.enabled = true;
	open.mask = UINT8_MAX;
	gic_direct_load(&open);
	woken = wait();
	gic_direct_load(&own);
	return woken;
}

/* Sleeps until something comes. An interrupt of EL2, a kick of a holder among them, is attended to. */
__attribute__((noinline)) void suspend_until_woken(struct vcpu *vcpu)
{
	bool woken = life_stop_if_blocked(vcpu);
	struct frame *frame;

	if (vcpu->shares) {
		if (!woken)
			share_suspend(vcpu);
		return;
	}
	vgic_closed_wait(&vcpu->vgic.closed);
	present_fold(
		vcpu); /* an interrupt that is still listed, though its line has fallen, must not wake the vCPU */
	frame = run_attend(&vcpu->frame);
	while (frame && !woken) {
		woken = is_pending_listed() || (vcpu->direct ? wait_directly() : wait());
		if (irq_take_waiting(vcpu) | run_must_attend(vcpu))
			frame = run_attend(&vcpu->frame);
	}
	vgic_closed_end_wait(&vcpu->vgic.closed);
}
