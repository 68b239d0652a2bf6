/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/build.h"

#include <string.h>

#include "base/log.h"
#include "flow/passthrough.h"
#include "flow/report.h"
#include "machine/api/mmu.h"
#include "vm/layout.h"
#include "vm/tree.h"

#define STACK_SIZE UINT64_C(0x4000) /* of a vCPU at EL2, below its struct vcpu */

static struct ram *ram;
static enum log_level errors = LOG_ERROR;

static void *page_alloc(void)
{
	pa_t page;

	if (ram_take(ram, PAGE_SIZE, PAGE_SIZE, &page) != OK)
		return NULL;
	memset(mmu_pointer(page), 0, PAGE_SIZE);
	return mmu_pointer(page);
}

/* The VM's RAM: where the description wants it, or anywhere. */
static enum err take_memory(struct vm *vm)
{
	const struct config_vm *config = vm->config;
	enum err result = OK;

	if (config->memory_identity && config->memory_ipa_given) {
		vm->memory = (pa_t){config->memory_ipa};
		if (!ram_is_free(ram, config->memory_ipa, config->memory_size))
			result = ERR_CONFLICT;
		else
			result = ram_reserve(ram, config->memory_ipa, config->memory_size);
	} else {
		result = ram_take(ram, config->memory_size, BLOCK_SIZE, &vm->memory);
	}
	vm->psci.ram_ipa = config->memory_identity ? vm->memory.v : config->memory_ipa;
	if (result == ERR_CONFLICT)
		log_error(
			"/vms/%s: memory-address: 0x%llx: this machine has no free RAM of 0x%llx bytes there; leave "
			"memory-address out to have a place chosen",
			config->name, (unsigned long long)config->memory_ipa, (unsigned long long)config->memory_size);
	else if (result != OK)
		log_error("/vms/%s: memory-size: 0x%llx: the largest free piece of RAM has 0x%llx bytes; give the VM "
				  "less, or the machine more",
				  config->name, (unsigned long long)config->memory_size,
				  (unsigned long long)ram_largest(ram));
	return result;
}

/* A device that the VM may be given later leaves its tables of stage 2 behind: then no memory is needed. */
static enum err prepare_device(struct vm *vm, const struct config_device *device)
{
	enum err result = passthrough_map(vm, device);

	return result == OK && device->received ? passthrough_unmap(vm, device) : result;
}

/* config_read() has found it; this is where it would matter. */
static enum err check_pages(const struct vm *vm)
{
	for (unsigned d = 0; d < vm->config->device_count; d++) {
		if (passthrough_may_have(vm, &vm->config->device[d]))
			continue;
		log_error("/vms/%s: %s: another VM has a device in the same page of registers", vm->config->name,
				  vm->config->device[d].path);
		return ERR_CONFLICT;
	}
	return OK;
}

/* What the VM has from the start comes last, so that it stays mapped where pages are shared. */
static enum err map_devices(struct vm *vm)
{
	enum err result = check_pages(vm);

	for (unsigned d = 0; d < vm->config->device_count && result == OK; d++)
		if (vm->config->device[d].received)
			result = prepare_device(vm, &vm->config->device[d]);
	for (unsigned d = 0; d < vm->config->device_count && result == OK; d++)
		if (!vm->config->device[d].received)
			result = prepare_device(vm, &vm->config->device[d]);
	return result;
}

static enum err map_shared(struct vm *vm)
{
	for (unsigned s = 0; s < vm->config->share_count; s++) {
		const struct config_share *share = &vm->config->share[s];
		enum err result = table_map(&vm->stage2, share->ipa, box.shared[share->shared].v,
									align_up(box.config.shared[share->shared].size, PAGE_SIZE),
									share->read_only ? TABLE_READ : TABLE_READ | TABLE_WRITE);

		if (result != OK)
			return result;
	}
	return OK;
}

static enum err make_stage2(struct vm *vm)
{
	enum err result;

	result = ram_take(ram, 2 * PAGE_SIZE, 2 * PAGE_SIZE, &vm->stage2_root);
	if (result != OK)
		return result;
	memset(mmu_pointer(vm->stage2_root), 0, 2 * PAGE_SIZE);
	table_init(&vm->stage2, mmu_pointer(vm->stage2_root), mmu_stage2_ipa_bits(), true, page_alloc);
	result = table_map(&vm->stage2, vm->psci.ram_ipa, vm->memory.v, vm->config->memory_size,
					   TABLE_READ | TABLE_WRITE | TABLE_EXECUTE);
	if (result == OK)
		result = map_devices(vm);
	if (result == OK)
		result = map_shared(vm);
	mmu_table_written();
	return result;
}

