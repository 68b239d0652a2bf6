/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The long way of an interrupt, from top to bottom, for all that the short way (flow/deliver/irq_short.c)
 * does not do: acknowledge until nothing is left; read the owner word. If the interrupt belongs to the vCPU
 * that runs here and nothing is unusual, it goes into a free list register. Everything else takes the
 * complete path below: the hypervisor's own interrupts are handled, a guest's become pending in its model.
 */
#include "flow/deliver/irq.h"

#include "base/log.h"
#include "flow/box/turn.h"
#include "flow/deliver/direct.h"
#include "flow/deliver/due.h"
#include "flow/deliver/irq_away.h"
#include "flow/deliver/notify.h"
#include "flow/hold/mark.h"
#include "machine/api/uart.h"

/* May the interrupt with this word go straight into a list register of the vCPU that runs here? */
static inline bool is_ready_for(const struct vcpu *vcpu, uint64_t word)
{
	return __builtin_expect(((word ^ vcpu->irq_tag) & IRQ_WORD_TAG) == 0, 1);
}

/* Where the vCPU shares its pCPU, that is mostly one which is away. */
static inline bool is_for_another(const struct vcpu *here, uint64_t word)
{
	return irq_kind(word) == IRQ_GUEST && irq_vcpu(word) != here->number;
}

static uint64_t take_slowly(struct vcpu *vcpu, uint32_t intid, uint64_t word, uint32_t empty);

/* The list registers that a batch may fill without a look at the others: see lists.c: is_simple(). */
static inline uint32_t free_list_registers(void)
{
	uint32_t empty = gic_lr_empty();

	if (__builtin_expect(!box.has_foreign_ends, 1))
		return empty;
	return empty == (uint32_t)(BIT(box.gic.lr_count) - 1) ? 1 : 0;
}

/* From `intid`, which is acknowledged, until nothing is left. `vcpu` runs here. */
static uint64_t take_batch(struct vcpu *vcpu, enum group group, uint32_t intid)
{
	/* Read once: what is written below need not show in it before an ISB. */
	uint32_t empty = free_list_registers();
	uint64_t attend = 0;
	unsigned count = 0;

	for (uint32_t next; gic_is_interrupt(intid); intid = next) {
		struct irq_slot *slot = irq_slot(&box.irqs, &vcpu->irqs, intid);
		uint64_t word = atomic_load(&slot->word);

		if (empty && is_ready_for(vcpu, word)) {
			slot->count++;
			gic_lr_write(bits_lowest(empty), word & ~IRQ_WORD_TAG);
			empty &= empty - 1;
			drop(group, intid);
		} else if (vcpu->shares && is_for_another(vcpu, word) && count < box.gic.intid_count) {
			next = irq_away_take(vcpu, group, intid);
			count++;
			attend |= vcpu->chooses;
			continue;
		} else {
			slot->count++;
			drop(group, intid); /* before anybody deactivates it */
			attend |= take_slowly(vcpu, intid, word, empty);
		}
		/* A device that nobody can quiet must not keep the pCPU for ever. */
		if (++count > box.gic.intid_count) {
			pcpu_here()->long_batches++;
			gic_settle(); /* as after the last acknowledgement of a batch that ends by itself */
			break;
		}
		next = acknowledge(group);
	}
	return attend;
}

static __attribute__((noinline)) uint64_t take_directly(struct vcpu *vcpu, enum group group, uint32_t intid)
{
	uint64_t attend;

	direct_begin(vcpu);
	attend = take_batch(vcpu, group, intid);
	direct_end(vcpu);
	return attend;
}

/* Those that come first are often all, and for vCPUs that are away: this guest runs on. */
static __attribute__((noinline)) uint64_t take_away_first(struct vcpu *vcpu, enum group group, uint32_t intid)
{
	intid = irq_away_take(vcpu, group, intid);
	if (!gic_is_interrupt(intid))
		return vcpu->chooses;
	return take_batch(vcpu, group, intid) | vcpu->chooses;
}

static inline uint64_t take_from_guest(struct vcpu *vcpu, enum group group, uint32_t intid)
{
	if (__builtin_expect(vcpu->special, 0)) {
		if (vcpu->direct)
			return take_directly(vcpu, group, intid);
		/* Private ones have no owner there. */
		if (is_for_another(vcpu, atomic_load(&box.irqs.shared[intid].word)))
			return take_away_first(vcpu, group, intid);
	}
	return take_batch(vcpu, group, intid);
}

uint64_t irq_from_guest_group0(struct frame *frame, uint64_t intid)
{
	return take_from_guest(vcpu_of_frame(frame), GROUP0, (uint32_t)intid);
}

uint64_t irq_from_guest_group1(struct frame *frame, uint64_t intid)
{
	return take_from_guest(vcpu_of_frame(frame), GROUP1, (uint32_t)intid);
}

