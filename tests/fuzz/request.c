/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests that change who has what: moves of interrupts and devices, changes of delivery, doorbells, power;
 * with any arguments, from any vCPU of two VMs, in any state that both can be in, at any moment of their
 * interrupts. What is refused has changed nothing: owners, models, delivery, power, list registers and the
 * physical GIC are compared before and after. What is granted is so.
 *
 * Left out of the comparison: counters and what others may take of a VM's time (a refusal may be counted),
 * locks (their tickets), the caller's x0, and `busy`, which says how a vCPU was found at its last
 * fold. Of a device's move that is undone behind its first interrupt only owners, routes and registers are
 * compared: what was pending in the model is pending at the physical GIC then.
 *
 * Input: vCPUs of the guest, permissions of both; then a byte for each step, and what it needs.
 */
#include <string.h>

#include "base/bits.h"
#include "board.h"
#include "flow/deliver/link.h"
#include "flow/own/move.h"
#include "flow/own/passthrough.h"
#include "input.h"
#include "signalbox/hypercall.h"
#include "vm/exit.h"
#include "vm/layout.h"
#include "vm/smccc.h"

#define SPIS 64

struct interrupt {
	bool enabled, group1, pending, active, edge;
	uint8_t priority;
	unsigned route;
	uint64_t owner;
};

struct seen_vm {
	enum vm_state state;
	enum vm_after after;
	struct psci_view psci;
	uint32_t parked, registers;
	enum config_delivery delivery;
	struct vgic vgic;
	uint64_t stage2[2]; /* the bytes after the first page of each device */
	bool seized;
};

struct seen_vcpu {
	struct vgic_cpu vgic;
	bool direct, live, ends_direct, stopping, asked;
	uint32_t hold;
	uint64_t irq_tag, lr[GIC_LR_MAX], vmcr, hcr;
	struct interrupt private[GIC_PRIVATE_COUNT];
};

static struct seen {
	struct seen_vm vm[2];
	struct seen_vcpu vcpu[BOARD_VCPUS + 1];
	struct interrupt shared[SPIS];
} before, after;

static struct input input;
static unsigned stuck_at; /* at which call of gic_disable() the distributor does not answer; 0: at none */

static struct interrupt look_at(struct vcpu *vcpu, uint32_t intid)
{
	struct interrupt it;
	unsigned pcpu = vcpu->pcpu;

	memset(&it, 0, sizeof(it)); /* with the padding, which is compared too */
	it.enabled = fake_gic_is_enabled(pcpu, intid);
	it.group1 = fake_gic_is_group1(pcpu, intid);
	it.pending = gic_is_pending(pcpu, intid);
	it.active = gic_is_active(pcpu, intid);
	it.edge = gic_is_edge(pcpu, intid);
	it.priority = fake_gic_priority(pcpu, intid);
	it.route = intid >= GIC_PRIVATE_COUNT ? fake_gic_route(intid) : 0;
	it.owner = *irq_word(&box.irqs, &vcpu->irqs, intid);
	return it;
}

static void look_at_vm(const struct vm *vm, struct seen_vm *out)
{
	unsigned access;

	out->state = vm->state;
	out->after = vm->after;
	out->psci = vm->psci;
	out->parked = vm->parked;
	out->registers = box.registers[vm->number];
	out->delivery = vm->delivery;
	out->vgic = vm->vgic;
	memset(&out->vgic.lock, 0, sizeof(out->vgic.lock));
	out->seized = vm->seized;
	for (unsigned d = 0; d < 2; d++)
		if (table_look_up(&vm->stage2, BOARD_DEVICE_BASE + d * PAGE_SIZE, &out->stage2[d], &access) != OK)
			out->stage2[d] = UINT64_MAX;
}

static void look_at_vcpu(struct vcpu *vcpu, struct seen_vcpu *out)
{
	fake_cpu_select(vcpu->pcpu);
	out->vgic = vcpu->vgic;
	out->direct = vcpu->direct;
	out->live = vcpu->live;
	out->ends_direct = vcpu->ends_direct;
	out->stopping = vcpu->stopping;
	out->asked = vcpu->asked;
	out->hold = vcpu->hold;
	out->irq_tag = vcpu->irq_tag;
	out->vmcr = gic_vif_vmcr();
	out->hcr = gic_vif_control();
	for (unsigned n = 0; n < box.gic.lr_count; n++)
		out->lr[n] = gic_lr_read(n);
	for (uint32_t intid = 0; intid < GIC_PRIVATE_COUNT; intid++)
		out->private[intid] = look_at(vcpu, intid);
}

