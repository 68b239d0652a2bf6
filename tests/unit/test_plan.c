/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The RAM that boot takes: on machines of every size, a VM gets RAM that was free and that no other has, and
 * what is missing is reported.
 */
#include "config_world.h"

#include "base/bits.h"
#include "vm/blank.h"
#include "vm/layout.h"
#include "vm/plan.h"
#include "vm/tree.h"

#define MIB UINT64_C(0x100000)
#define RAM_BASE UINT64_C(0x40000000)
#define IMAGE_SIZE (2 * MIB)
#define STEP UINT64_C(0x8000)
#define POOL_BYTES (4 * MIB)

static const char three[] =
	"/ { shared-memory { ring { size = <0x200000>; }; }; vms {\n"
	"linux { memory-size = <0x600000>; image = [00 00 00 14]; shared-memory { ring { }; }; };\n"
	"fixed { cpus = <1>; memory-size = <0x200000>; memory-identity; memory-address = <0x40400000>;\n"
	"    image = [00 00 00 14]; };\n"
	"plain { cpus = <2>; memory-size = <0x400000>; image = [00 00 00 14]; devices = \"rtc\"; }; }; };\n";
enum { LINUX, FIXED, PLAIN, VM_COUNT };

static _Alignas(2 * PAGE_SIZE) uint8_t pool[POOL_BYTES];
static uint64_t pool_used;

static void *take_from_pool(uint64_t size)
{
	void *reached = pool + align_up(pool_used, size > PAGE_SIZE ? 2 * PAGE_SIZE : PAGE_SIZE);

	pool_used = align_up((uint64_t)((uint8_t *)reached - pool) + size, PAGE_SIZE);
	assert_true(pool_used <= sizeof(pool));
	return reached;
}

static void *reach(pa_t pa, uint64_t size)
{
	assert_true(pa.v >= RAM_BASE + IMAGE_SIZE);
	return take_from_pool(size);
}

static void *reach_as_a_pointer(pa_t pa, uint64_t size)
{
	return pa.v ? take_from_pool(size) : NULL;
}

/* The ranges that were handed out, as a map of units of a page. */
static struct map {
	uint8_t used[64 * MIB / PAGE_SIZE];
	uint64_t size;
} map;

static void mark(uint64_t base, uint64_t size)
{
	assert_true(base >= RAM_BASE + IMAGE_SIZE && base - RAM_BASE + size <= map.size);
	for (uint64_t at = (base - RAM_BASE) / PAGE_SIZE; at < (base - RAM_BASE + size) / PAGE_SIZE; at++)
		assert_int_equal(map.used[at]++, 0);
}

static void mark_vm(const struct config_vm *config, const struct plan_vm *vm)
{
	mark(vm->memory.v, config->memory_size);
	mark(vm->stage2_root.v, 2 * PAGE_SIZE);
	for (unsigned v = 0; v < config->vcpu_count; v++)
		mark(vm->vcpu[v].v, plan_vcpu_size());
}

static uint64_t planned_at(const struct plan_vm *vm, uint64_t ipa)
{
	uint64_t pa = 0;
	unsigned access;

	assert_int_equal(table_look_up(&vm->stage2, ipa, &pa, &access), OK);
	return pa;
}

/* A machine with this much RAM: a bit for each VM that fits. */
static unsigned plan_all(uint64_t ram_size, struct plan *plan, struct plan_vm *vm)
{
	unsigned had = 0;

	world_host.ram[0] = (struct host_range){RAM_BASE, ram_size};
	world_host.ram_count = 1;
	world_host.initrd_size = 0;
	world_host.tree_size = 0;
	said_init(&world_said);
	memset(&map, 0, sizeof(map));
	map.size = ram_size;
	pool_used = 0;
	*plan = (struct plan){.system = &world_system,
						  .host = &world_host,
						  .report = &world_said.report,
						  .ipa_bits = 40,
						  .reach = reach};
	assert_int_equal(plan_machine(plan, (struct host_range){RAM_BASE, IMAGE_SIZE}, (pa_t){RAM_BASE}), OK);
	plan_common(plan);
	for (unsigned v = 0; v < VM_COUNT; v++) {
		uint64_t before = ram_total(&plan->ram), fixed = plan->fixed[v].piece.size;
		bool fits = plan_vm(plan, v, &vm[v]) == OK;

		had |= (unsigned)fits << v;
		if (!fits) /* nothing stays taken */
			assert_int_equal(ram_total(&plan->ram), before + fixed);
	}
	return had;
}

