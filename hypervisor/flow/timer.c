/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/timer.h"

#include "flow/housekeeping.h"
#include "flow/irq.h"
#include "flow/mute.h"
#include "flow/ring.h"
#include "machine/api/cpu.h"
#include "vm/layout.h"

static uint64_t deadlines[PCPU_MAX][TIMER_SLOT_COUNT]; /* 0, as at boot, is TIMER_NEVER too */

static void set_earliest(const uint64_t deadline[TIMER_SLOT_COUNT])
{
	uint64_t earliest = TIMER_NEVER;

	for (unsigned i = 0; i < TIMER_SLOT_COUNT; i++)
		if (deadline[i] && deadline[i] < earliest)
			earliest = deadline[i];
	if (earliest == TIMER_NEVER)
		cpu_timer_stop();
	else
		cpu_timer_set(earliest);
}

void timer_set(enum timer_slot slot, uint64_t deadline)
{
	uint64_t *mine = deadlines[pcpu_this()];

	if (mine[slot] == deadline)
		return;
	mine[slot] = deadline;
	set_earliest(mine);
}

void timer_update(struct vcpu *vcpu)
{
	bool level = ptimer_line(&vcpu->timer, cpu_counter());

	timer_set(TIMER_VCPU, level ? TIMER_NEVER : ptimer_deadline(&vcpu->timer));
	irq_notify(vcpu->vm,
			   vgic_set_line_private(&vcpu->vm->vgic, vcpu->index, GUEST_PHYSICAL_TIMER_INTID, level), vcpu);
}

void timer_off(struct vcpu *vcpu)
{
	ptimer_reset(&vcpu->timer);
	timer_update(vcpu);
}

static bool has_passed(enum timer_slot slot)
{
	uint64_t *deadline = &deadlines[pcpu_this()][slot];

	if (!*deadline || *deadline > cpu_counter())
		return false;
	*deadline = TIMER_NEVER;
	return true;
}

void timer_expired(struct vcpu *vcpu)
{
	bool work = false;

	for (unsigned slot = TIMER_HOUSEKEEPING; slot < TIMER_SLOT_COUNT; slot++)
		work |= has_passed(slot);
	if (work)
		housekeeping_kick();
	if (has_passed(TIMER_VCPU) && vcpu)
		timer_update(vcpu);
	if (has_passed(TIMER_DELIVERY) && vcpu)
		vcpu->leave = true;
	if (has_passed(TIMER_RING))
		ring_expired(pcpu_here()->vcpu);
	if (has_passed(TIMER_MUTE))
		mute_expired(pcpu_here()->vcpu);
	set_earliest(deadlines[pcpu_this()]);
}
