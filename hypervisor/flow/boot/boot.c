/* SPDX-License-Identifier: Apache-2.0 */
/* Boot, in order: read boot_main(), at the end, first. */
#include <string.h>

#include "base/assert.h"
#include "base/log.h"
#include "base/version.h"
#include "flow/boot/build.h"
#include "flow/box/turn.h"
#include "flow/exits/report.h"
#include "flow/housekeeping/housekeeping.h"
#include "flow/housekeeping/print.h"
#include "flow/life/life.h"
#include "machine/api/clock.h"
#include "machine/api/cpu.h"
#include "machine/api/known.h"
#include "machine/api/mmu.h"
#include "machine/api/uart.h"
#include "vm/layout.h"

#define ONLINE_DEADLINE_US 1000000
#define GIB (UINT64_C(1) << 30)

struct box box = {.moving = {.rank = LOCK_MOVE}};

static struct plan plan;
static enum log_level errors = LOG_ERROR;

static _Noreturn void stop_boot(const char *why)
{
	log_error("Signalbox cannot start: %s", why);
	machine_power_off();
	log_error("the machine stays on, and nothing runs on it");
	for (;;)
		cpu_wait_for_interrupt();
}

/*
 * On a machine that is not recognised either, nothing can be printed. It is switched off, if it has firmware.
 */
static _Noreturn void stop_without_tree(void)
{
	const struct known_machine *known = machine_recognise();

	box.host.cpus.conduit = known ? known->conduit : PSCI_SMC;
	if (cpu_entry_level() == 1 && box.host.cpus.conduit != PSCI_NONE)
		box.host.cpus.conduit = PSCI_HVC;
	cpu_init(&box.host.cpus);
	if (known) {
		uart_init(&known->uart);
		print_begin();
		log_info("Signalbox %s on what looks like %s", signalbox_version, known->name);
	}
	stop_boot("the boot loader gives no device tree in x0; with QEMU, -dtb may name one");
}

/*
 * The boot loader's pointer need not lead to a device tree. Without one there is no UART: messages stay in
 * the log until a later tree has one.
 */
static bool open_tree(pa_t at, struct report *report)
{
	if (at.v % 8 || !mmu_reveal(at, HOST_TREE_MAX)) {
		log_error("nothing can be read at 0x%llx", (unsigned long long)at.v);
		return false;
	}
	if (host_has_tree(mmu_pointer(at), HOST_TREE_MAX) && host_open(mmu_pointer(at), &box.host, report) == OK)
		return true;
	log_error("at 0x%llx there is no device tree of at most 4 MiB", (unsigned long long)at.v);
	mmu_hide(at, HOST_TREE_MAX);
	return false;
}

/*
 * The machine's device tree. If x0 leads to none, there may be one at the start of memory: QEMU's virt
 * machine puts it there for programs that it does not take for a kernel, and so do other boot loaders.
 */
static pa_t find_tree(pa_t given)
{
	struct report report = {.line = report_to_log, .context = &errors};
	pa_t image, first;
	uint64_t size;

	if (open_tree(given, &report))
		return given;
	mmu_image(&image, &size);
	first = (pa_t){align_down(image.v, GIB)};
	if (open_tree(first, &report)) {
		log_warn("the boot loader gives no device tree in x0; the one at 0x%llx is used",
				 (unsigned long long)first.v);
		return first;
	}
	stop_without_tree();
}

/* After this, messages can be read. */
static pa_t say_first_words(pa_t given)
{
	struct report report = {.line = report_to_log, .context = &errors};
	pa_t tree = find_tree(given);

	cpu_init(&box.host.cpus);
	host_find_uart(&box.host, uart_probe, &report);
	uart_init(&box.host.uart);
	print_begin();
	log_info("Signalbox %s on %s", signalbox_version,
			 box.host.model[0] ? box.host.model : "a machine without a name");
	if (cpu_entry_level() == 1)
		stop_boot("the boot loader entered Signalbox at EL1, or the processor has no EL2; with QEMU use -M "
				  "virtualization=on");
	if (cpu_entry_level() != 2)
		stop_boot("Signalbox was entered at EL3; firmware with PSCI (such as TF-A) must stay there and enter "
				  "it at EL2");
	return tree;
}

