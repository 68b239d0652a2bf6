/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/due.h"

#include "flow/box/timer.h"
#include "flow/box/turn.h"
#include "flow/deliver/alarm.h"
#include "flow/deliver/guest_timer.h"
#include "flow/deliver/mute.h"
#include "flow/deliver/ring.h"

/* Its virtual timer's interrupt comes when it is here again. */
static void wake_by_timer(struct vcpu *vcpu)
{
	if (vcpu->sleeps)
		account_due(&vcpu->turn.account, guest_timer_deadline(&vcpu->saved));
	vcpu->sleeps = false;
}

/* What is due of a vCPU, whether it runs or not? */
static void take_timers_of(struct vcpu *vcpu)
{
	uint32_t passed = timer_take_passed_of(vcpu);

	if (passed & 1u << TIMER_VCPU)
		guest_timer_update(vcpu);
	if (passed & 1u << TIMER_AWAY)
		wake_by_timer(vcpu);
	if (passed & 1u << TIMER_DELIVERY)
		vcpu->ends_direct = true;
	if (passed & 1u << TIMER_RING)
		ring_expired(vcpu);
	if (passed & 1u << TIMER_MUTE)
		mute_expired(vcpu);
	if (passed & 1u << TIMER_ALARM)
		alarm_expired(vcpu);
}

__attribute__((noinline)) void due_take(void)
{
	const struct pcpu *pcpu = pcpu_here();
	struct vcpu *vcpu;

	if (timer_take_passed() & TIMERS_OF_HOUSEKEEPING)
		turn_want();
	for (unsigned n = 0; (vcpu = pcpu_vcpu(pcpu, n)); n++)
		take_timers_of(vcpu);
	timer_continue();
}
