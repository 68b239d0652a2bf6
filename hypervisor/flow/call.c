/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of guests: PSCI and Signalbox's own, decided in vm/smccc.h and performed here. */
#include "flow/exit.h"
#include "flow/irq.h"
#include "flow/life.h"
#include "flow/move.h"
#include "signalbox/hypercall.h"
#include "vm/smccc.h"

/* `index` counts the shared memories that the VM sees. */
static uint64_t ring(struct vm *vm, uint64_t index)
{
	struct doorbell_peer peer[VM_MAX];
	unsigned count;

	if (index >= vm->config->share_count)
		return (uint64_t)SIGNALBOX_INVALID;
	if (doorbell_listeners(&box.doorbell[vm->config->share[index].shared], vm->number, peer, &count) != OK)
		return (uint64_t)SIGNALBOX_DENIED;
	for (unsigned i = 0; i < count; i++) {
		struct vm *other = &box.vm[peer[i].vm];

		if (atomic_load_acquire(&other->state) == VM_RUNNING) /* pairs with life_step() */
			irq_notify(other, vgic_raise_shared(&other->vgic, peer[i].vintid), NULL);
	}
	return SIGNALBOX_OK;
}

/* A VM gives away what it owns, or has the permission to move what others own. */
static uint64_t move(const struct vm *vm, const uint64_t x[], bool device)
{
	static const int64_t codes[] = {
		[MOVE_DONE] = SIGNALBOX_OK,       [MOVE_UNKNOWN] = SIGNALBOX_INVALID,
		[MOVE_DENIED] = SIGNALBOX_DENIED, [MOVE_NOT_LISTED] = SIGNALBOX_DENIED,
		[MOVE_OWN] = SIGNALBOX_OK,        [MOVE_NOT_RUNNING] = SIGNALBOX_NOT_RUNNING,
		[MOVE_ACTIVE] = SIGNALBOX_BUSY,   [MOVE_SHARED_PAGE] = SIGNALBOX_DENIED,
		[MOVE_FAILED] = SIGNALBOX_FAILED,
	};

	const struct vm *giver = vm;

	if (x[1] >= GIC_INTID_MAX || x[2] >= box.vm_count || x[3] & ~(uint64_t)SIGNALBOX_MOVE_FORCE)
		return (uint64_t)SIGNALBOX_INVALID;
	if (vm->config->permissions & CONFIG_MAY_CONTROL_IRQS)
		giver = NULL;
	return (uint64_t)
		codes[move_interrupt((uint32_t)x[1], &box.vm[x[2]], device, x[3] & SIGNALBOX_MOVE_FORCE, giver)];
}

/* As WFI: until an interrupt is there for the vCPU, or may be. */
static void suspend(void)
{
	uint32_t all = (uint32_t)(BIT(box.gic.lr_count) - 1);

	if ((gic_lr_empty() & all) == all)
		cpu_wait_for_interrupt();
}

/* CPU_ON: decided again under the lock, so that two callers cannot both turn one vCPU on. */
static uint64_t cpu_on(struct vcpu *vcpu, const uint64_t x[])
{
	struct vm *vm = vcpu->vm;
	struct call_answer answer;

	lock_acquire(&vm->lock);
	answer = psci_decide(&vm->psci, x);
	if (answer.action == CALL_CPU_ON) {
		life_cpu_on(vm->vcpu[answer.value], psci_entry(x), psci_context(x));
		answer.value = PSCI_SUCCESS;
	}
	lock_release(&vm->lock);
	return answer.value;
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
		life_cpu_off(vcpu);
	case CALL_SUSPEND:
		suspend();
		x[0] = answer.value;
		break;
	case CALL_SYSTEM_OFF:
	case CALL_SYSTEM_RESET:
		life_stop(vcpu->vm, answer.action == CALL_SYSTEM_RESET ? VM_THEN_RESTART : VM_THEN_STOPPED);
		break;
	case CALL_MOVE:
		x[0] = move(vcpu->vm, x, answer.value);
		break;
	case CALL_RING:
		x[0] = ring(vcpu->vm, x[1]);
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