static void read_machine(void)
{
	struct report report = {.line = report_to_log, .context = &errors};

	if (host_judge(&box.host, pcpu_mpidr_this(), &report) != OK)
		stop_boot("the machine's device tree lacks what Signalbox needs");
	cpu_init(&box.host.cpus);
}

static void take_memory(pa_t tree)
{
	struct mmu_ram pieces[HOST_RAM_MAX];
	struct host_range image;
	pa_t image_base;

	for (unsigned i = 0; i < box.host.ram_count; i++)
		pieces[i] = (struct mmu_ram){{box.host.ram[i].base}, box.host.ram[i].size};
	if (!host_is_ram(&box.host, tree.v, box.host.tree_size))
		stop_boot("the machine's device tree is not within the memory that it describes");
	if (mmu_init(pieces, box.host.ram_count) != OK)
		stop_boot("Signalbox' translation tables have no room for this machine's memory");
	mmu_image(&image_base, &image.size);
	image.base = image_base.v;
	plan.host = &box.host;
	if (plan_machine(&plan, image, tree) != OK)
		stop_boot("the machine's memory map has too many pieces");
	log_info("memory: %llu MiB in %u piece%s", (unsigned long long)(plan.total >> 20), box.host.ram_count,
			 box.host.ram_count == 1 ? "" : "s");
}

/* The interrupts that EL2 keeps on every pCPU. */
static void claim_private_interrupts(unsigned pcpu)
{
	bool two_states = box.gic.two_security_states;
	const uint32_t mine[] = {gic_kick_notify(two_states), gic_kick_attend(two_states),
							 box.host.maintenance_intid, box.host.timer_hypervisor_intid};

	for (unsigned i = 0; i < ARRAY_COUNT(mine); i++) {
		if (irq_give_hypervisor(&box.pcpu[pcpu].irqs.slot[mine[i]].word) != OK)
			log_error("the host device tree gives the timer and the maintenance interrupt one number, %u",
					  mine[i]);
		gic_set_priority(pcpu, mine[i], GIC_PRIORITY_HYPERVISOR);
		gic_enable(pcpu, mine[i]);
		if (!gic_is_enabled(pcpu, mine[i]))
			log_error("interrupt %u, which Signalbox needs, cannot be enabled: firmware keeps it to itself",
					  mine[i]);
	}
}

static void start_interrupts(void)
{
	if (gic_init_distributor(&box.host.gic, &box.gic) != OK || gic_init_pcpu() != OK)
		stop_boot("the machine's interrupt controller does not answer");
	log_info("interrupts: GICv%u, %u INTIDs, %u list registers, %u priority bits, %s", box.gic.version,
			 box.gic.intid_count, box.gic.lr_count, box.gic.priority_bits,
			 box.gic.two_security_states
				 ? "two security states: physical interrupts are Group 1, taken as IRQ"
				 : "one security state: physical interrupts are Group 0, taken as FIQ");
	if (strstr(box.host.bootargs, "gic.trap-dir-alone=0"))
		gic_trap_dir_alone(false);
	if (!gic_traps_dir_alone())
		log_info(
			"interrupts: this processor traps ICC_DIR_EL1 only together with ICC_PMR_EL1, ICC_RPR_EL1 and "
			"ICC_CTLR_EL1: in a VM of several vCPUs, each access to them is an exit");
	log_info("timer: %llu Hz; guests' virtual timer is interrupt %u, Signalbox' timer %u, maintenance %u",
			 (unsigned long long)cpu_counter_frequency(), box.host.timer_virtual_intid,
			 box.host.timer_hypervisor_intid, box.host.maintenance_intid);
	claim_private_interrupts(pcpu_this());
}

