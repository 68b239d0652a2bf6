/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/boot/build.h"

#include <string.h>

#include "base/bits.h"
#include "base/log.h"
#include "flow/exits/report.h"
#include "flow/life/seed.h"
#include "flow/own/obstacle.h"
#include "machine/api/cpu.h"
#include "machine/api/mmu.h"
#include "vm/blank.h"
#include "vm/layout.h"
#include "vm/vcpu_pages.h"

static enum log_level errors = LOG_ERROR;

/* A vCPU is at the top of its own EL2 stack. */
static enum err make_vcpu(struct vm *vm, unsigned index, pa_t memory)
{
	struct vcpu *vcpu;
	void *top;
	enum err result = mmu_map_stack(memory, plan_vcpu_size(), &top);

	if (result != OK) {
		log_error("/vms/%s: cpus: Signalbox' own tables have no room for the stack of vCPU %u",
				  vm->config->name, index);
		return result;
	}
	vcpu = (struct vcpu *)((char *)top - align_up(sizeof(struct vcpu), 16));
	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->vm = vm;
	vcpu->index = index;
	vcpu->pcpu = vm->config->pcpu[index];
	vcpu->shares = vm->config->shares >> index & 1;
	vcpu->notify = vcpu->shares ? gic_kick_word(vcpu->pcpu) : gic_notify_word(vcpu->pcpu);
	vcpu->irq_tag = IRQ_TAG_NEVER;
	vcpu->irqs = box.pcpu[vcpu->pcpu].irqs;
	vm->vcpu[index] = vcpu;
	return OK;
}

static bool check_exists(const struct vm *vm, const char *property, uint32_t intid)
{
	if (intid < box.gic.intid_count)
		return true;
	log_error(
		"/vms/%s: %s: interrupt %u (SPI %u) does not exist; this machine has INTIDs 32 to %u (SPI 0 to %u)",
		vm->config->name, property, intid, intid - GIC_PRIVATE_COUNT, box.gic.intid_count - 1,
		box.gic.intid_count - 1 - GIC_PRIVATE_COUNT);
	return false;
}

/* config_read() cannot know how many interrupts the machine's distributor has. */
static enum err check_interrupts(const struct vm *vm)
{
	bool fine = true;

	for (unsigned d = 0; d < vm->config->device_count; d++)
		for (unsigned i = 0; i < vm->config->device[d].irq_count; i++)
			fine &= check_exists(vm, "devices", vm->config->device[d].irq[i].intid);
	for (unsigned s = 0; s < vm->config->share_count; s++)
		fine &= check_exists(vm, "doorbell", vm->config->share[s].doorbell);
	return fine ? OK : ERR_RANGE;
}

static enum err check_processors(const struct vm *vm)
{
	enum err result = OK;

	for (unsigned v = 0; v < vm->config->vcpu_count; v++) {
		if (atomic_load_acquire(&box.pcpu[vm->config->pcpu[v]].online)) /* pairs with come_online() */
			continue;
		log_error("/vms/%s: cpus: processor %u did not come online; give the VM another one",
				  vm->config->name, vm->config->pcpu[v]);
		result = ERR_UNSUPPORTED;
	}
	return result;
}

static void adopt(struct vm *vm, const struct plan_vm *planned)
{
	vm->memory = planned->memory;
	vm->firmware = planned->firmware;
	vm->vcpu_pages = planned->vcpu_pages;
	vm->psci.ram_ipa = planned->ram_ipa;
	vm->stage2 = planned->stage2;
	vm->stage2_root = planned->stage2_root;
	vm->placement = planned->placement;
	vm->tree = planned->tree;
	if (planned->seeded)
		vm->seeds = tree_find_seeds(vm->tree.data);
}

/* Once: no guest can write to it. */
static void fill_firmware(const struct vm *vm)
{
	uint64_t size = config_firmware_size(vm->config);

	if (!size)
		return;
	blank_fill_firmware(mmu_pointer(vm->firmware), vm->config);
	mmu_clean(mmu_pointer(vm->firmware), size);
}

