/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/direct.h"
#include "flow/exits/call.h"
#include "flow/exits/instruction.h"
#include "flow/exits/mmio.h"
#include "flow/exits/registers.h"
#include "flow/exits/report.h"
#include "flow/life/life.h"
#include "flow/run/run.h"
#include "flow/run/share.h"

static const char *abort_words(const struct vm_exit *exit)
{
	const struct exit_abort *abort = &exit->abort;

	if (abort->fault == FAULT_OTHER)
		return "makes an access that the memory there does not support; it gets that fault";
	if (abort->fault == FAULT_EXTERNAL)
		return "meets an error of the memory system; it gets an external abort";
	if (abort->table_walk)
		return "walks translation tables where its description gives it no memory to write; it gets an "
			   "external abort";
	if (abort->fault == FAULT_PERMISSION)
		return exit->kind == EXIT_INSTRUCTION_ABORT
				   ? "executes code in registers of a device, or in shared memory or erased flash, which it "
					 "must not; it gets an external abort"
				   : "writes where its description lets it read only; it gets an external abort";
	return exit->kind == EXIT_INSTRUCTION_ABORT
			   ? "executes at an address that its description does not give it; it gets an external abort"
			   : "accesses an address that its description does not give it; it gets an external abort";
}

/* Was stage 2 withheld from the VM, and perhaps given back since? */
static bool is_seizure(const struct vcpu *vcpu, const struct vm_exit *exit)
{
	struct vm *vm = vcpu->vm;
	uint64_t physical;
	unsigned access;
	bool seized, mapped;

	lock_acquire(&vm->lock);
	seized = vm->seized;
	mapped = exit->abort.ipa_valid && exit->abort.fault == FAULT_TRANSLATION &&
			 table_look_up(&vm->stage2, exit->abort.ipa.v, &physical, &access) == OK;
	lock_release(&vm->lock);
	return seized || mapped;
}

/* Does the guest fetch the vector of an exception that it has just taken (DDI 0487, VBAR_EL1)? */
static bool is_at_vector(const struct guest_exception *exception)
{
	return ((guest_pc() - exception->vbar) & ~BITS(10, 7)) == 0;
}

/*
 * Without vectors, each exception is followed by another one, as on a board, until the VM is reset or
 * stopped. That costs this vCPU alone; others of the VM run on. So it is reported once, with the first
 * exception.
 */
static enum exit_next fetch_abort(struct vcpu *vcpu, const struct guest_syndrome *syndrome, const char *words)
{
	struct guest_exception exception = guest_exception_read();

	if (!is_at_vector(&exception))
		report_guest_mistake(vcpu, syndrome, words);
	else if (exception.elr != guest_pc())
		report_no_vectors(vcpu, &exception);
	return EXIT_INJECT_ABORT;
}

static bool is_undescribed(const struct vcpu *vcpu, const struct exit_abort *abort)
{
	return abort->fault == FAULT_TRANSLATION && !abort->table_walk && !abort->decoded &&
		   mmio_is_device(vcpu->vm, abort->ipa);
}

static bool is_refused_store(const struct vm_exit *exit)
{
	return exit->kind == EXIT_DATA_ABORT && exit->abort.fault == FAULT_PERMISSION && exit->abort.write &&
		   !exit->abort.table_walk;
}

/*
 * Stage 2 maps nothing there, or does not permit this kind of access. Address translation (AT) has CM set,
 * too, and can only fault in its walk; cache maintenance finds nothing in the caches for addresses that are
 * not mapped.
 */
static enum exit_next abort_from_guest(struct vcpu *vcpu, const struct guest_syndrome *syndrome)
{
	struct vm_exit exit = exit_decode(syndrome->esr, syndrome->far, syndrome->hpfar);
	const char *words = abort_words(&exit);

