/* SPDX-License-Identifier: Apache-2.0 */
#include "board.h"

#include <string.h>

#include "flow/box/timer.h"
#include "flow/box/turn.h"
#include "flow/deliver/irq.h"
#include "flow/deliver/present.h"
#include "flow/exits/handler.h"
#include "flow/hold/sync.h"
#include "flow/housekeeping/housekeeping.h"
#include "flow/life/life.h"
#include "flow/run/run.h"
#include "vm/layout.h"

#define MAINTENANCE 25
#define HYPERVISOR_TIMER 26
#define SETTLE_ROUNDS_MAX 64
/* x0..x3, x8, x9, x16, x17 and x30; x0..x18 and x30 (machine/arm64/vectors.S). */
#define RELOADED_SHORT 0x4003030fu
#define RELOADED_CALLER_SAVED 0x4007ffffu

struct box box;
static struct vcpu vcpus[BOARD_VCPUS + 1];
static bool in_guest[BOARD_VCPUS + 1]; /* by pCPU */
static uint32_t reloaded;
static uint32_t held; /* pCPUs that sync_hold() brought to EL2 */
static unsigned pcpu_count;
static _Alignas(8) uint8_t ram[2][BOARD_RAM_SIZE];
static uint64_t stage2[2][2 * PAGE_SIZE / sizeof(uint64_t)]; /* nothing is mapped */
static const uint8_t image[8] = {1, 2, 3, 4, 5, 6, 7, 8};

/* The vCPU whose exit or interrupt is being taken. */
static struct vcpu *on_pcpu;

static void link_interrupt(struct vm *vm, unsigned vcpu, uint32_t intid, bool edge)
{
	struct vcpu *owner = vm->vcpu[vcpu];

	if (irq_give(irq_word(&box.irqs, &owner->irqs, intid), owner->number, intid) != OK)
		board_fail("interrupt %u has two owners", intid);
	vgic_link(&vm->vgic, vcpu, intid, intid, edge);
	gic_set_edge(owner->pcpu, intid, edge);
	if (intid >= GIC_PRIVATE_COUNT)
		gic_route(intid, owner->pcpu);
}

static void make_pcpu(unsigned pcpu)
{
	const uint32_t own[] = {gic_kick_notify(false), gic_kick_attend(false), MAINTENANCE, HYPERVISOR_TIMER};

	fake_cpu_select(pcpu);
	if (gic_init_pcpu() != OK)
		board_fail("a pCPU does not begin");
	for (unsigned i = 0; i < ARRAY_COUNT(own); i++) {
		gic_enable(pcpu, own[i]);
		gic_set_priority(pcpu, own[i], GIC_PRIORITY_HYPERVISOR);
		if (irq_give_hypervisor(&pcpu_bank(&box.pcpu[pcpu])->slot[own[i]].word) != OK)
			board_fail("interrupt %u has two owners", own[i]);
	}
	in_guest[pcpu] = false;
}

static void make_vcpu(struct vm *vm, unsigned index)
{
	unsigned pcpu = box.vcpu_count++;
	struct vcpu *vcpu = &vcpus[pcpu];

	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->vm = vm;
	vcpu->index = index;
	vcpu->number = vcpu->pcpu = pcpu;
	vcpu->notify = gic_notify_word(pcpu);
	vcpu->irq_tag = IRQ_TAG_NEVER;
	vm->vcpu[index] = box.vcpu[pcpu] = box.pcpu[pcpu].vcpu = vcpu;
	vgic_add_cpu(&vm->vgic, &vcpu->vgic);
	make_pcpu(pcpu);
	link_interrupt(vm, index, GUEST_VIRTUAL_TIMER_INTID, false);
}

static void make_config(struct config_vm *config, bool neighbour, unsigned vcpu_count)
{
	strcpy(config->name, neighbour ? "neighbour" : "guest");
	config->valid = true;
	config->machine = CONFIG_MACHINE_VIRT;
	config->vcpu_count = vcpu_count;
	config->memory_ipa = config->image_load = config->image_entry = BOARD_RAM_IPA;
	config->memory_size = BOARD_RAM_SIZE;
	config->image = (struct blob){image, sizeof(image)};
	config->image_kind = CONFIG_IMAGE_RAW;
	config->share[0] = (struct config_share){.shared = 0, .size = PAGE_SIZE};
	config->share[0].doorbell = neighbour ? BOARD_NEIGHBOUR_DOORBELL : 0;
	config->share_count = 1;
}