static void read_on_a_large_machine(const char *changes)
{
	world_host.ram[0] = (struct host_range){RAM_BASE, 1024 * MIB};
	world_host.ram_count = 1;
	assert_int_equal(world_read(changes), OK);
	assert_string_equal(world_said.text, "");
}

static void every_size_of_machine(void **state)
{
	static struct plan_vm vm[VM_COUNT];
	static struct plan plan;
	unsigned last = 0, seen = 0;

	(void)state;
	read_on_a_large_machine(three);
	for (uint64_t size = IMAGE_SIZE; size < 32 * MIB; size += STEP) {
		unsigned had = plan_all(size, &plan, vm);
		pa_t ring;

		for (unsigned v = 0; v < VM_COUNT; v++)
			if (had >> v & 1)
				mark_vm(&world_system.vm[v], &vm[v]);
		if (ram_granted(&plan.shared[0], &ring) == OK)
			mark(ring.v, world_system.shared[0].size);
		else
			assert_false(had >> LINUX & 1);
		if (had >> LINUX & 1)
			assert_int_equal(planned_at(&vm[LINUX], world_system.vm[LINUX].share[0].ipa), ring.v);
		/* Each VM that is refused is named; when all fits, there is no message. */
		assert_int_equal(world_said.text[0] == 0, had == 7);
		for (unsigned v = 0; v < VM_COUNT; v++)
			assert_true(had >> v & 1 || strstr(world_said.text, world_system.vm[v].name));
		assert_int_equal(plan.lacking, had != 7);
		seen |= 1u << had;
		last = had;
	}
	assert_int_equal(last, 7);
	assert_true(seen &
				1u << (1u << FIXED)); /* its place is its own, even if there is no room for other VMs */
}

static void what_is_missing_is_said_with_how_much(void **state)
{
	static struct plan_vm vm[VM_COUNT];
	static struct plan plan;

	(void)state;
	read_on_a_large_machine(three);
	assert_int_equal(plan_all(7 * MIB, &plan, vm), 1u << FIXED);
	assert_string_equal(
		world_said.text,
		"/vms/linux: memory-size: 0x600000: the largest free piece of RAM has 0x100000 bytes, 0x500000 too "
		"few; "
		"give it "
		"less, or the machine more\n"
		"/vms/plain: memory-size: 0x400000: the largest free piece of RAM has 0x0 bytes, 0x400000 too few; "
		"give it "
		"less, or the machine more\n");
	assert_int_equal(plan_all(3 * MIB, &plan, vm), 0);
	assert_non_null(strstr(world_said.text,
						   "/vms/fixed: memory-address: 0x40400000: this machine has no free RAM of "
						   "0x200000 bytes there"));
	assert_non_null(strstr(world_said.text, "/shared-memory/ring: size: 0x200000: the largest free piece"));
}

/* A VM does not start if there is no RAM for one of its shared memories; the memory has no address. */
static void no_ram_is_no_address(void **state)
{
	static struct plan_vm vm[VM_COUNT];
	static struct plan plan;
	pa_t ring = {1};
	char changes[sizeof three + 256];

	(void)state;
	snprintf(changes, sizeof changes,
			 "%s/ { shared-memory { ring { size = <0x8000000>; }; };\n"
			 "vms { linux { shared-memory { ring { address = <0x1 0>; read-only; }; }; }; }; };\n",
			 three);
	read_on_a_large_machine(changes);
	assert_int_equal(plan_all(32 * MIB, &plan, vm), 1u << FIXED | 1u << PLAIN);
	assert_string_equal(
		world_said.text,
		"/shared-memory/ring: size: 0x8000000: the largest free piece of RAM has 0x1a00000 bytes, "
		"0x6600000 too few; give it less, or the machine more\n"
		"/vms/linux/shared-memory/ring: there is no RAM for it\n");
	assert_int_equal(ram_granted(&plan.shared[0], &ring), ERR_NO_MEMORY);
	assert_int_equal(ring.v, 1);
}

