/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/housekeeping/show_irq.h"

#include "flow/box/system.h"

static void add_fate(struct show_fate *fate, struct irq_bank *bank, uint32_t intid)
{
	const struct irq_detours *detours = irq_detours(&box.irqs, bank, intid);
	uint64_t queued = atomic_load(&detours->queued), dropped = atomic_load(&detours->dropped);
	uint64_t taken =
		atomic_load(&irq_slot(&box.irqs, bank, intid)->count); /* read last, since it is counted first */

	fate->taken += taken;
	fate->listed += taken - queued - dropped;
	fate->queued += queued;
	fate->spilled += detours->spilled;
	fate->dropped += dropped;
}

struct show_fate show_fate_of(struct vcpu *vcpu)
{
	struct show_fate fate = {0};

	for (uint32_t intid = 0; intid < box.gic.intid_count && intid < GIC_INTID_MAX; intid++) {
		uint64_t word = atomic_load(irq_word(&box.irqs, &vcpu->irqs, intid));

		if (irq_kind(word) == IRQ_GUEST && irq_vcpu(word) == vcpu->number)
			add_fate(&fate, &vcpu->irqs, intid);
	}
	return fate;
}

const char *show_mode_text(const struct vm *vm)
{
	return monitor_delivery_text(vm_is_direct(vm) ? CONFIG_DELIVERY_DIRECT : CONFIG_DELIVERY_VIRTUAL);
}

/* One interrupt of one bank: what a row is about. */
struct shown {
	uint32_t intid;
	unsigned pcpu;
	struct irq_bank *bank;
	uint64_t word;
	struct vcpu *vcpu; /* that owns it, or NULL */
};

/* Has it been taken, and is in no list register yet? */
static bool waits(struct vcpu *vcpu, uint32_t vintid)
{
	const struct vgic_bank *bank = vgic_bank(&vcpu->vm->vgic, &vcpu->vgic, vintid / 32);

	return (atomic_load(&bank->taken) | atomic_load(&vcpu->vgic.raised[vintid / 32])) >> vintid % 32 & 1;
}

/* A private interrupt of a vCPU that is away is in its model alone. */
static bool is_away(const struct shown *shown)
{
	return shown->vcpu && shown->vcpu->away && shown->intid < GIC_PRIVATE_COUNT;
}

static bool is_in(uint32_t bank, const struct shown *shown)
{
	return bank >> irq_vintid(shown->word) % 32 & 1;
}

static bool is_enabled(const struct shown *shown)
{
	if (is_away(shown))
		return is_in(atomic_load(&shown->vcpu->vgic.private.enabled), shown);
	return gic_is_enabled(shown->pcpu, shown->intid);
}

static const char *irq_state_text(const struct shown *shown)
{
	bool pending, active;

	if (shown->vcpu && waits(shown->vcpu, irq_vintid(shown->word)))
		return "waits";
	if (is_away(shown))
		return is_in(atomic_load(&shown->vcpu->vgic.private.active), shown) ? "active" : NULL;
	pending = gic_is_pending(shown->pcpu, shown->intid);
	active = gic_is_active(shown->pcpu, shown->intid);
	if (active)
		return pending ? "both" : "active";
	return pending ? "pending" : NULL;
}

static void show_row(struct answer *answer, const struct shown *shown, const struct show_fate *fate)
{
	const struct vcpu *vcpu = shown->vcpu;

	answer_row(answer, &(struct monitor_irq_row){
						   .intid = shown->intid,
						   .trigger = gic_is_edge(shown->pcpu, shown->intid) ? "edge" : "level",
						   .pcpu = (int)(vcpu ? vcpu->pcpu : shown->pcpu),
						   .owner = vcpu                                      ? vcpu->vm->config->name
									: irq_kind(shown->word) == IRQ_HYPERVISOR ? "signalbox"
																			  : NULL,
						   .vcpu = vcpu ? (int)vcpu->index : -1,
						   .vintid = vcpu ? (int)irq_vintid(shown->word) : -1,
						   .mode = vcpu ? show_mode_text(vcpu->vm) : NULL,
						   .enabled = is_enabled(shown),
						   .state = irq_state_text(shown),
						   .taken = fate->taken,
						   .listed = fate->listed,
						   .queued = fate->queued,
						   .spilled = fate->spilled,
						   .dropped = fate->dropped,
						   .moves = box.irqs.history[shown->intid].move_count,
						   .moved_us = box.irqs.history[shown->intid].moved_us,
					   });
}