static void make_vm(unsigned number, unsigned vcpu_count, unsigned intid_count)
{
	struct vm *vm = &box.vm[number];

	make_config(&box.config.vm[number], number, vcpu_count);
	vm->config = &box.config.vm[number];
	vm->number = number;
	vm->vmid = (uint16_t)(number + 1);
	vm->lock.rank = LOCK_VM;
	vm->uart_lock.rank = vm->virt_lock.rank = LOCK_DEVICE;
	vm->memory = mmu_address(ram[number]);
	table_init(&vm->stage2, stage2[number], 40, true, NULL);
	vm->tree = vm->config->image;
	vm->placement = (struct config_placement){.image = BOARD_RAM_IPA,
											  .image_size = sizeof(image),
											  .entry = BOARD_RAM_IPA,
											  .tree = BOARD_RAM_IPA + 64};
	vgic_init(&vm->vgic, intid_count, 5);
	vm->vcpu_count = vcpu_count;
	vm->psci =
		(struct psci_view){.ram_ipa = BOARD_RAM_IPA, .ram_size = BOARD_RAM_SIZE, .vcpu_count = vcpu_count};
	for (unsigned v = 0; v < vcpu_count; v++)
		make_vcpu(vm, v);
	vgic_reset(&vm->vgic);
	pl011_reset(&vm->uart);
	pl031_init(&vm->rtc, &box.time);
	regions_make(&vm->regions, vm->config);
	vm->state = VM_STOPPED;
	if (doorbell_add(&box.doorbell[0], number, number ? BOARD_NEIGHBOUR_DOORBELL : 0) != OK ||
		life_start(vm) != OK)
		board_fail("a VM does not start");
}

static void move_lines(unsigned pcpu)
{
	fake_cpu_select(pcpu);
	fake_gic_set_line(MAINTENANCE, fake_vif_wants_maintenance());
	fake_gic_set_line(HYPERVISOR_TIMER, fake_timer_deadline() <= cpu_counter());
}

/* Else a vCPU that is suspended would be told of what was once, without end. */
static void move_own_lines(void)
{
	move_lines(pcpu_this());
}

void board_begin(const struct board_setup *setup)
{
	memset(&box, 0, sizeof(box));
	box.moving.rank = LOCK_MOVE;
	held = 0;
	fake_reset();
	fake_cpu_set_others(move_own_lines);
	fake_gic_set_lr_count(setup->lr_count);
	box.time = (struct pl031_time){cpu_counter(), cpu_counter_frequency(), UINT32_MAX};
	if (gic_init_distributor(&box.host.gic, &box.gic) != OK)
		board_fail("the distributor does not begin");
	box.host.maintenance_intid = MAINTENANCE;
	box.host.timer_hypervisor_intid = HYPERVISOR_TIMER;
	make_vm(0, setup->vcpu_count, setup->intid_count);
	make_vm(1, 1, 64);
	pcpu_count = box.vcpu_count;
	link_interrupt(&box.vm[0], 0, BOARD_LEVEL_INTID, false);
	for (uint32_t intid = BOARD_EDGE_INTID; intid <= (setup->movable ? BOARD_LAST_INTID : BOARD_EDGE_INTID);
		 intid++)
		link_interrupt(&box.vm[0], 0, intid, true);
	link_interrupt(&box.vm[1], 0, BOARD_NEIGHBOUR_INTID, true);
	if (setup->movable)
		board_make_movable(setup);
	board_settle();
}

bool board_runs(unsigned vcpu)
{
	return in_guest[vcpu];
}

static struct frame *attend(void)
{
	return run_attend(&on_pcpu->frame);
}

/* `function` returns the frame to enter, or NULL. */
static void enter_el2(unsigned pcpu, struct frame *(*function)(void))
{
	fake_cpu_select(pcpu);
	on_pcpu = box.pcpu[pcpu].vcpu;
	in_guest[pcpu] = function();
	if (!in_guest[pcpu])
		life_stop_vcpu(on_pcpu); /* as run_idle() does */
	if (in_guest[pcpu] && run_must_attend(on_pcpu) && !gic_is_pending(pcpu, gic_kick_notify(false)) &&
		!gic_is_pending(pcpu, gic_kick_attend(false)))
		board_fail("the guest goes on with something to attend to, and nobody will tell");
}

static void run_on(unsigned pcpu, struct frame *(*function)(void))
{
	enter_el2(pcpu, function);
	while (held) {
		unsigned other = bits_lowest(held);

		held &= held - 1;
		enter_el2(other, attend);
	}
}

/* The vectors' choice. */
static enum exit_short take_short_exit(uint64_t esr)
{
	struct frame *frame = &on_pcpu->frame;

	if (esr == (FIELD_PUT(ESR_EC, EC_HVC64) | ESR_IL))
		return exit_short_call(frame);
	if (exit_class(esr) == EC_SYSREG)
		return exit_short_register(frame, esr);
	return esr & ESR_WNR ? exit_short_store(frame, esr) : exit_short_load(frame, esr);
}

/* Which registers the vectors load again depends on the way. */
static struct frame *take_exit(void)
{
	struct frame *frame = &on_pcpu->frame;
	enum exit_short way = take_short_exit(guest_esr());