static void come_online(void)
{
	if (pcpu_this() != box.host.boot_pcpu) {
		if (gic_init_pcpu() != OK) {
			log_error("pCPU %u: its redistributor does not answer", pcpu_this());
			for (;;)
				cpu_wait_for_interrupt();
		}
		claim_private_interrupts(pcpu_this());
	}
	atomic_store_release(&pcpu_here()->online, true); /* pairs with start_processors() */
}

static _Noreturn void secondary_main(void)
{
	come_online();
	guest_idle();
}

static void start_processors(void)
{
	uint64_t deadline;
	unsigned online = 1;

	come_online();
	for (unsigned p = 0; p < box.host.cpus.pcpu_count; p++) {
		if (p == box.host.boot_pcpu)
			continue;
		if (cpu_start(p, secondary_main) != OK) {
			log_error("pCPU %u does not start: the firmware refuses PSCI CPU_ON", p);
			continue;
		}
		deadline = cpu_counter() + cpu_us_to_ticks(ONLINE_DEADLINE_US);
		while (!atomic_load_acquire(&box.pcpu[p].online) && cpu_counter() < deadline)
			cpu_relax();
		if (box.pcpu[p].online)
			online++;
		else
			log_error("pCPU %u does not come online", p);
	}
	log_info("processors: %u of %u online", online, box.host.cpus.pcpu_count);
}

static void read_id_registers(void)
{
	uint64_t host[SYSREG_ID_COUNT];

	for (unsigned i = 0; i < SYSREG_ID_COUNT; i++)
		host[i] = cpu_id_register(i / 8, i % 8);
	sysreg_view_init(&box.id_registers, host, mmu_stage2_ipa_bits());
}

/*
 * libfdt needs multiples of 8; not every boot loader aligns a description that was in the middle of a file.
 */
static void align_description(void)
{
	pa_t aligned;

	if (box.host.initrd.v % 8 == 0)
		return;
	if (ram_take(&plan.ram, align_up(box.host.initrd_size, PAGE_SIZE), PAGE_SIZE, &aligned) != OK)
		stop_boot(
			"the system description is not at a multiple of 8 bytes, and there is no memory to move it to");
	memcpy(mmu_pointer(aligned), mmu_pointer(box.host.initrd), box.host.initrd_size);
	box.host.initrd = aligned;
}

/*
 * The processor that should do the console's work may not be online: then another one does it, if possible
 * one without a vCPU.
 */
static unsigned choose_housekeeping(void)
{
	uint64_t busy = 0, online = 0, idle;

	for (unsigned i = 0; i < box.config.vm_count; i++)
		for (unsigned v = 0; v < box.config.vm[i].vcpu_count; v++)
			busy |= BIT(box.config.vm[i].pcpu[v]);
	for (unsigned p = 0; p < box.host.cpus.pcpu_count; p++)
		if (box.pcpu[p].online)
			online |= BIT(p);
	if (online & BIT(box.config.housekeeping))
		return box.config.housekeeping;
	idle = online & ~busy;
	if (!idle || idle & BIT(box.host.boot_pcpu))
		return box.host.boot_pcpu;
	return bits_lowest(idle);
}

static void read_description(void)
{
	struct report report = {.line = report_to_log, .context = &errors};
	unsigned housekeeping;

	box.config.housekeeping = box.host.boot_pcpu;
	if (!box.host.initrd_size)
		stop_boot(
			"no system description was handed over; give it as the initial ramdisk (-initrd system.dtb)");
	align_description();
	if (config_read(mmu_pointer(box.host.initrd), box.host.initrd_size, &box.host, &box.config, &report) !=
		OK)
		stop_boot("the initial ramdisk is no system description");
	housekeeping = choose_housekeeping();
	if (housekeeping != box.config.housekeeping)
		log_warn("pCPU %u, which should do the console's work, is not online; pCPU %u does it",
				 box.config.housekeeping, housekeeping);
	box.config.housekeeping = housekeeping;
}