/*
 * Signalbox's own interrupts of a pCPU are counted in the bank of the vCPU that is resident there, so in that
 * of each that shares it: these are one row, that of the first.
 */
static struct show_fate fate_of_shown(const struct shown *shown)
{
	const struct pcpu *pcpu = &box.pcpu[shown->pcpu];
	struct show_fate fate = {0};
	struct vcpu *vcpu;

	if (shown->intid >= GIC_PRIVATE_COUNT || shown->vcpu || !pcpu->queue.count) {
		add_fate(&fate, shown->bank, shown->intid);
		return fate;
	}
	for (unsigned n = 0; (vcpu = pcpu_vcpu(pcpu, n)); n++)
		add_fate(&fate, &vcpu->irqs, shown->intid);
	return fate;
}

/* Shows an interrupt, unless a VM is named and does not own it. */
static void show_irq(struct answer *answer, int vm, struct shown shown, bool is_first)
{
	enum irq_owner_kind kind;
	struct show_fate fate;

	shown.word = atomic_load(irq_word(&box.irqs, shown.bank, shown.intid));
	kind = irq_kind(shown.word);
	shown.vcpu = kind == IRQ_GUEST ? box.vcpu[irq_vcpu(shown.word)] : NULL;
	if ((vm >= 0 && (!shown.vcpu || shown.vcpu->vm->number != (unsigned)vm)) || (!shown.vcpu && !is_first))
		return;
	fate = fate_of_shown(&shown);
	if (kind != IRQ_NOBODY || fate.taken)
		show_row(answer, &shown, &fate);
}

/* The SGI or PPI of a pCPU: of each vCPU there. */
static void show_private(struct answer *answer, int vm, unsigned pcpu, uint32_t intid)
{
	struct shown shown = {.intid = intid, .pcpu = pcpu, .bank = &box.pcpu[pcpu].irqs};
	struct vcpu *vcpu = pcpu_vcpu(&box.pcpu[pcpu], 0);

	if (!vcpu)
		show_irq(answer, vm, shown, true);
	for (unsigned n = 0; (vcpu = pcpu_vcpu(&box.pcpu[pcpu], n)); n++) {
		shown.bank = &vcpu->irqs;
		show_irq(answer, vm, shown, n == 0);
	}
}

/* JSON has this in the row. */
static void show_moves(struct answer *answer, uint32_t intid)
{
	const struct irq_history *history = &box.irqs.history[intid];

	if (history->move_count)
		answer_line(answer, "interrupt %u has moved %u time%s, last %llu.%06llu s after boot", intid,
					history->move_count, history->move_count == 1 ? "" : "s",
					(unsigned long long)(history->moved_us / 1000000),
					(unsigned long long)(history->moved_us % 1000000));
}

/* A shared interrupt of Signalbox's own is taken on the housekeeping pCPU. */
void show_irqs(struct answer *answer, const struct monitor_command *command)
{
	int only = command->intid;
	unsigned home = box.config.housekeeping;

	answer_begin(answer);
	for (uint32_t intid = 0; intid < box.gic.intid_count && intid < GIC_INTID_MAX; intid++) {
		struct shown shown = {.intid = intid, .pcpu = home, .bank = pcpu_bank(&box.pcpu[home])};

		if (only >= 0 && intid != (uint32_t)only)
			continue;
		if (intid >= GIC_PRIVATE_COUNT)
			show_irq(answer, command->vm, shown, true);
		for (unsigned pcpu = 0; intid < GIC_PRIVATE_COUNT && pcpu < box.host.cpus.pcpu_count; pcpu++)
			show_private(answer, command->vm, pcpu, intid);
	}
	answer_end(answer);
	for (uint32_t intid = GIC_PRIVATE_COUNT; intid < GIC_INTID_MAX; intid++)
		if (only < 0 || intid == (uint32_t)only)
			show_moves(answer, intid);
}
