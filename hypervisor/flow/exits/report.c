/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/exits/report.h"

#include "base/format.h"
#include "base/log.h"
#include "vm/exit.h"

#define PLACE_LINES 2 /* at most */

static void report_place(const struct vcpu *vcpu, const struct guest_syndrome *syndrome)
{
	struct vm_exit exit = exit_decode(syndrome->esr, syndrome->far, syndrome->hpfar);
	struct log_source *log = &vcpu->vm->log;
	char physical[64];

	log_of(log, LOG_WARN,
		   "  vCPU %u on pCPU %u, node /vms/%s, PC 0x%llx, PSTATE 0x%llx, exit class 0x%02x (%s), ESR 0x%llx",
		   vcpu->index, vcpu->pcpu, vcpu->vm->config->name, (unsigned long long)guest_pc(),
		   (unsigned long long)guest_pstate(), exit.ec, exit_class_name(exit.ec),
		   (unsigned long long)syndrome->esr);
	if (exit.kind != EXIT_DATA_ABORT && exit.kind != EXIT_INSTRUCTION_ABORT)
		return;
	format_text(physical, sizeof(physical), ", guest physical address 0x%llx",
				(unsigned long long)exit.abort.ipa.v);
	log_of(log, LOG_WARN, "  %s, %s%s, virtual address 0x%llx%s", exit_fault_name(exit.abort.fault),
		   exit.abort.write ? "write" : "read", exit.abort.table_walk ? " by a translation table walk" : "",
		   (unsigned long long)exit.abort.va.v, exit.abort.ipa_valid ? physical : "");
}

void report_guest(const struct vcpu *vcpu, const struct guest_syndrome *syndrome, const char *what)
{
	struct log_source *log = &vcpu->vm->log;
	const uint64_t *x = vcpu->frame.x;

	log_of(log, LOG_WARN, "%s", what);
	report_place(vcpu, syndrome);
	for (unsigned n = 0; n < 31; n += 4)
		log_of(log, LOG_WARN,
			   n + 3 < 31 ? "  x%-2u %016llx %016llx %016llx %016llx" : "  x%-2u %016llx %016llx %016llx", n,
			   (unsigned long long)x[n], (unsigned long long)x[n + 1], (unsigned long long)x[n + 2],
			   (unsigned long long)x[n + 3 < 31 ? n + 3 : 30]);
}

/* Counts a mistake. Are `lines` about it logged, and is it the `last` one that is? */
static bool count_mistake(struct vcpu *vcpu, unsigned lines, bool *last)
{
	uint32_t before = atomic_add(&vcpu->vm->mistakes, 1);

	*last = before + 1 == REPORT_MISTAKES_SAID;
	return before < REPORT_MISTAKES_SAID && log_admit(&vcpu->vm->log, LOG_WARN, lines + *last);
}

static void say_last(struct vcpu *vcpu, bool last)
{
	if (last)
		log_of(&vcpu->vm->log, LOG_WARN, "further mistakes like this are counted, not reported");
}

void report_guest_mistake(struct vcpu *vcpu, const struct guest_syndrome *syndrome, const char *what)
{
	bool last;

	if (!count_mistake(vcpu, 1 + PLACE_LINES, &last))
		return;
	log_of(&vcpu->vm->log, LOG_WARN, "%s", what);
	report_place(vcpu, syndrome);
	say_last(vcpu, last);
}

void report_no_vectors(struct vcpu *vcpu, const struct guest_exception *exception)
{
	struct log_source *log = &vcpu->vm->log;
	unsigned class = exit_class(exception->esr);
	bool last;

	if (!count_mistake(vcpu, 2, &last))
		return;
	log_of(log, LOG_WARN,
		   "takes an exception and has no vectors: nothing can be executed at VBAR_EL1, 0x%llx; vCPU %u "
		   "hangs until "
		   "the VM is reset or stopped",
		   (unsigned long long)exception->vbar, vcpu->index);
	log_of(log, LOG_WARN,
		   "  vCPU %u on pCPU %u, node /vms/%s, ELR_EL1 0x%llx, ESR_EL1 0x%llx, exception class 0x%02x (%s)",
		   vcpu->index, vcpu->pcpu, vcpu->vm->config->name, (unsigned long long)exception->elr,
		   (unsigned long long)exception->esr, class, exit_class_name(class));
	say_last(vcpu, last);
}

void report_to_log(void *level, const char *text)
{
	log_line(*(const enum log_level *)level, "%s", text);
}
