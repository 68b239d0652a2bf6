/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/exits/call.h"

#include "flow/deliver/ring.h"
#include "flow/life/life.h"
#include "flow/own/delivery.h"
#include "flow/own/move.h"
#include "flow/run/suspend.h"
#include "signalbox/hypercall.h"
#include "vm/smccc.h"
#include "vm/vcpu_pages.h"

static bool controls_irqs(const struct vm *vm)
{
	return vm->config->permissions & CONFIG_MAY_CONTROL_IRQS;
}

/* A VM may move what it owns; with the permission irq-control it may move what others own. */
static uint64_t move(const struct vm *vm, const uint64_t x[], bool device)
{
	static const int64_t codes[] = {
		[MOVE_DONE] = SIGNALBOX_OK,
		[MOVE_UNKNOWN] = SIGNALBOX_INVALID,
		[MOVE_DENIED] = SIGNALBOX_DENIED,
		[MOVE_NOT_LISTED] = SIGNALBOX_DENIED,
		[MOVE_OWN] = SIGNALBOX_OK,
		[MOVE_NO_VCPU] = SIGNALBOX_INVALID,
		[MOVE_NOT_RUNNING] = SIGNALBOX_NOT_RUNNING,
		[MOVE_ACTIVE] = SIGNALBOX_BUSY,
		[MOVE_BUSY] = SIGNALBOX_BUSY,
		[MOVE_SHARED_PAGE] = SIGNALBOX_DENIED,
		[MOVE_FAILED] = SIGNALBOX_FAILED,
	};
	struct move_request request = {
		.intid = (uint32_t)x[1],
		.vcpu = (int)(x[3] >> SIGNALBOX_MOVE_VCPU_SHIFT & 0xff) - 1,
		.device = device,
		.force = x[3] & SIGNALBOX_MOVE_FORCE,
		.giver = controls_irqs(vm) ? NULL : vm,
		.caller = vm,
	};

	if (!gic_is_interrupt(x[1]) || x[2] >= box.vm_count || x[3] & ~(uint64_t)SIGNALBOX_MOVE_FLAGS)
		return (uint64_t)SIGNALBOX_INVALID;
	request.to = &box.vm[x[2]];
	return (uint64_t)codes[move_interrupt(&request)];
}

/* A VM may ask for itself; with the permission irq-control it may ask for others. */
static uint64_t deliver(const struct vm *vm, uint64_t number, uint64_t delivery)
{
	static const enum config_delivery wishes[] = {
		[SIGNALBOX_DELIVERY_VIRTUAL] = CONFIG_DELIVERY_VIRTUAL,
		[SIGNALBOX_DELIVERY_DIRECT] = CONFIG_DELIVERY_DIRECT,
		[SIGNALBOX_DELIVERY_AUTO] = CONFIG_DELIVERY_AUTO,
	};
	enum obstacle result;

	if (number >= box.vm_count || delivery >= ARRAY_COUNT(wishes))
		return (uint64_t)SIGNALBOX_INVALID;
	if (number != vm->number && !controls_irqs(vm))
		return (uint64_t)SIGNALBOX_DENIED;
	result = delivery_change(&box.vm[number], wishes[delivery], vm);
	if (result == OBSTACLE_NONE)
		return SIGNALBOX_OK;
	return (uint64_t)(obstacle_may_pass(result) ? SIGNALBOX_BUSY : SIGNALBOX_DENIED);
}

/* CPU_ON: decided again under the lock, so that two callers cannot both turn one vCPU on. */
static uint64_t cpu_on(struct vcpu *vcpu, const uint64_t x[])
{
	struct vm *vm = vcpu->vm;
	struct call_answer answer;

	lock_acquire(&vm->lock);
	answer = psci_decide(&vm->psci, x);
	if (answer.action == CALL_CPU_ON) {
		life_cpu_on(vm->vcpu[answer.value], psci_entry(x), psci_context(x), guest_is_big_endian());
		answer.value = PSCI_SUCCESS;
	}
	lock_release(&vm->lock);
	return answer.value;
}

/* The log line comes first: what follows may take long. */
static void end(struct vm *vm, enum vm_after after)
{
	if (after == VM_THEN_RESTART)
		log_of_limited(&vm->log, LOG_INFO, "asks for a reset");
	else
		log_of(&vm->log, LOG_INFO, "asks for power-off");
	life_stop(vm, after);
}

static void answer_words(struct vcpu *vcpu, const uint32_t words[4])
{
	for (unsigned i = 0; i < 4; i++)
		vcpu->frame.x[i] = words[i];
}

static __attribute__((noinline)) void perform(struct vcpu *vcpu, struct call_answer answer)
{
	uint64_t *x = vcpu->frame.x;

	switch (answer.action) {
	case CALL_RETURN_WORDS:
		answer_words(vcpu, smccc_words(answer.value));
		break;
	case CALL_CPU_ON:
		x[0] = cpu_on(vcpu, x);
		break;
	case CALL_CPU_OFF:
		life_want_off(vcpu);
		break;
	case CALL_SUSPEND:
		suspend_until_woken(vcpu);
		x[0] = answer.value;
		break;
	case CALL_SYSTEM_OFF:
	case CALL_SYSTEM_RESET:
		end(vcpu->vm, answer.action == CALL_SYSTEM_RESET ? VM_THEN_RESTART : VM_THEN_STOPPED);
		break;
	case CALL_MOVE:
		x[0] = move(vcpu->vm, x, answer.value);
		break;
	case CALL_DELIVER:
		x[0] = deliver(vcpu->vm, x[1], x[2]);
		break;
	case CALL_RING:
		x[0] = ring(vcpu->vm, x[1]);
		break;
	case CALL_PAGES:
		x[0] = vcpu_pages_ipa(vcpu->index) + answer.value;
		break;
	case CALL_OPENED: /* what was raised is attended to as after any exit */
		vgic_closed_take_back(&vcpu->vgic.closed);
		x[0] = SIGNALBOX_OK;
		break;
	}
}

void call_from_guest(struct vcpu *vcpu, uint64_t esr)
{
	uint64_t *x = vcpu->frame.x;
	struct call_answer answer = smccc_decide(&vcpu->vm->psci, (uint32_t)(esr & ESR_IMMEDIATE), x);

	if (answer.action == CALL_RETURN)
		x[0] = answer.value;
	else
		perform(vcpu, answer);
}