static enum err prepare(struct vm *vm, struct plan *plan)
{
	struct plan_vm planned;
	enum err result = check_processors(vm);

	if (result == OK)
		result = check_interrupts(vm);
	if (result == OK)
		result = plan_vm(plan, vm->number, &planned);
	for (unsigned v = 0; v < vm->config->vcpu_count && result == OK; v++)
		result = make_vcpu(vm, v, planned.vcpu[v]);
	if (result == OK)
		adopt(vm, &planned);
	mmu_table_written();
	return result;
}

static void link_interrupt(struct vm *vm, unsigned vcpu, uint32_t vintid, const struct config_irq *irq)
{
	unsigned pcpu = vm->vcpu[vcpu]->pcpu;
	uint64_t *word = irq_word(&box.irqs, &vm->vcpu[vcpu]->irqs, irq->intid);

	if (irq_give(word, vm->vcpu[vcpu]->number, vintid) != OK) {
		log_error("/vms/%s: interrupt %u has another owner; the VM does not get it", vm->config->name,
				  irq->intid);
		return;
	}
	vgic_link(&vm->vgic, vcpu, vintid, irq->intid, irq->edge);
	if (irq->intid < GIC_PRIVATE_COUNT)
		return;
	gic_set_edge(pcpu, irq->intid, irq->edge);
	gic_route(irq->intid, pcpu);
}

static void commit_interrupt(struct vm *vm, const struct config_device *device, const struct config_irq *irq)
{
	if (device->received)
		vgic_expect(&vm->vgic, irq->intid, irq->edge);
	else
		link_interrupt(vm, 0, irq->intid, irq);
}

/*
 * A guest's distributor has as many INTIDs as the machine's, in whole banks, and one bank of SPIs at least.
 */
static unsigned guest_intid_count(void)
{
	unsigned whole = (unsigned)align_up(box.gic.intid_count, 32);

	return whole < 64 ? 64 : whole;
}

/*
 * Direct delivery costs one bit (irq/direct.h), and a change of delivery changes nothing that a guest sees.
 */
static unsigned guest_priority_bits(const struct vm *vm)
{
	if (!(vm->config->permissions & CONFIG_MAY_BE_DIRECT) || box.gic.two_security_states ||
		box.gic.physical_priority_bits < IRQ_DIRECT_BITS_MIN)
		return box.gic.priority_bits;
	return IRQ_DIRECT_GUEST_BITS;
}

/*
 * Reserves a physical interrupt that no device of the machine has. If there is none, delivery is not direct
 * any more once the interrupt is raised.
 */
static void reserve_spare(struct vm *vm, unsigned vcpu, uint32_t vintid, struct config_spares *spares)
{
	uint32_t intid = config_take_spare(spares, vintid);

	if (intid != 0 && irq_give(shared_word(intid), vm->vcpu[vcpu]->number, vintid) == OK)
		vgic_reserve(&vm->vgic, vcpu, vintid, intid);
	else
		log_warn("/vms/%s: no physical interrupt is spare for interrupt %u of vCPU %u: when it is raised, "
				 "delivery becomes virtual",
				 vm->config->name, vintid, vcpu);
}

static void reserve_private(struct vm *vm, unsigned vcpu)
{
	for (uint32_t sgi = 0; sgi < gic_kick_notify(false); sgi++)
		vgic_reserve(&vm->vgic, vcpu, sgi, sgi);
	if (irq_kind(vm->vcpu[vcpu]->irqs.slot[GUEST_PHYSICAL_TIMER_INTID].word) == IRQ_NOBODY)
		vgic_reserve(&vm->vgic, vcpu, GUEST_PHYSICAL_TIMER_INTID, GUEST_PHYSICAL_TIMER_INTID);
}

