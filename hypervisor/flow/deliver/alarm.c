/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/alarm.h"

#include "flow/box/timer.h"
#include "flow/deliver/notify.h"
#include "machine/api/cpu.h"
#include "vm/layout.h"

void alarm_update(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	struct pl031_output output = pl031_update(&vm->rtc, cpu_counter());

	timer_set_of(vcpu, TIMER_ALARM, output.deadline);
	notify_vcpus(vm, vgic_set_line_shared(&vm->vgic, GUEST_RTC_INTID, output.line), vcpu);
}

void alarm_expired(struct vcpu *vcpu)
{
	lock_acquire(&vcpu->vm->virt_lock);
	alarm_update(vcpu);
	lock_release(&vcpu->vm->virt_lock);
}