static void look(struct seen *out)
{
	memset(out, 0, sizeof(*out));
	board_renew();
	for (unsigned v = 0; v < 2; v++)
		look_at_vm(&box.vm[v], &out->vm[v]);
	for (unsigned v = 0; v < box.vcpu_count; v++)
		look_at_vcpu(box.vcpu[v], &out->vcpu[v]);
	for (uint32_t intid = GIC_PRIVATE_COUNT; intid < SPIS; intid++)
		out->shared[intid] = look_at(box.vcpu[0], intid);
}

/* A spoiled word names the vCPU for which it was made last, whatever the route is now: only the VM counts. */
static const struct vm *owner_of(uint64_t word)
{
	return irq_kind(word) == IRQ_GUEST ? box.vcpu[irq_vcpu(word)]->vm : NULL;
}

/* Only owners, routes and registers. */
static const char *difference_of_owners(void)
{
	for (unsigned v = 0; v < 2; v++)
		if (before.vm[v].registers != after.vm[v].registers ||
			memcmp(before.vm[v].stage2, after.vm[v].stage2, sizeof(before.vm[v].stage2)))
			return "who has registers";
	for (unsigned v = 0; v < 2; v++)
		if (memcmp(before.vm[v].vgic.router, after.vm[v].vgic.router, sizeof(after.vm[v].vgic.router)))
			return "a route";
	for (uint32_t intid = GIC_PRIVATE_COUNT; intid < SPIS; intid++)
		if (((before.shared[intid].owner ^ after.shared[intid].owner) & IRQ_WORD_KIND) ||
			owner_of(before.shared[intid].owner) != owner_of(after.shared[intid].owner))
			return "who owns interrupts";
	return NULL;
}

static const char *difference(void)
{
	if (stuck_at > 1)
		return difference_of_owners();
	for (unsigned v = 0; v < 2; v++) {
		if (memcmp(&before.vm[v].vgic, &after.vm[v].vgic, sizeof(before.vm[v].vgic)))
			return "the model of a VM's GIC";
		if (memcmp(&before.vm[v], &after.vm[v], sizeof(before.vm[v])))
			return "a VM's state";
	}
	for (unsigned v = 0; v < box.vcpu_count; v++) {
		if (memcmp(&before.vcpu[v].vgic, &after.vcpu[v].vgic, sizeof(before.vcpu[v].vgic)))
			return "a vCPU's model";
		if (memcmp(before.vcpu[v].private, after.vcpu[v].private, sizeof(before.vcpu[v].private)))
			return "a private interrupt";
		if (memcmp(&before.vcpu[v], &after.vcpu[v], sizeof(before.vcpu[v])))
			return "a vCPU's state";
	}
	return memcmp(before.shared, after.shared, sizeof(before.shared)) ? "a shared interrupt" : NULL;
}

static bool is_request(uint32_t function)
{
	return function == SIGNALBOX_CALL_IRQ_MOVE || function == SIGNALBOX_CALL_DEVICE_MOVE ||
		   function == SIGNALBOX_CALL_DELIVERY;
}

/* The answer was OK. */
static void check_granted(const uint64_t x[])
{
	const struct vm *vm = &box.vm[x[2] % 2];
	uint32_t function = (uint32_t)x[0];

	if (function == SIGNALBOX_CALL_IRQ_MOVE && link_owner((uint32_t)x[1]) != vm)
		board_fail("interrupt %u has moved, and VM %u does not own it", (uint32_t)x[1], vm->number);
	if (function == SIGNALBOX_CALL_DEVICE_MOVE && passthrough_holder((uint32_t)x[1]) != vm)
		board_fail("the device of interrupt %u has moved, and VM %u does not have its registers",
				   (uint32_t)x[1], vm->number);
	if (function == SIGNALBOX_CALL_DELIVERY && (unsigned)box.vm[x[1]].delivery != (unsigned)x[2])
		board_fail("delivery of VM %u was changed, and is not as it was wished", (unsigned)x[1]);
}