/* The hypervisor's own interrupts, and those of guests with virtual delivery. */
static inline enum group own_group(void)
{
	return box.gic.two_security_states ? GROUP1 : GROUP0;
}

uint64_t irq_take_waiting(struct vcpu *vcpu)
{
	enum group group = own_group();
	uint64_t attend;

	direct_begin(vcpu); /* before the acknowledgement */
	attend = take_batch(vcpu, group, acknowledge(group));
	direct_end(vcpu);
	return attend;
}

/* Of a VM that does not run here, or moving to another one. */
static __attribute__((noinline)) uint64_t take_for_another(struct vcpu *here, uint32_t intid)
{
	mark_set();
	return irq_away_take_marked(here, intid);
}

/*
 * The owner is not simply running here: its model takes the interrupt, which stays active until the guest
 * ends it.
 */
static uint64_t take_for_guest(struct vcpu *here, uint32_t intid, uint64_t word, uint32_t empty)
{
	struct vcpu *owner = box.vcpu[irq_vcpu(word)];
	struct irq_detours *detours;
	uint32_t attend;

	if (__builtin_expect(owner->vm != here->vm, 0))
		return take_for_another(here, intid);
	attend = vgic_raise_at(&owner->vm->vgic, owner->index, irq_vintid(word));
	detours = irq_detours(&box.irqs, &here->irqs, intid);
	detours->queued++;
	if (owner != here)
		return irq_away_announce(owner, attend, here);
	if (!empty || here->vgic.hcr & ICH_HCR_NPIE)
		detours->spilled++;
	return ATTEND_NEWS; /* before its guest runs on */
}

static void take_console_uart(void)
{
	uart_quiet();
	turn_want();
}

static void take_for_hypervisor(struct vcpu *vcpu, uint32_t intid)
{
	if (intid == box.host.maintenance_intid && vcpu) {
		/* Its line falls when the list registers are folded: run_attend() deactivates it after that. */
		vcpu->refold = true;
		return;
	}
	if (intid == box.host.timer_hypervisor_intid)
		due_take();
	else if (intid == box.host.uart_intid)
		take_console_uart();
	gic_deactivate(intid);
	if (vcpu)
		vcpu->chooses = vcpu->shares;
}

/*
 * Without an owner: it must not come again. An interrupt that a VM owns stays its own when the VM stops, and
 * one that moves is IRQ_MOVING: neither comes here.
 */
static __attribute__((noinline, cold)) void take_unowned(uint32_t intid)
{
	static struct log_source said;

	pcpu_here()->unowned_interrupts++;
	irq_detours(&box.irqs, pcpu_bank(pcpu_here()), intid)->dropped++;
	if (gic_disable(pcpu_this(), intid) != OK)
		log_of_limited(&said, LOG_ERROR,
					   "interrupt %u has no owner, and the distributor does not confirm that it is disabled",
					   intid);
	gic_deactivate(intid);
}

static uint64_t take_slowly(struct vcpu *vcpu, uint32_t intid, uint64_t word, uint32_t empty)
{
	if (irq_kind(word) == IRQ_GUEST)
		return take_for_guest(vcpu, intid, word, empty);
	if (irq_kind(word) == IRQ_HYPERVISOR) {
		take_for_hypervisor(vcpu, intid);
		return ATTEND_ALL;
	}
	if (irq_kind(word) == IRQ_MOVING)
		return take_for_another(vcpu, intid);
	take_unowned(intid);
	return 0;
}

/* `intid` is acknowledged, marked, and no guest runs here. */
static void take_without_guest(enum group group, uint32_t intid)
{
	struct irq_slot *slot = irq_slot(&box.irqs, pcpu_bank(pcpu_here()), intid);
	enum irq_owner_kind kind = irq_kind(atomic_load(&slot->word));

	slot->count++;
	drop(group, intid);
	if (kind == IRQ_GUEST || kind == IRQ_MOVING) {
		irq_away_take_marked(NULL, intid);
		return;
	}
	mark_clear(); /* the other words never change */
	if (kind == IRQ_HYPERVISOR)
		take_for_hypervisor(NULL, intid);
	else
		take_unowned(intid);
}

/* Each has a mark of its own, for locks are taken behind it. */
void irq_take_idle(const struct vcpu *vcpu)
{
	struct pcpu *pcpu = pcpu_here();
	enum group group = own_group();
	unsigned count = 0;
	uint32_t intid;

	do {
		mark_idle(vcpu);
		gic_settle(); /* the mark is visible before the acknowledgement, which no DMB waits for */
		intid = acknowledge(group);
		if (gic_is_interrupt(intid)) {
			gic_settle(); /* who waits for the mark finds it active */
			take_without_guest(group, intid);
		} else {
			mark_clear();
		}
	} while (gic_is_interrupt(intid) && ++count <= box.gic.intid_count);
	if (count > box.gic.intid_count)
		pcpu->long_batches++;
}