/* Reserves the physical interrupts by which software interrupts come, while delivery is direct. */
static void reserve_interrupts(struct vm *vm, struct config_spares *spares)
{
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		reserve_private(vm, v);
	for (const struct region *region = vm->regions.region; region->base; region++)
		if (regions_facts(region->kind)->intid)
			reserve_spare(vm, 0, regions_facts(region->kind)->intid, spares);
	for (unsigned s = 0; s < vm->config->share_count; s++)
		if (vm->config->share[s].doorbell)
			reserve_spare(vm, 0, vm->config->share[s].doorbell, spares);
}

/* The SGIs that are the hypervisor's underneath: rare, so they come last. */
static void reserve_last(struct vm *vm, struct config_spares *spares)
{
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		for (uint32_t sgi = gic_kick_notify(false); sgi < GIC_SGI_COUNT; sgi++)
			reserve_spare(vm, v, sgi, spares);
}

/* Two vCPUs of a VM have one VMID, and each believes that the TLB of its pCPU is its own. */
static void find_siblings(struct vcpu *vcpu)
{
	struct vcpu *other;

	for (unsigned n = 0; (other = pcpu_vcpu(&box.pcpu[vcpu->pcpu], n)); n++)
		if (other->vm == vcpu->vm && other != vcpu)
			other->has_siblings = vcpu->has_siblings = true;
}

static void share_pcpu(struct vcpu *vcpu)
{
	const struct config_turn *turn = &vcpu->vm->config->turn;
	struct queue *queue = &box.pcpu[vcpu->pcpu].queue;

	if (!queue->count)
		queue_init(queue);
	vcpu->away = true;
	vcpu->turn = (struct queue_vcpu){
		.priority = turn->priority, .hard = turn->budget_hard, .slice = cpu_us_to_ticks(turn->slice_us)};
	server_start(&vcpu->turn.server, cpu_us_to_ticks(turn->budget_us), cpu_us_to_ticks(turn->period_us),
				 cpu_us_to_ticks(SERVER_LEAST_US), cpu_counter());
	queue_add(queue, &vcpu->turn);
	find_siblings(vcpu);
}

/* EL2 heeds what the guest writes there if the description has the closed flag. */
static void give_pages(struct vcpu *vcpu)
{
	const struct vm *vm = vcpu->vm;

	if (!vcpu_pages_exist(vm->config))
		return;
	vcpu->pages = (struct signalbox_closed *)mmu_pointer(vm->vcpu_pages) + vcpu->index;
	if (vm->config->closed_flag)
		vcpu->vgic.closed.pages = vcpu->pages;
	box.has_closed_flag |= vm->config->closed_flag;
}

static void commit(struct vm *vm)
{
	const struct config_irq timer = {.intid = box.host.timer_virtual_intid, .edge = false};

	vgic_init(&vm->vgic, guest_intid_count(), guest_priority_bits(vm));
	vm->delivery = vm->config->delivery;
	vm->vcpu_count = vm->config->vcpu_count;
	vm->psci.vcpu_count = vm->vcpu_count;
	vm->psci.ram_size = vm->config->memory_size;
	vm->psci.firmware_size = config_firmware_size(vm->config);
	vm->psci.has_closed_flag = vm->config->closed_flag;
	vm->psci.has_stolen_time = vm->config->shares;
	for (unsigned v = 0; v < vm->vcpu_count; v++) {
		struct vcpu *vcpu = vm->vcpu[v];

		vcpu->number = box.vcpu_count;
		box.vcpu[box.vcpu_count++] = vcpu;
		vgic_add_cpu(&vm->vgic, &vcpu->vgic);
		give_pages(vcpu);
		link_interrupt(vm, v, GUEST_VIRTUAL_TIMER_INTID, &timer);
		if (vcpu->shares)
			share_pcpu(vcpu);
		else
			atomic_store_release(&box.pcpu[vcpu->pcpu].vcpu, vcpu); /* pairs with run_idle() */
	}
	for (unsigned d = 0; d < vm->config->device_count; d++)
		for (unsigned i = 0; i < vm->config->device[d].irq_count; i++)
			commit_interrupt(vm, &vm->config->device[d], &vm->config->device[d].irq[i]);
	for (unsigned s = 0; s < vm->config->share_count; s++)
		if (doorbell_add(&box.doorbell[vm->config->share[s].shared], vm->number,
						 vm->config->share[s].doorbell) != OK)
			log_error("/vms/%s: shared-memory: it names the same shared memory twice", vm->config->name);
	if (vm->config->permissions & CONFIG_MAY_BE_DIRECT)
		box.has_foreign_ends |= !box.gic.two_security_states;
	vgic_reset(&vm->vgic);
	box.registers[vm->number] = config_owned_devices(vm->config);
	regions_make(&vm->regions, vm->config);
	vm->state = VM_STOPPED;
}

