/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/run/suspend.h"

#include "flow/deliver/irq.h"
#include "flow/deliver/present.h"
#include "flow/life/life.h"
#include "flow/run/run.h"

/*
 * Behind run_attend() one of those that wait has a list register. What the vCPU's interface masks wakes
 * it, too: software that asks to be powered down may close it before (IHI 0069, GICR_WAKER).
 */
static bool is_pending_listed(void)
{
	for (uint32_t left = occupied_list_registers(); left; left &= left - 1)
		if ((gic_lr_read(bits_lowest(left)) & (LR_PENDING | LR_ACTIVE)) == LR_PENDING)
			return true;
	return false;
}

/* True when something has come that only the guest's entry lets in. */
static bool wait(void)
{
	guest_wait_for_interrupt();
	return guest_has_interrupt();
}

/* The guest's group and mask stand open meanwhile. EL2 masks its interrupts. */
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

/* Asleep until something comes. An interrupt of EL2, a kick of a holder among them, is attended to. */
__attribute__((noinline)) void suspend_until_woken(struct vcpu *vcpu)
{
	bool woken = life_stop_if_blocked(vcpu);
	struct frame *frame;

	present_fold(vcpu); /* what is listed still, though its line has fallen, wakes nobody */
	frame = run_attend(&vcpu->frame);
	while (frame && !woken) {
		woken = is_pending_listed() || (vcpu->direct ? wait_directly() : wait());
		if (irq_take_waiting(vcpu) | run_must_attend(vcpu))
			frame = run_attend(&vcpu->frame);
	}
}
