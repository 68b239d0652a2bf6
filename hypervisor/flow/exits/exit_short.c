/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short ways of synchronous exits: what guests ask for often, and a few loads can answer. They wait for
 * nothing, and do not look whether something waits for the vCPU: that comes with an interrupt. Anything more
 * goes the long way, flow/exits/exit.c, with nothing done here.
 *
 * The addresses of the GIC are those of vm/layout.h, as in the rows of vm/regions.c: each VM has its GIC
 * there, and a look-up in that table would take more registers than there are here.
 *
 * The build compiles this file so that it uses no other register than the vectors load again for it (x0 to
 * x3, x8, x9, x16, x17 and x30), it makes no calls, and tools/lint/short_way.py checks the result.
 */
#include "flow/deliver/short.h"
#include "flow/exits/handler.h"
#include "vm/layout.h"
#include "vm/smccc.h"

/* A register that a short way may have changed in the frame, and that the vectors do not load after it. */
SHORT_PART enum exit_short set_register(struct vcpu *vcpu, unsigned n, uint64_t value)
{
	const uint32_t loaded = 0x4003030f;

	if (n == 31)
		return EXIT_SHORT_DONE;
	vcpu->frame.x[n] = value;
	return loaded >> n & 1 ? EXIT_SHORT_DONE : EXIT_SHORT_LOAD_ALL;
}

/* HVC #0. */
enum exit_short exit_short_call(struct frame *frame)
{
	struct vcpu *vcpu = vcpu_of_frame(frame);

	if (!psci_owns((uint32_t)frame->x[0]) || !psci_answer_at_once(frame->x, &frame->x[0]))
		return EXIT_SHORT_NOT;
	vcpu->counters.exits[EC_HVC64]++;
	return EXIT_SHORT_DONE;
}

/* An emulated register that is one load. */
SHORT_PART bool load(const struct vgic *gic, uint64_t esr, uint64_t *value)
{
	uint64_t ipa = exit_ipa(guest_short_far(), guest_short_hpfar()).v;
	uint64_t dist = ipa - GUEST_GICD_BASE, redist;
	bool word = exit_is_plain_mmio(esr, 2, false);

	if (dist < GUEST_GICD_SIZE)
		return word && vgic_short_dist_read(gic, (uint32_t)dist, value);
	redist = ipa - GUEST_GICR_BASE;
	if (!word)
		return exit_is_plain_mmio(esr, 3, false) && redist < GUEST_GICR_RESERVED_SIZE &&
			   vgic_short_redist_typer(gic, (uint32_t)redist, value);
	return redist < GUEST_GICR_RESERVED_SIZE && vgic_short_redist_read(gic, (uint32_t)redist, value);
}

enum exit_short exit_short_load(struct frame *frame, uint64_t esr)
{
	struct vcpu *vcpu = vcpu_of_frame(frame);
	uint64_t value;

	if (!guest_short_is_plain() || !load(&vcpu->vm->vgic, esr, &value))
		return EXIT_SHORT_NOT;
	guest_short_skip();
	vcpu->counters.exits[EC_DATA_ABORT]++;
	return set_register(vcpu, exit_mmio_register(esr), value);
}

/* GICD_ISENABLER that changes nothing, and GICD_ISPENDR of one interrupt that can be listed at once. */
SHORT_PART bool write_word(struct vcpu *vcpu, struct vgic_bank *bank, uint32_t offset, uint32_t value)
{
	if (offset / 0x80 == GIC_ISENABLER / 0x80)
		return !(value & ~bank->enabled);
	if (offset / 0x80 != GIC_ISPENDR / 0x80 || !value || value & (value - 1))
		return false;
	return short_list_edge(vcpu, bank, (offset & 0x7f) * 8 + bits_lowest(value));
}

