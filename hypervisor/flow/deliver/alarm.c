/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/alarm.h"

#include "flow/box/timer.h"
#include "flow/deliver/notify.h"
#include "machine/api/cpu.h"
#include "vm/layout.h"

void alarm_update(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	bool level = pl031_line(&vm->rtc, cpu_counter());

	timer_set(TIMER_ALARM, pl031_deadline(&vm->rtc));
	notify_vcpus(vm, vgic_set_line_shared(&vm->vgic, GUEST_RTC_INTID, level), vcpu);
}

void alarm_expired(struct vcpu *vcpu)
{
	lock_acquire(&vcpu->vm->virt_lock);
	alarm_update(vcpu);
	lock_release(&vcpu->vm->virt_lock);
}