	if (is_seizure(vcpu, &exit)) {
		life_answer_seizure(vcpu);
		return EXIT_RESUME;
	}
	if (exit.abort.cache_maintenance && !exit.abort.table_walk)
		return EXIT_SKIP;
	if (is_refused_store(&exit) && instruction_ignore_store(vcpu, &exit.abort))
		return EXIT_SKIP;
	if (exit.kind == EXIT_DATA_ABORT && is_undescribed(vcpu, &exit.abort)) {
		if (instruction_access(vcpu, &exit.abort))
			return EXIT_SKIP;
		words =
			"accesses an emulated device with an instruction that is no load or store of general registers "
			"within a page, or is not in its own memory; it gets an external abort";
	}
	if (exit.kind == EXIT_INSTRUCTION_ABORT)
		return fetch_abort(vcpu, syndrome, words);
	report_guest_mistake(vcpu, syndrome, words);
	return EXIT_INJECT_ABORT;
}

static enum exit_next rare_exit(struct vcpu *vcpu, const struct guest_syndrome *syndrome)
{
	struct vm_exit exit = exit_decode(syndrome->esr, syndrome->far, syndrome->hpfar);

	switch (exit.kind) {
	case EXIT_DATA_ABORT:
	case EXIT_INSTRUCTION_ABORT:
		return abort_from_guest(vcpu, syndrome);
	case EXIT_DEBUG_32: /* of EL0, to debug registers that are withheld, perhaps */
		return register_gives_debug(vcpu) ? EXIT_RESUME : EXIT_INJECT_UNDEFINED;
	case EXIT_UNDEFINED:
	case EXIT_FP:
		return EXIT_INJECT_UNDEFINED;
	default:
		report_guest(vcpu, syndrome, "stopped: it caused an exit that no guest should be able to cause");
		return EXIT_STOP_VM;
	}
}

static void inject_abort(const struct vcpu *vcpu, const struct guest_syndrome *syndrome)
{
	struct vm_exit exit = exit_decode(syndrome->esr, syndrome->far, syndrome->hpfar);
	bool from_el1 = FIELD_GET(BITS(3, 2), guest_pstate()) == 1;
	unsigned level = exit.abort.table_walk ? instruction_walk_level(vcpu->vm, &exit.abort) : 0;

	guest_inject_exception(exit_abort_syndrome(syndrome->esr, from_el1, level), syndrome->far,
						   exit.abort.far_valid);
}

/*
 * The results that are not frequent: an abort, an exception of its own for the guest, or the end of its VM.
 */
static __attribute__((noinline)) uint64_t finish_rarely(struct vcpu *vcpu, enum exit_next next)
{
	struct guest_syndrome syndrome = guest_syndrome_read();

	if (next == EXIT_NO_DEVICE)
		next = abort_from_guest(vcpu, &syndrome);
	switch (next) {
	case EXIT_SKIP:
		guest_skip_instruction();
		break;
	case EXIT_INJECT_UNDEFINED:
		guest_inject_exception(ESR_IL, 0, false);
		break;
	case EXIT_INJECT_ABORT:
		inject_abort(vcpu, &syndrome);
		break;
	case EXIT_STOP_VM:
		atomic_add(&vcpu->vm->faults, 1);
		life_stop(vcpu->vm, VM_THEN_STOPPED);
		break;
	default:
		break;
	}
	return run_must_attend(vcpu);
}

static inline uint64_t finish(struct vcpu *vcpu, enum exit_next next)
{
	if (next > EXIT_SKIP)
		return finish_rarely(vcpu, next);
	if (next == EXIT_SKIP)
		guest_skip_instruction();
	return run_must_attend(vcpu);
}

/* WFI of a vCPU that shares its pCPU. */
static __attribute__((noinline)) uint64_t exit_wait_shared(struct vcpu *vcpu, uint64_t esr)
{
	guest_skip_instruction();
	if (vcpu->shares && !(esr & ESR_WAIT_TI) && !life_stop_if_blocked(vcpu) && !share_nap(vcpu))
		share_sleep(vcpu);
	return finish(vcpu, EXIT_RESUME);
}

/* Whatever its guest has closed. */
static __attribute__((noinline)) uint64_t exit_wait_opened(struct vcpu *vcpu)
{
	vgic_closed_wait(&vcpu->vgic.closed);
	if (!run_must_attend(vcpu))
		guest_wait_for_interrupt();
	vgic_closed_end_wait(&vcpu->vgic.closed);
	return finish(vcpu, EXIT_RESUME);
}