/* What VMs with machine = "virt" read where nothing is: once, and for those VMs alone. */
static void blank_memory_is_taken_once(void **state)
{
	static struct plan_vm vm[VM_COUNT];
	static struct plan plan;
	pa_t blank;
	unsigned access;
	uint64_t to;
	char changes[sizeof three + 256];

	(void)state;
	read_on_a_large_machine(three);
	assert_int_equal(plan_all(32 * MIB, &plan, vm), 7);
	assert_int_equal(ram_granted(&plan.blank, &blank), ERR_NO_MEMORY);
	snprintf(changes, sizeof changes,
			 "%s/ { vms { linux { machine = \"virt\"; }; plain { machine = \"virt\"; }; }; };\n", three);
	read_on_a_large_machine(changes);
	assert_int_equal(plan_all(32 * MIB, &plan, vm), 7);
	assert_int_equal(ram_granted(&plan.blank, &blank), OK);
	mark(blank.v, BLANK_MEMORY_SIZE);
	for (unsigned v = 0; v < VM_COUNT; v++)
		mark_vm(&world_system.vm[v], &vm[v]);
	assert_int_equal(planned_at(&vm[LINUX], GUEST_TRANSPORTS_BASE), blank.v + BLOCK_SIZE);
	assert_int_equal(planned_at(&vm[PLAIN], 5 * BLOCK_SIZE), blank.v);
	assert_int_equal(table_look_up(&vm[FIXED].stage2, 0, &to, &access), ERR_NOT_FOUND);
}

static void no_ram_is_no_blank_memory(void **state)
{
	static struct plan_vm vm[VM_COUNT];
	static struct plan plan;
	char changes[sizeof three + 256];

	(void)state;
	snprintf(changes, sizeof changes, "%s/ { vms { fixed { machine = \"virt\"; }; }; };\n", three);
	read_on_a_large_machine(changes);
	assert_int_equal(plan_all(8 * MIB, &plan, vm), 0);
	assert_non_null(strstr(world_said.text, "/vms/fixed: machine: 0x202000: the largest free piece of RAM"));
	assert_non_null(strstr(world_said.text,
						   "/vms/fixed: machine: there is no RAM for its erased flash, empty "
						   "transports and empty PCI bus\n"));
}

/* The room that a tree takes is its own, in whole pages. */
static void a_small_vm_has_room_for_the_tree_that_it_gets(void **state)
{
	static struct plan_vm vm[VM_COUNT];
	static struct plan plan;
	char changes[sizeof three + 8192];
	int chosen;

	(void)state;
	for (unsigned long_words = 0; long_words < 2; long_words++) {
		snprintf(changes, sizeof changes,
				 "%s/ { vms { plain { memory-size = <0x200000>; load-address = <0x401fe000>;"
				 "tree-address = <0x401ff000>; ramdisk = [00]; bootargs = \"%0*d\"; }; }; };\n",
				 three, long_words ? 3000 : 1, 0);
		read_on_a_large_machine(changes);
		assert_int_equal(plan_all(32 * MIB, &plan, vm), long_words ? 3 : 7);
		if (long_words)
			continue;
		assert_true(vm[PLAIN].tree.size < PAGE_SIZE);
		assert_int_equal(vm[PLAIN].placement.tree, 0x401ff000);
		assert_int_equal(vm[PLAIN].placement.ramdisk, 0x40000000);
		chosen = fdt_path_offset(vm[PLAIN].tree.data, "/chosen");
		assert_int_equal(fdt64_ld(fdt_getprop(vm[PLAIN].tree.data, chosen, "linux,initrd-end", NULL)),
						 0x40000001);
		assert_string_equal(world_said.text, "");
	}
	assert_string_equal(world_said.text,
						"/vms/plain: tree-address: 0x2000 bytes at 0x401ff000 do not fit the VM's memory, "
						"0x200000 bytes from 0x40000000; give it more memory or another address\n");
}