static enum err make_tree(struct vm *vm, struct report *report)
{
	struct tree_source source = {
		.system = &box.config,
		.vm = vm->config,
		.host = &box.host,
		.ram_ipa = vm->psci.ram_ipa,
		.placement = &vm->placement,
	};
	pa_t room;
	enum err result = config_place(vm->config, vm->psci.ram_ipa, TREE_SIZE_MAX, &vm->placement, report);

	if (result == OK)
		result = ram_take(ram, TREE_SIZE_MAX, PAGE_SIZE, &room);
	if (result != OK)
		return result;
	vm->tree.data = mmu_pointer(room);
	return tree_build(&source, mmu_pointer(room), TREE_SIZE_MAX, &vm->tree.size, report);
}

/* A vCPU stands at the top of its own EL2 stack. */
static enum err make_vcpu(struct vm *vm, unsigned index)
{
	uint64_t room = align_up(sizeof(struct vcpu), 16);
	uint64_t size = align_up(STACK_SIZE + room, PAGE_SIZE);
	struct vcpu *vcpu;
	pa_t memory;
	void *top;
	enum err result = ram_take(ram, size, PAGE_SIZE, &memory);

	if (result == OK)
		result = mmu_map_stack(memory, size, &top);
	if (result != OK)
		return result;
	vcpu = (struct vcpu *)((char *)top - room);
	memset(vcpu, 0, sizeof(*vcpu));
	vcpu->vm = vm;
	vcpu->index = index;
	vcpu->pcpu = vm->config->pcpu[index];
	vcpu->notify = gic_notify_word(vcpu->pcpu);
	vcpu->irq_tag = IRQ_TAG_NEVER;
	vcpu->private_slots = box.irqs.per_pcpu[vcpu->pcpu];
	vm->vcpu[index] = vcpu;
	return OK;
}

static bool exists(const struct vm *vm, const char *property, uint32_t intid)
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
			fine &= exists(vm, "devices", vm->config->device[d].irq[i].intid);
	for (unsigned s = 0; s < vm->config->share_count; s++)
		fine &= exists(vm, "doorbell", vm->config->share[s].doorbell);
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

static enum err prepare(struct vm *vm, struct report *report)
{
	enum err result = check_processors(vm);

	if (result == OK)
		result = check_interrupts(vm);
	if (result == OK)
		result = take_memory(vm);
	if (result != OK)
		return result;
	if (vm->config->memory_identity)
		result = config_check_space(vm->config, vm->psci.ram_ipa, report);
	if (result == OK)
		result = make_stage2(vm);
	if (result == OK)
		result = make_tree(vm, report);
	for (unsigned v = 0; v < vm->config->vcpu_count && result == OK; v++)
		result = make_vcpu(vm, v);
	return result;
}

