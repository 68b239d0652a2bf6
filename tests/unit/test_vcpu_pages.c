/* SPDX-License-Identifier: Apache-2.0 */
/* The pages that vCPUs share with EL2: which VMs have them, where, and what a guest may do with them. */
#include "config_world.h"

#include <libfdt.h>

#include "base/bits.h"
#include "vm/plan.h"
#include "vm/tree.h"
#include "vm/vcpu_pages.h"

#define BASE UINT64_C(0xc000000)
#define RAM_BASE UINT64_C(0x40000000)
#define POOL_BYTES 0x400000
#define LINUX(properties) "/ { vms { linux { " properties " }; }; };\n"

static _Alignas(2 * PAGE_SIZE) uint8_t pool[POOL_BYTES];
static uint64_t pool_used;

static void *reach(pa_t pa, uint64_t size)
{
	void *reached = pool + align_up(pool_used, 2 * PAGE_SIZE);

	(void)pa;
	pool_used = align_up(pool_used, 2 * PAGE_SIZE) + align_up(size, PAGE_SIZE);
	assert_true(pool_used <= sizeof(pool));
	return reached;
}

/* Plans the first VM of this description on a large machine. */
static struct plan_vm plan_linux(const char *changes)
{
	static struct plan plan;
	struct plan_vm vm;

	world_host.ram[0] = (struct host_range){RAM_BASE, 0x40000000};
	world_host.ram_count = 1;
	assert_int_equal(world_read(changes), OK);
	assert_string_equal(world_said.text, "");
	pool_used = 0;
	plan = (struct plan){.system = &world_system,
						 .host = &world_host,
						 .report = &world_said.report,
						 .ipa_bits = 40,
						 .reach = reach};
	assert_int_equal(plan_machine(&plan, (struct host_range){RAM_BASE, 0x200000}, (pa_t){RAM_BASE}), OK);
	plan_common(&plan);
	assert_int_equal(plan_vm(&plan, 0, &vm), OK);
	return vm;
}

/* What the guest may do at an address of its own; 0: nothing. */
static unsigned access_at(const struct plan_vm *vm, uint64_t ipa, uint64_t *pa)
{
	unsigned access = 0;

	return table_look_up(&vm->stage2, ipa, pa, &access) == OK ? access : 0;
}

static void each_vcpu_writes_one_page_and_reads_the_other(void **state)
{
	struct plan_vm vm = plan_linux(LINUX("cpus = <0 1 2>; closed-flag;"));
	uint64_t pa;

	(void)state;
	assert_true(world_system.vm[0].closed_flag);
	for (unsigned v = 0; v < 3; v++) {
		assert_int_equal(vcpu_pages_ipa(v), BASE + v * 0x2000);
		assert_int_equal(access_at(&vm, BASE + v * 0x2000, &pa), TABLE_READ | TABLE_WRITE);
		assert_int_equal(pa, vm.vcpu_pages.v + v * 0x2000);
		assert_int_equal(access_at(&vm, BASE + v * 0x2000 + 0x1000, &pa), TABLE_READ);
		assert_int_equal(pa, vm.vcpu_pages.v + v * 0x2000 + 0x1000);
	}
	assert_int_equal(access_at(&vm, BASE + 0x6000, &pa), 0);
	assert_true(vm.vcpu_pages.v + 0x6000 <= vm.memory.v ||
				vm.vcpu_pages.v >= vm.memory.v + world_system.vm[0].memory_size);
}

static void a_vm_that_shares_has_its_stolen_time_alone(void **state)
{
	struct plan_vm vm = plan_linux(LINUX("cpus = <1>;") SECOND(""));
	uint64_t pa;

	(void)state;
	assert_int_equal(access_at(&vm, BASE, &pa), 0);
	assert_int_equal(access_at(&vm, BASE + 0x1000, &pa), TABLE_READ);
	assert_int_equal(pa, vm.vcpu_pages.v + 0x1000);
	assert_int_equal(access_at(&vm, BASE + 0x3000, &pa), 0);
}