	reloaded = way == EXIT_SHORT_DONE ? RELOADED_SHORT : UINT32_MAX;
	if (way != EXIT_SHORT_NOT)
		return frame;
	if (exit_from_guest(frame))
		return run_attend(frame);
	reloaded = frame->callee_changed ? UINT32_MAX : RELOADED_CALLER_SAVED;
	return frame;
}

uint32_t board_exit(unsigned vcpu, struct guest_syndrome syndrome)
{
	fake_cpu_select(vcpu);
	fake_guest_set_syndrome(syndrome);
	box.vcpu[vcpu]->frame.callee_changed = 0;
	run_on(vcpu, take_exit);
	return reloaded;
}

/* The same for an interrupt: the short way, the interrupts that it left, and whether to attend. */
static struct frame *take_interrupt(void)
{
	struct frame *frame = &on_pcpu->frame;
	uint64_t left = irq_short_group0(frame);

	if (left == gic_kick_notify(false) + 1)
		left = irq_short_news_group0(frame);
	return left && irq_from_guest_group0(frame, left - 1) ? run_attend(frame) : frame;
}

static struct frame *take_idle(void)
{
	irq_take_idle(on_pcpu);
	return life_step(on_pcpu) == LIFE_ENTERS ? run_start(on_pcpu) : NULL;
}

void board_take(unsigned pcpu)
{
	move_lines(pcpu);
	if (!in_guest[pcpu])
		run_on(pcpu, take_idle);
	else if (fake_gic_signals())
		run_on(pcpu, take_interrupt);
}

static bool is_due(unsigned pcpu)
{
	const struct vcpu *vcpu = box.pcpu[pcpu].vcpu;
	const struct vm *vm = vcpu->vm;

	move_lines(pcpu);
	return fake_gic_signals() || vm->state == VM_STARTING || vm->state == VM_STOPPING ||
		   (!in_guest[pcpu] && vm->state == VM_RUNNING && vm->psci.pending >> vcpu->index & 1);
}

void board_settle(void)
{
	bool due = true;

	for (unsigned round = 0; due; round++) {
		if (round > SETTLE_ROUNDS_MAX)
			board_fail("the system does not come to rest");
		due = false;
		for (unsigned p = 0; p < pcpu_count; p++) {
			board_take(p);
			due |= is_due(p);
		}
	}
}

void board_pass_time(uint64_t ticks)
{
	fake_counter_advance(ticks);
}

void board_switch(enum vm_after after)
{
	board_switch_vm(board_guest(), after);
}

static struct frame *renew(void)
{
	present_fold(on_pcpu);
	return run_attend(&on_pcpu->frame);
}

void board_renew(void)
{
	for (unsigned p = 0; p < pcpu_count; p++)
		if (in_guest[p])
			run_on(p, renew);
}

void board_switch_vm(struct vm *vm, enum vm_after after)
{
	fake_cpu_select(pcpu_count - 1);
	if (vm->state != VM_STOPPED)
		life_stop(vm, after);
	else if (life_start(vm) != OK)
		board_fail("the guest does not start again");
}

/*
 * The kick brings a vCPU that is held to EL2, where it first takes what is pending, and keeps it there. Here
 * is only one thread, so all of this is done at once, and the rest when the exit that held it is over.
 */
bool sync_hold(struct vm *vm, uint32_t vcpus_to_hold, unsigned patience_us)
{
	unsigned caller = pcpu_this();

	(void)patience_us;
	for (; vcpus_to_hold; vcpus_to_hold &= vcpus_to_hold - 1) {
		struct vcpu *vcpu = vm->vcpu[bits_lowest(vcpus_to_hold)];

		if (!vcpu->live)
			continue;
		fake_cpu_select(vcpu->pcpu);
		irq_from_guest_group0(&vcpu->frame, gic_acknowledge_group0());
		present_fold(vcpu);
		held |= 1u << vcpu->pcpu;
	}
	fake_cpu_select(caller);
	return true;
}

void sync_release(struct vm *vm, uint32_t vcpus_held)
{
	(void)vm;
	(void)vcpus_held;
}

void sync_go_live(struct vcpu *vcpu)
{
	atomic_store(&vcpu->live, 1);
}

void sync_end_live(struct vcpu *vcpu)
{
	atomic_store(&vcpu->live, 0);
}

void board_write(unsigned vcpu, uint64_t ipa, uint32_t value)
{
	uint64_t esr = FIELD_PUT(ESR_EC, EC_DATA_ABORT) | ESR_IL | ESR_ISV | FIELD_PUT(ESR_SAS, 2) | ESR_WNR | 7;

	box.vcpu[vcpu]->frame.x[0] = value;
	board_exit(vcpu, (struct guest_syndrome){esr, ipa, ipa >> 12 << 4});
}

/* The console and the machine's power belong to other fuzzers. */
void turn_want(void) {}
void turn_want_at_once(void) {}

void housekeeping_work(void) {}

bool turn_begin(void)
{
	return true;
}

void turn_end(void) {}
void turn_put_off(void) {}

bool turn_is_wanted(void)
{
	return false;
}