/* One owner of each, and their registers with one of them. */
static void check_owners(void)
{
	static const uint32_t intids[] = {BOARD_LEVEL_INTID,    BOARD_EDGE_INTID, BOARD_EDGE_INTID + 1,
									  BOARD_LAST_INTID - 1, BOARD_LAST_INTID, BOARD_NEIGHBOUR_INTID};

	for (unsigned i = 0; i < ARRAY_COUNT(intids); i++) {
		struct vm *owner = link_owner(intids[i]);
		unsigned linked = 0;

		for (unsigned v = 0; v < 2; v++)
			if (box.vm[v].vgic.spi[0].linked >> (intids[i] % 32) & 1)
				linked |= 1u << v;
		if (!owner || linked != 1u << owner->number)
			board_fail("interrupt %u belongs to VM %d, and is linked for VMs 0x%x", intids[i],
					   owner ? (int)owner->number : -1, linked);
		if (passthrough_has(&box.vm[0], intids[i]) == passthrough_has(&box.vm[1], intids[i]))
			board_fail("the registers of interrupt %u have no owner, or two", intids[i]);
	}
	for (unsigned v = 0; v < box.vcpu_count; v++)
		if (box.vcpu[v]->hold)
			board_fail("vCPU %u is held by nobody", v);
}

static uint64_t choose_function(void)
{
	static const uint32_t functions[] = {SIGNALBOX_CALL_IRQ_MOVE, SIGNALBOX_CALL_DEVICE_MOVE,
										 SIGNALBOX_CALL_DELIVERY, SIGNALBOX_CALL_RING};
	uint8_t which = input_byte(&input);

	if (which >= 0xe0)
		return PSCI_FUNCTION_BASE | (which & 1 ? PSCI_FUNCTION_64 : 0) | (which >> 1) % 6;
	return functions[which % ARRAY_COUNT(functions)];
}

static void choose_arguments(uint64_t x[])
{
	static const uint16_t intids[] = {BOARD_LEVEL_INTID, BOARD_EDGE_INTID, BOARD_NEIGHBOUR_INTID, 27, 33, 1,
									  BOARD_LAST_INTID};
	static const uint16_t flags[] = {0,      0,      SIGNALBOX_MOVE_FORCE,
									 1 << 8, 2 << 8, 1 << 8 | SIGNALBOX_MOVE_FORCE};
	uint8_t how = input_byte(&input);
	bool delivers = (uint32_t)x[0] == SIGNALBOX_CALL_DELIVERY;

	x[1] = delivers ? how % 2 : intids[how % ARRAY_COUNT(intids)];
	x[2] = delivers ? (how >> 1) % 3 : (how >> 4) % 2;
	x[3] = flags[input_byte(&input) % ARRAY_COUNT(flags)];
	if (how >= 0xf0)
		x[1 + how % 3] = input_value(&input);
}

static void call(unsigned v, const uint64_t x[4])
{
	memcpy(box.vcpu[v]->frame.x, x, 4 * sizeof(x[0]));
	board_exit(v, (struct guest_syndrome){.esr = FIELD_PUT(ESR_EC, EC_HVC64) | ESR_IL});
}

static void step_request(unsigned v)
{
	struct vcpu *vcpu = box.vcpu[v];
	uint64_t x[4] = {choose_function()};
	int64_t answer;
	const char *what;

	choose_arguments(x);
	board_settle();
	if (!board_runs(v))
		return;
	look(&before);
	call(v, x);
	if (!board_runs(v) || vcpu->vm->state != VM_RUNNING)
		return;
	answer = (int64_t)vcpu->frame.x[0];
	look(&after);
	what = answer < 0 ? difference() : NULL;
	if (what)
		board_fail("call 0x%x(0x%llx, 0x%llx, 0x%llx) of vCPU %u is refused with %lld, and has changed %s",
				   (uint32_t)x[0], (unsigned long long)x[1], (unsigned long long)x[2],
				   (unsigned long long)x[3], v, (long long)answer, what);
	if (answer == SIGNALBOX_OK && is_request((uint32_t)x[0]))
		check_granted(x);
}