static void other_vms_have_none(void **state)
{
	struct plan_vm vm = plan_linux(LINUX("cpus = <0>;") SECOND("closed-flag;"));
	uint64_t pa;

	(void)state;
	assert_int_equal(vcpu_pages_size(&world_system.vm[0]), 0);
	assert_int_equal(vcpu_pages_size(&world_system.vm[1]), 0x2000);
	assert_int_equal(access_at(&vm, BASE, &pa), 0);
	assert_int_equal(access_at(&vm, BASE + 0x1000, &pa), 0);
}

static void they_begin_as_zeroes(void **state)
{
	static struct signalbox_closed pages, expected;

	(void)state;
	memset(&pages, 0xff, sizeof(pages));
	vcpu_pages_reset(&pages, 5);
	expected.version = 1;
	expected.pcpu = 5;
	assert_memory_equal(&pages, &expected, sizeof(pages));
}

static void the_tree_names_them(void **state)
{
	const struct plan_vm flagged = plan_linux(LINUX("cpus = <0 1>; closed-flag;"));
	static const uint8_t reg[] = {0, 0, 0, 0, 0xc, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0};
	int size, node = fdt_path_offset(flagged.tree.data, "/closed-flag@c000000");
	struct plan_vm plain;

	(void)state;
	assert_true(node > 0);
	assert_int_equal(fdt_node_check_compatible(flagged.tree.data, node, "signalbox,closed-flag"), 0);
	assert_memory_equal(fdt_getprop(flagged.tree.data, node, "reg", &size), reg, sizeof(reg));
	assert_int_equal(size, sizeof(reg));
	plain = plan_linux(LINUX("cpus = <1>;") SECOND(""));
	assert_true(fdt_path_offset(plain.tree.data, "/closed-flag@c000000") < 0);
}

#define SHARED(address) \
	"/ { shared-memory { ring { size = <0x1000>; }; }; vms { linux { shared-memory { ring { address " \
	"= " address "; }; }; }; }; };\n"
#define AWAY \
	"/ { vms { linux { memory-address = <0xc000000>; memory-size = <0x800000>; machine = \"plain\"; " \
	"console = \"none\"; }; }; };\n"

static const struct mistake mistakes[] = {
	{LINUX("closed-flag = <1>;"),
	 "/vms/linux: closed-flag: is a flag and takes no value; write `closed-flag;` or leave it out\n"},
	{LINUX("closed-flags;"),
	 "/vms/linux: closed-flags: there is no such property; did you mean closed-flag?\n"},
	{LINUX("closed-flag;") AWAY, "/vms/linux: the memory (0xc000000 to 0xc7fffff) overlaps the pages of "
								 "closed-flag (0xc000000 to 0xc001fff); "
								 "give another memory-address, or leave closed-flag out\n"},
	{LINUX("closed-flag;") SHARED("<0xc001000>"),
	 "/vms/linux/shared-memory/ring: address: 0xc001000 to 0xc001fff overlaps the pages of closed-flag "
	 "(0xc000000 "
	 "to 0xc001fff); give another address, or leave closed-flag out\n"},
	{LINUX("cpus = <1>;") SHARED("<0xc001000>") SECOND(""),
	 "/vms/linux/shared-memory/ring: address: 0xc001000 to 0xc001fff overlaps its stolen time (0xc000000 to "
	 "0xc001fff); give another address, or give the VM processors of its own, without closed-flag\n"},
};

static void what_overlaps_is_named(void **state)
{
	(void)state;
	world_expect_mistakes(mistakes, ARRAY_COUNT(mistakes));
	assert_false(world_system.vm[0].valid);
	assert_int_equal(world_read(LINUX("cpus = <0>;") SHARED("<0xc001000>")), OK);
	assert_string_equal(world_said.text, ""); /* nothing of Signalbox's is there */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_vcpu_writes_one_page_and_reads_the_other),
		cmocka_unit_test(a_vm_that_shares_has_its_stolen_time_alone),
		cmocka_unit_test(other_vms_have_none),
		cmocka_unit_test(they_begin_as_zeroes),
		cmocka_unit_test(the_tree_names_them),
		cmocka_unit_test(what_overlaps_is_named),
	};

	return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
