/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/guest_timer.h"

#include "flow/box/timer.h"
#include "flow/deliver/notify.h"
#include "machine/api/cpu.h"
#include "vm/layout.h"

void guest_timer_update(struct vcpu *vcpu)
{
	bool level = ptimer_line(&vcpu->timer, cpu_counter());

	timer_set_of(vcpu, TIMER_VCPU, level ? TIMER_NEVER : ptimer_deadline(&vcpu->timer));
	notify_vcpus(vcpu->vm,
				 vgic_set_line_private(&vcpu->vm->vgic, vcpu->index, GUEST_PHYSICAL_TIMER_INTID, level),
				 vcpu);
}

void guest_timer_off(struct vcpu *vcpu)
{
	ptimer_reset(&vcpu->timer);
	guest_timer_update(vcpu);
}