static void link_interrupt(struct vm *vm, unsigned vcpu, uint32_t vintid, const struct config_irq *irq)
{
	unsigned pcpu = vm->vcpu[vcpu]->pcpu;

	if (irq_give(&box.irqs, pcpu, irq->intid, vm->vcpu[vcpu]->number, vintid) != OK) {
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

/* A guest's distributor has what the machine's has, in whole banks, and one bank of SPIs at least. */
static unsigned guest_intid_count(void)
{
	unsigned whole = (unsigned)align_up(box.gic.intid_count, 32);

	return whole < 64 ? 64 : whole;
}

/* Direct delivery costs one (irq/direct.h), and a change of delivery changes nothing that a guest sees. */
static unsigned guest_priority_bits(const struct vm *vm)
{
	if (!(vm->config->permissions & CONFIG_MAY_BE_DIRECT) || box.gic.two_security_states ||
		box.gic.physical_priority_bits < IRQ_DIRECT_BITS_MIN)
		return box.gic.priority_bits;
	return IRQ_DIRECT_GUEST_BITS;
}

/* A number that no device of the machine has. */
static void reserve_shared(struct vm *vm, uint32_t intid)
{
	if (!config_is_spare(&box.config, &box.host, intid) ||
		irq_give(&box.irqs, 0, intid, vm->vcpu[0]->number, intid) != OK)
		return; /* it keeps delivery from being direct as soon as it is enabled */
	vgic_reserve(&vm->vgic, 0, intid);
}

/* What a software interrupt is pended as, while delivery is direct. */
static void reserve_interrupts(struct vm *vm)
{
	for (unsigned v = 0; v < vm->vcpu_count; v++) {
		for (uint32_t sgi = 0; sgi < gic_kick_notify(false); sgi++)
			vgic_reserve(&vm->vgic, v, sgi);
		if (irq_kind(*irq_word(&box.irqs, vm->vcpu[v]->pcpu, GUEST_PHYSICAL_TIMER_INTID)) == IRQ_NOBODY)
			vgic_reserve(&vm->vgic, v, GUEST_PHYSICAL_TIMER_INTID);
	}
	if (vm->config->console == CONFIG_CONSOLE_EMULATED)
		reserve_shared(vm, vm->config->uart_intid);
	for (unsigned s = 0; s < vm->config->share_count; s++)
		if (vm->config->share[s].doorbell)
			reserve_shared(vm, vm->config->share[s].doorbell);
}

static void commit(struct vm *vm)
{
	const struct config_irq timer = {.intid = box.host.timer_virtual_intid, .edge = false};

	vgic_init(&vm->vgic, guest_intid_count(), guest_priority_bits(vm));
	vm->delivery = vm->config->delivery;
	vm->vcpu_count = vm->config->vcpu_count;
	vm->psci.vcpu_count = vm->vcpu_count;
	vm->psci.ram_size = vm->config->memory_size;
	for (unsigned v = 0; v < vm->vcpu_count; v++) {
		struct vcpu *vcpu = vm->vcpu[v];

		vcpu->number = box.vcpu_count;
		box.vcpu[box.vcpu_count++] = vcpu;
		vgic_add_cpu(&vm->vgic, &vcpu->vgic);
		link_interrupt(vm, v, GUEST_VIRTUAL_TIMER_INTID, &timer);
		atomic_store_release(&box.pcpu[vcpu->pcpu].vcpu, vcpu); /* pairs with run_idle() */
	}
	for (unsigned d = 0; d < vm->config->device_count; d++)
		for (unsigned i = 0; i < vm->config->device[d].irq_count; i++)
			commit_interrupt(vm, &vm->config->device[d], &vm->config->device[d].irq[i]);
	for (unsigned s = 0; s < vm->config->share_count; s++)
		if (doorbell_add(&box.doorbell[vm->config->share[s].shared], vm->number,
						 vm->config->share[s].doorbell) != OK)
			log_error("/vms/%s: it sees one shared memory twice", vm->config->name);
	if (vm->config->permissions & CONFIG_MAY_BE_DIRECT)
		reserve_interrupts(vm);
	vgic_reset(&vm->vgic);
	box.registers[vm->number] = config_owned_devices(vm->config);
	vm->has_uart = vm->config->console == CONFIG_CONSOLE_EMULATED;
	vm->state = VM_STOPPED;
}

static void build(struct vm *vm, const struct config_vm *config)
{
	struct report report = {.line = report_to_log, .context = &errors};

	vm->config = config;
	vm->log.name = config->name;
	vm->number = (unsigned)(vm - box.vm);
	vm->vmid = (uint16_t)(vm->number + 1);
	vm->state = VM_BROKEN;
	vm->lock.rank = LOCK_VM;
	vm->uart_lock.rank = LOCK_DEVICE;
	if (!config->valid)
		return;
	pl011_reset(&vm->uart);
	if (prepare(vm, &report) == OK)
		commit(vm);
	else
		log_error("[%s] does not start: it cannot be given what its description asks for", config->name);
}

static void build_shared(void)
{
	for (unsigned s = 0; s < box.config.shared_count; s++) {
		uint64_t size = align_up(box.config.shared[s].size, PAGE_SIZE);

		if (ram_take(ram, size, PAGE_SIZE, &box.shared[s]) != OK) {
			log_error("/shared-memory/%s: size: 0x%llx: no RAM is left for it", box.config.shared[s].name,
					  (unsigned long long)size);
			continue;
		}
		memset(mmu_pointer(box.shared[s]), 0, size);
		mmu_clean(mmu_pointer(box.shared[s]), size);
	}
}

void build_all(struct ram *free_ram)
{
	ram = free_ram;
	build_shared();
	/* Fixed places first, so that a free choice does not take them. */
	for (unsigned fixed = 0; fixed < 2; fixed++)
		for (unsigned i = 0; i < box.config.vm_count; i++)
			if ((box.config.vm[i].memory_identity && box.config.vm[i].memory_ipa_given) != fixed)
				build(&box.vm[i], &box.config.vm[i]);
	box.vm_count = box.config.vm_count;
}