static void step_device(unsigned v)
{
	static const uint32_t intids[] = {GUEST_VIRTUAL_TIMER_INTID, BOARD_LEVEL_INTID, BOARD_EDGE_INTID,
									  BOARD_NEIGHBOUR_INTID, BOARD_LAST_INTID};
	uint8_t what = input_byte(&input);

	fake_cpu_select(v);
	fake_gic_set_line(intids[what % ARRAY_COUNT(intids)], what & 0x80);
}

/* Its handlers begin and end, as they reach it. */
static void step_handler(unsigned v)
{
	uint8_t what = input_byte(&input);
	uint32_t intid = BOARD_LEVEL_INTID + what / 16;

	fake_cpu_select(v);
	if (box.vcpu[v]->direct && what & 1)
		gic_direct_end(intid);
	else if (box.vcpu[v]->direct)
		gic_direct_acknowledge();
	else if (what & 1)
		fake_guest_end(1, intid);
	else
		fake_guest_acknowledge(1);
}

/* A register of the distributor, or of its redistributor: most are written as drivers do. */
static void step_driver(unsigned v)
{
	static const uint16_t registers[] = {GIC_ISENABLER, GIC_ICENABLER, GIC_IGROUPR,  GIC_ISPENDR,
										 GIC_ICPENDR,   GIC_ISACTIVER, GIC_ICACTIVER};
	uint8_t what = input_byte(&input);
	unsigned bank = what >> 7;
	uint64_t base =
		bank ? GUEST_GICD_BASE : GUEST_GICR_BASE + box.vcpu[v]->index * GUEST_GICR_STRIDE + GICR_SGI_BASE;

	if (what & 0x40)
		board_write(v, GUEST_GICD_BASE + GICD_CTLR, what & 3);
	else
		board_write(v, base + registers[what % ARRAY_COUNT(registers)] + 4 * bank,
					what & 0x20 ? UINT32_MAX : (uint32_t)input_value(&input));
}

static void step_interface(unsigned v)
{
	fake_cpu_select(v);
	if (!box.vcpu[v]->direct)
		gic_vif_set_vmcr(FIELD_PUT(BITS(31, 24), 0xf8) | (input_byte(&input) & 3));
}

static void step_take(unsigned v)
{
	board_take(v);
}

static void step_person(unsigned v)
{
	board_switch_vm(box.vcpu[v]->vm, input_byte(&input) & 1 ? VM_THEN_RESTART : VM_THEN_STOPPED);
}

static void step_time(unsigned v)
{
	(void)v;
	board_pass_time(input_value(&input) & 0xffffff);
}

/* The distributor does not answer: never, or once. */
static void step_stuck(unsigned v)
{
	stuck_at = input_byte(&input) % 8;
	fake_gic_set_stuck(stuck_at == 0);
	fake_gic_set_stuck_once(stuck_at);
	step_request(v);
	fake_gic_set_stuck(false);
	fake_gic_set_stuck_once(0);
	stuck_at = 0;
}

static const struct {
	void (*act)(unsigned vcpu);
	bool by_guest;
} steps[16] = {
	{step_request, true}, {step_request, true}, {step_request, true}, {step_request, true},
	{step_request, true}, {step_device, false}, {step_device, false}, {step_handler, true},
	{step_handler, true}, {step_driver, true},  {step_driver, true},  {step_interface, true},
	{step_take, false},   {step_person, false}, {step_time, false},   {step_stuck, true},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct board_setup setup = {.lr_count = 4, .intid_count = 64, .movable = true};

	input = (struct input){data, size};
	setup.vcpu_count = 1 + input_byte(&input) % 2;
	setup.permissions[0] = input_byte(&input) & (CONFIG_MAY_CONTROL_IRQS | CONFIG_MAY_BE_DIRECT);
	setup.permissions[1] = input_byte(&input) & (CONFIG_MAY_CONTROL_IRQS | CONFIG_MAY_BE_DIRECT);
	stuck_at = 0;
	board_begin(&setup);
	while (input.left) {
		uint8_t what = input_byte(&input);
		unsigned vcpu = (what >> 4) % box.vcpu_count;

		if (steps[what % 16].by_guest && !board_runs(vcpu))
			continue;
		steps[what % 16].act(vcpu);
		check_owners();
	}
	return 0;
}