/*
 * WFI of a vCPU with direct delivery, done for the guest at EL2, just before it returns. The others that trap
 * with it, such as WFIT, may end at once, and do.
 */
static __attribute__((noinline)) uint64_t exit_wait(struct vcpu *vcpu, uint64_t esr)
{
	if (!vcpu->direct || vcpu->shares)
		return exit_wait_shared(vcpu, esr);
	guest_skip_instruction();
	if (esr & ESR_WAIT_TI || (direct_is_blocked(vcpu) && life_stop_if_blocked(vcpu)))
		return finish(vcpu, EXIT_RESUME);
	if (vcpu->vgic.closed.pages)
		return exit_wait_opened(vcpu);
	if (!run_must_attend(vcpu))
		guest_wait_for_interrupt();
	return finish(vcpu, EXIT_RESUME);
}

/* Each class has its own way through EL2, as short as the class allows: no class pays for another. */
static __attribute__((noinline)) uint64_t exit_rare(struct vcpu *vcpu)
{
	struct guest_syndrome syndrome = guest_syndrome_read();

	return finish(vcpu, rare_exit(vcpu, &syndrome));
}

static __attribute__((noinline)) uint64_t exit_mmio_rarely(struct vcpu *vcpu, uint64_t esr)
{
	return finish(vcpu, mmio_access_rarely(vcpu, esr));
}

static __attribute__((noinline)) uint64_t exit_mmio(struct vcpu *vcpu, uint64_t esr)
{
	enum exit_next next;

	if (!guest_is_plain())
		return exit_mmio_rarely(vcpu, esr);
	next = mmio_access(vcpu, esr);
	if (next == EXIT_SKIP) {
		guest_skip_plainly();
		next = EXIT_RESUME;
	}
	return finish(vcpu, next);
}

static __attribute__((noinline)) uint64_t exit_register_access(struct vcpu *vcpu, uint64_t esr)
{
	return finish(vcpu, register_access(vcpu, esr));
}

/*
 * An HVC returns to the instruction after it; an SMC has been trapped, not executed (DDI 0487, HCR_EL2.TSC).
 */
static __attribute__((noinline)) uint64_t exit_hvc(struct vcpu *vcpu, uint64_t esr)
{
	call_from_guest(vcpu, esr);
	return finish(vcpu, EXIT_RESUME);
}

static __attribute__((noinline)) uint64_t exit_smc(struct vcpu *vcpu, uint64_t esr)
{
	guest_skip_instruction();
	call_from_guest(vcpu, esr);
	return finish(vcpu, EXIT_RESUME);
}

uint64_t exit_from_guest(struct frame *frame)
{
	struct vcpu *vcpu = vcpu_of_frame(frame);
	uint64_t esr = guest_esr();
	unsigned class = exit_class(esr);

	vcpu->counters.exits[class]++;
	if (class == EC_DATA_ABORT && exit_is_mmio(esr))
		return exit_mmio(vcpu, esr);
	if (class == EC_SYSREG)
		return exit_register_access(vcpu, esr);
	if (class == EC_HVC64)
		return exit_hvc(vcpu, esr);
	if (class == EC_SMC64)
		return exit_smc(vcpu, esr);
	if (class == EC_WAIT)
		return exit_wait(vcpu, esr);
	return exit_rare(vcpu);
}

void serror_from_guest(struct frame *frame)
{
	struct vcpu *vcpu = vcpu_of_frame(frame);
	struct guest_syndrome syndrome = guest_syndrome_read();

	/* It is asynchronous, but devices are mapped into one VM only, so the fault is probably that VM's. */
	report_guest(vcpu, &syndrome,
				 "stopped: the machine reported a system error (SError) while it ran; look at "
				 "the devices passed through to it");
	atomic_add(&vcpu->vm->faults, 1);
	life_stop(vcpu->vm, VM_THEN_STOPPED);
}