static bool has_clock(const struct vm *vm)
{
	return vm->state != VM_BROKEN && regions_of_kind(&vm->regions, REGION_RTC);
}

/* The time with which VMs' clocks begin, if there is a VM with one: else no clock of the machine is read. */
static void read_time(void)
{
	bool wanted = false;

	box.time = (struct pl031_time){cpu_counter(), cpu_counter_frequency(), 0};
	for (unsigned i = 0; i < box.vm_count; i++)
		wanted |= has_clock(&box.vm[i]);
	if (wanted && (!box.host.rtc.v || !clock_read(box.host.rtc, &box.time.seconds)))
		log_info("this machine has no clock (PL031): those of VMs begin at 0, which is 1 January 1970");
}

static void say_device(const struct vm *vm, const struct config_device *device)
{
	log_info("[%s] device %s%s", vm->config->name, device->path,
			 device->received ? ", which it may receive later" : "");
	for (unsigned q = 0; q < device->irq_count; q++)
		log_info("[%s]   interrupt %u, %s", vm->config->name, device->irq[q].intid,
				 device->irq[q].edge ? "edge" : "level");
}

static void say_whose_is_what(void)
{
	for (unsigned i = 0; i < box.vm_count; i++) {
		const struct vm *vm = &box.vm[i];

		if (vm->state == VM_BROKEN) {
			if (!vm->config->valid) /* else build_all() has reported why */
				log_warn("[%s] will not start: its description has mistakes", vm->config->name);
			continue;
		}
		for (unsigned v = 0; v < vm->vcpu_count; v++)
			log_info("[%s] vCPU %u on pCPU %u", vm->config->name, v, vm->vcpu[v]->pcpu);
		log_info("[%s] %llu MiB of RAM at guest address 0x%llx, physical 0x%llx", vm->config->name,
				 (unsigned long long)(vm->config->memory_size >> 20), (unsigned long long)vm->psci.ram_ipa,
				 (unsigned long long)vm->memory.v);
		for (unsigned d = 0; d < vm->config->device_count; d++)
			say_device(vm, &vm->config->device[d]);
	}
}

/* The console UART belongs to Signalbox unless a VM owns it. */
static void start_console(void)
{
	bool given = false, polled = false;

	for (unsigned i = 0; i < box.vm_count; i++)
		given |= box.vm[i].state != VM_BROKEN && box.vm[i].config->console == CONFIG_CONSOLE_PHYSICAL;
	if (given) {
		log_info("the console UART belongs to a VM from now on; Signalbox is silent");
		uart_init(NULL);
	} else if (!box.host.uart_intid || irq_give_hypervisor(shared_word(box.host.uart_intid)) != OK) {
		polled = box.host.uart.kind != UART_NONE;
	} else {
		gic_set_edge(0, box.host.uart_intid, box.host.uart_edge);
		gic_set_priority(0, box.host.uart_intid, GIC_PRIORITY_HYPERVISOR);
		gic_route(box.host.uart_intid, box.config.housekeeping);
		uart_enable_interrupts(true, false);
		gic_enable(0, box.host.uart_intid);
	}
	housekeeping_init(polled);
}

static void start_vms(void)
{
	for (unsigned i = 0; i < box.vm_count; i++)
		if (box.vm[i].state == VM_STOPPED && box.vm[i].config->autostart && life_start(&box.vm[i]) != OK)
			log_error("[%s] does not start", box.vm[i].config->name);
	turn_want();
}

void boot_main(pa_t tree)
{
	box.boot_counter = cpu_counter();
	tree = say_first_words(tree);
	read_machine();
	take_memory(tree);
	start_interrupts();
	start_processors();
	read_id_registers();
	read_description();
	build_all(&plan);
	read_time();
	say_whose_is_what();
	start_console();
	start_vms();
	guest_idle();
}