static void build(struct vm *vm, const struct config_vm *config, struct plan *plan)
{
	vm->config = config;
	vm->log.name = config->name;
	vm->number = (unsigned)(vm - box.vm);
	vm->vmid = (uint16_t)(vm->number + 1);
	vm->state = VM_BROKEN;
	vm->lock.rank = LOCK_VM;
	vm->uart_lock.rank = LOCK_DEVICE;
	vm->virt_lock.rank = LOCK_DEVICE;
	if (!config->valid)
		return;
	pl011_reset(&vm->uart);
	pl031_init(&vm->rtc, &box.time);
	if (prepare(vm, plan) != OK) {
		log_error("[%s] does not start: the machine cannot give it what its description asks for",
				  config->name);
		return;
	}
	fill_firmware(vm);
	commit(vm);
}

static void clear_shared(const struct plan *plan)
{
	pa_t memory;

	for (unsigned s = 0; s < box.config.shared_count; s++) {
		if (ram_granted(&plan->shared[s], &memory) != OK)
			continue;
		memset(mmu_pointer(memory), 0, box.config.shared[s].size);
		mmu_clean(mmu_pointer(memory), box.config.shared[s].size);
	}
}

/* Guests may read it past the caches. */
static void fill_blank(const struct plan *plan)
{
	pa_t memory;

	if (ram_granted(&plan->blank, &memory) != OK)
		return;
	blank_fill(mmu_pointer(memory));
	mmu_clean(mmu_pointer(memory), BLANK_MEMORY_SIZE);
}

static void *reach(pa_t pa, uint64_t size)
{
	(void)size;
	return mmu_pointer(pa);
}

/* If not, it needs no physical interrupts for its software interrupts. */
static bool may_be_direct(const struct vm *vm)
{
	return vm->state != VM_BROKEN && obstacle_of_vm(vm) == OBSTACLE_NONE;
}

static void reserve_all(void)
{
	struct config_spares spares;
	uint32_t vms = 0;

	for (unsigned i = 0; i < box.vm_count; i++)
		vms |= may_be_direct(&box.vm[i]) ? 1u << i : 0;
	if (!vms) /* then the pass over the host's tree would be for nobody */
		return;
	config_find_spares(&spares, &box.config, &box.host, box.gic.intid_count);
	for (uint32_t left = vms; left; left &= left - 1)
		reserve_interrupts(&box.vm[bits_lowest(left)], &spares);
	for (uint32_t left = vms; left; left &= left - 1)
		reserve_last(&box.vm[bits_lowest(left)], &spares);
}

void build_all(struct plan *plan)
{
	struct report report = {.line = report_to_log, .context = &errors};

	plan->system = &box.config;
	plan->report = &report;
	plan->ipa_bits = mmu_stage2_ipa_bits();
	plan->reach = reach;
	plan->random = seed_gather();
	if (!plan->random)
		log_info("no seeds for guests' random numbers: this machine has no RNDR, and no rng-seed in /chosen");
	plan_common(plan);
	clear_shared(plan);
	fill_blank(plan);
	for (unsigned i = 0; i < box.config.vm_count; i++)
		build(&box.vm[i], &box.config.vm[i], plan);
	box.vm_count = box.config.vm_count;
	reserve_all();
}
