/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/exits/registers.h"

#include "base/log.h"
#include "flow/deliver/guest_timer.h"
#include "flow/deliver/notify.h"
#include "flow/exits/interface.h"
#include "flow/exits/mmio.h"
#include "flow/exits/report.h"
#include "machine/api/cpu.h"
#include "vgic/lr.h"
#include "vm/sysreg.h"

/*
 * With direct delivery, which does not change before this exit ends, an SGI that the physical GIC has too is
 * pended there at once. Returns the targets for which it is not done.
 */
static uint32_t pend_directly(const struct vm *vm, uint32_t targets, uint32_t sgi)
{
	uint32_t others = 0;

	for (; targets; targets &= targets - 1) {
		const struct vcpu *vcpu = vm->vcpu[bits_lowest(targets)];

		if (!(vcpu->vgic.private.reserved >> sgi & 1))
			others |= targets & -targets;
		else if (atomic_load(&vcpu->vgic.private.group1) >> sgi & 1)
			gic_pend(vcpu->pcpu, sgi);
	}
	return others;
}

static enum exit_next send_sgi(struct vcpu *vcpu, uint64_t sgir, bool group1)
{
	struct vm *vm = vcpu->vm;
	uint32_t targets = sgi_targets(sgir, vcpu->index, vm->vcpu_count);

	if (vcpu->direct && group1)
		targets = pend_directly(vm, targets, sgi_vintid(sgir));
	if (targets)
		notify_vcpus(vm, vgic_send_sgi(&vm->vgic, targets, sgi_vintid(sgir), group1), vcpu);
	return EXIT_SKIP;
}

/*
 * If a list register has the interrupt: as the hardware does where ICC_DIR_EL1 does not trap, maintenance
 * included.
 */
static bool deactivate_listed(uint32_t vintid)
{
	for (uint32_t left = occupied_list_registers(); left; left &= left - 1) {
		uint64_t value = gic_lr_read(bits_lowest(left));

		if (!(value & LR_ACTIVE) || FIELD_GET(LR_VINTID, value) != vintid)
			continue;
		gic_lr_write(bits_lowest(left), value & ~LR_ACTIVE);
		if (value & LR_HW)
			gic_deactivate((uint32_t)FIELD_GET(LR_PINTID, value));
		return true;
	}
	return false;
}

/* ICC_DIR_EL1 traps where the interrupt that it names may be active, and in no list register of this vCPU. */
static enum exit_next deactivate(struct vcpu *vcpu, uint64_t value)
{
	uint32_t vintid = (uint32_t)(value & BITS(23, 0));

	/* IHI 0069: ignored with EOImode = 0. */
	if ((gic_vif_vmcr() & ICH_VMCR_VEOIM) && !deactivate_listed(vintid))
		mmio_deactivate(vcpu, vintid);
	return EXIT_SKIP;
}

static __attribute__((noinline, cold)) void say_hidden(struct vcpu *vcpu, uint32_t id, bool write)
{
	struct vm *vm = vcpu->vm;

	if (atomic_add(&vm->mistakes, 1) >= REPORT_MISTAKES_SAID)
		return;
	log_of_limited(
		&vm->log, LOG_WARN,
		"%s system register S%u_%u_C%u_C%u_%u (%s), which guests do not have; it gets an undefined "
		"instruction exception",
		write ? "writes" : "reads", id >> 20 & 3, id >> 14 & 7, id >> 10 & 15, id >> 1 & 15, id >> 17 & 7,
		sysreg_family(id));
}

static enum exit_next timer_access(struct vcpu *vcpu, enum ptimer_register reg, unsigned rt, bool write)
{
	if (write)
		ptimer_write(&vcpu->timer, reg, operand(vcpu, rt), cpu_counter());
	else
		operand_set(vcpu, rt, ptimer_read(&vcpu->timer, reg, cpu_counter()));
	guest_timer_update(vcpu);
	return EXIT_SKIP;
}

static void cache_access(struct vcpu *vcpu, enum sysreg_cache what, unsigned rt, bool write)
{
	if (write)
		vcpu->cache_selected = operand(vcpu, rt) & CSSELR_BITS;
	else
		operand_set(vcpu, rt, sysreg_cache(what, cpu_cache_type(), cpu_cache_levels(), vcpu->cache_selected));
}

static void os_lock_access(struct vcpu *vcpu, unsigned rt, bool write)
{
	if (write)
		vcpu->os_locked = operand(vcpu, rt) & OSLAR_OSLK;
	else
		operand_set(vcpu, rt, OSLSR_OSLM | (vcpu->os_locked ? OSLSR_OSLK : 0));
}

bool register_gives_debug(struct vcpu *vcpu)
{
	if (!vcpu->shares || vcpu->saved.debug)
		return false;
	guest_give_debug(&vcpu->saved);
	return true;
}

/* A function of its own, since it needs more registers than an SGI. */
static __attribute__((noinline)) enum exit_next other_access(struct vcpu *vcpu, uint64_t esr)
{
	uint32_t id = exit_sysreg_id(esr);
	unsigned rt = exit_sysreg_register(esr);
	bool write = !(esr & ESR_SYSREG_READ);
	struct sysreg_answer answer;

	vcpu->counters.registers++;
	if (vcpu->direct && interface_direct_register(vcpu, id, rt, write))
		return EXIT_SKIP;
	if (write && id == ICC_DIR_EL1)
		return deactivate(vcpu, operand(vcpu, rt));
	answer = sysreg_decide(&box.id_registers, id, write);
	switch (answer.verdict) {
	case SYSREG_VALUE:
		operand_set(vcpu, rt, answer.value);
		return EXIT_SKIP;
	case SYSREG_IGNORE:
		return EXIT_SKIP;
	case SYSREG_TIMER:
		return timer_access(vcpu, (enum ptimer_register)answer.value, rt, write);
	case SYSREG_COUNTER:
		operand_set(vcpu, rt, cpu_counter());
		return EXIT_SKIP;
	case SYSREG_OS_LOCK:
		os_lock_access(vcpu, rt, write);
		return EXIT_SKIP;
	case SYSREG_CACHE:
		cache_access(vcpu, (enum sysreg_cache)answer.value, rt, write);
		return EXIT_SKIP;
	case SYSREG_SGI:
		return send_sgi(vcpu, operand(vcpu, rt), answer.value == SYSREG_SGI_GROUP1);
	default:
		if (interface_register(vcpu, id, rt, write))
			return EXIT_SKIP;
		if (sysreg_is_debug(id) && register_gives_debug(vcpu))
			return EXIT_RESUME;
		say_hidden(vcpu, id, write);
		return EXIT_INJECT_UNDEFINED;
	}
}

enum exit_next register_access(struct vcpu *vcpu, uint64_t esr)
{
	/* First, since they are frequent. */
	if ((esr & ~ESR_SYSREG_RT) == ESR_OF_WRITE(ICC_SGI1R_EL1))
		return send_sgi(vcpu, operand(vcpu, exit_sysreg_register(esr)), true);
	return other_access(vcpu, esr);
}