/* Its own RAM, that it cannot write. */
static void firmware_is_in_flash(void **state)
{
	static struct plan_vm vm[VM_COUNT];
	static struct plan plan;
	uint64_t to;
	unsigned access;
	char changes[sizeof three + 256];

	(void)state;
	snprintf(changes, sizeof changes,
			 "%s/ { vms { plain { /delete-property/ image; firmware = [00 00 00 14]; machine = \"virt\"; }; "
			 "}; };\n",
			 three);
	read_on_a_large_machine(changes);
	assert_int_equal(plan_all(32 * MIB, &plan, vm), 7);
	mark(vm[PLAIN].firmware.v, PAGE_SIZE);
	for (unsigned v = 0; v < VM_COUNT; v++)
		mark_vm(&world_system.vm[v], &vm[v]);
	assert_int_equal(table_look_up(&vm[PLAIN].stage2, GUEST_FLASH_BASE, &to, &access), OK);
	assert_int_equal(to, vm[PLAIN].firmware.v);
	assert_int_equal(access, TABLE_READ | TABLE_EXECUTE);
	assert_int_equal(planned_at(&vm[PLAIN], GUEST_FLASH_BASE + PAGE_SIZE) % BLOCK_SIZE, PAGE_SIZE);
	assert_int_equal(vm[PLAIN].placement.entry, GUEST_FLASH_BASE);
	assert_int_equal(vm[PLAIN].placement.tree, vm[PLAIN].ram_ipa);
	assert_int_equal(vm[LINUX].firmware.v, 0);
}

static void without_room_for_it_those_vms_do_not_start(void **state)
{
	static struct plan_vm vm[VM_COUNT];
	static struct plan plan;
	char changes[sizeof three + 256];

	(void)state;
	snprintf(changes, sizeof changes, "%s/ { vms { plain { machine = \"virt\"; }; }; };\n", three);
	read_on_a_large_machine(changes);
	assert_int_equal(plan_all(8 * MIB, &plan, vm) & 1u << PLAIN, 0);
	assert_non_null(strstr(world_said.text, "/vms/plain: machine: 0x202000: the largest free piece of RAM"));
}

/* Boards exist whose RAM begins at 0: a pointer there is NULL. */
static void nothing_is_put_at_address_0(void **state)
{
	static struct plan_vm vm[VM_COUNT];
	static struct plan plan;

	(void)state;
	read_on_a_large_machine(three);
	world_host.ram[0] = (struct host_range){0, 64 * MIB};
	pool_used = 0;
	plan = (struct plan){.system = &world_system,
						 .host = &world_host,
						 .report = &world_said.report,
						 .ipa_bits = 40,
						 .reach = reach_as_a_pointer};
	assert_int_equal(plan_machine(&plan, (struct host_range){MIB, IMAGE_SIZE}, (pa_t){MIB}), OK);
	plan_common(&plan);
	for (unsigned v = 0; v < VM_COUNT; v++) {
		assert_int_equal(plan_vm(&plan, v, &vm[v]), v == FIXED ? ERR_NO_MEMORY : OK);
		assert_true(v == FIXED || (vm[v].memory.v && vm[v].stage2_root.v && vm[v].vcpu[0].v));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_size_of_machine),
		cmocka_unit_test(what_is_missing_is_said_with_how_much),
		cmocka_unit_test(no_ram_is_no_address),
		cmocka_unit_test(blank_memory_is_taken_once),
		cmocka_unit_test(no_ram_is_no_blank_memory),
		cmocka_unit_test(a_small_vm_has_room_for_the_tree_that_it_gets),
		cmocka_unit_test(firmware_is_in_flash),
		cmocka_unit_test(without_room_for_it_those_vms_do_not_start),
		cmocka_unit_test(nothing_is_put_at_address_0),
	};

	return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