enum exit_short exit_short_store(struct frame *frame, uint64_t esr)
{
	struct vcpu *vcpu = vcpu_of_frame(frame);
	uint64_t ipa = exit_ipa(guest_short_far(), guest_short_hpfar()).v;
	struct vgic *gic = &vcpu->vm->vgic;
	uint64_t dist = ipa - GUEST_GICD_BASE;
	uint64_t redist = ipa - GUEST_GICR_BASE - vcpu->index * GUEST_GICR_STRIDE - GICR_SGI_BASE;
	uint32_t value = (uint32_t)operand(vcpu, exit_mmio_register(esr)), b = (ipa & 0x7f) / 4;
	bool done = false;

	if (!exit_is_plain_mmio(esr, 2, true) || ipa & 3 || !guest_short_is_plain())
		return EXIT_SHORT_NOT;
	if (dist < GIC_ICPENDR && b != 0 && b < gic->bank_count && b != GIC_INTID_MAX / 32)
		done = write_word(vcpu, &gic->spi[b - 1], (uint32_t)dist, value);
	else if (redist < GIC_ICPENDR && b == 0)
		done = write_word(vcpu, &vcpu->vgic.private, (uint32_t)redist, value);
	if (!done)
		return EXIT_SHORT_NOT;
	guest_short_skip();
	vcpu->counters.exits[EC_DATA_ABORT]++;
	return EXIT_SHORT_DONE;
}

/* Group 1 SGIs as physical ones, each to a pCPU that only this VM uses. */
SHORT_PART bool send_directly(const struct vm *vm, uint32_t targets, uint32_t sgi)
{
	for (; targets; targets &= targets - 1) {
		const struct vcpu *other = vm->vcpu[bits_lowest(targets)];

		if (!(other->vgic.private.reserved >> sgi & 1))
			return false; /* then none has it so, and none is sent */
		if (atomic_load(&other->vgic.private.group1) >> sgi & 1)
			gic_short_send(other->notify, sgi);
	}
	return true;
}

/* Whether one of these vCPUs, of a VM whose guest may, has closed something: then the long way looks what. */
SHORT_PART bool has_closed(const struct vm *vm, uint32_t vcpus)
{
	for (; vcpus; vcpus &= vcpus - 1)
		if (atomic_load(&vm->vcpu[bits_lowest(vcpus)]->vgic.closed.pages->closed))
			return true;
	return false;
}

/* Group 1 SGIs: to the vCPU itself, or to others that have them in Group 1. */
SHORT_PART bool send_sgi(struct vcpu *vcpu, uint64_t sgir, bool may_close)
{
	struct vm *vm = vcpu->vm;
	uint32_t targets, self = 1u << vcpu->index, sgi = sgi_vintid(sgir);

	if ((sgir & ~ICC_SGIR_INTID) == self)
		return (vcpu->vgic.private.group1 >> sgi & 1) && short_list_edge(vcpu, &vcpu->vgic.private, sgi);
	targets = sgi_targets(sgir, vcpu->index, vm->vcpu_count);
	if (vm->vgic.direct)
		return send_directly(vm, targets, sgi);
	if (targets & self || (may_close && has_closed(vm, targets)))
		return false;
	for (; targets; targets &= targets - 1) {
		struct vcpu *other = vm->vcpu[bits_lowest(targets)];

		if (!(atomic_load(&other->vgic.private.group1) >> sgi & 1))
			continue;
		vgic_short_raise(&other->vgic, sgi);
		gic_short_notify(other->notify, box.gic.two_security_states);
	}
	return true;
}

SHORT_PART enum exit_short access_register(struct vcpu *vcpu, uint64_t esr, bool may_close)
{
	if ((esr & ~ESR_SYSREG_RT) != ESR_OF_WRITE(ICC_SGI1R_EL1) || !guest_short_skips_plainly() ||
		!send_sgi(vcpu, operand(vcpu, exit_sysreg_register(esr)), may_close))
		return EXIT_SHORT_NOT;
	guest_short_skip();
	vcpu->counters.exits[EC_SYSREG]++;
	return EXIT_SHORT_DONE;
}

enum exit_short exit_short_register(struct frame *frame, uint64_t esr)
{
	return access_register(vcpu_of_frame(frame), esr, false);
}

enum exit_short exit_short_closed_register(struct frame *frame, uint64_t esr)
{
	return access_register(vcpu_of_frame(frame), esr, true);
}
