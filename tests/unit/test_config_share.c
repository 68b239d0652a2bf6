/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that VMs share: what each sees, and every mistake. */
#include "config_world.h"
#include "vm/layout.h"

#define LINUX(properties) "/ { vms { linux { " properties " }; }; };\n"
#define RING "/ { shared-memory { ring { size = <0x10000>; }; }; };\n"

static const struct mistake mistakes[] = {
	{"/ { shared-memory { ring { }; }; };",
	 "/shared-memory/ring: size: give the size in bytes, as <0x10000> for 64 KiB\n"},
	{"/ { shared-memory { ring { size = <0x10>; }; }; };",
	 "/shared-memory/ring: size: 0x10 is not a multiple of 4 KiB up to 2^40 bytes\n"},
	{"/ { shared-memory { ring { size = <0x1000>; address = <0>; }; }; };",
	 "/shared-memory/ring: address: there is no such property; docs/system-description.md lists them\n"},
	{"/ { shared-memory { r@1 { size = <0x1000>; }; }; };",
	 "/shared-memory/r@1: the name \"r@1\" must start with a letter, and hold letters, digits, - and _\n"},
	{"/ { shared-memory { a { size = <4096>; }; b { size = <4096>; }; c { size = <4096>; }; d { size = "
	 "<4096>; };\n"
	 "e { size = <4096>; }; f { size = <4096>; }; g { size = <4096>; }; h { size = <4096>; }; i { size = "
	 "<4096>; }; }; };",
	 "/shared-memory/i: is one too many: a system has at most 8 shared memories\n"},
	{RING LINUX("shared-memory { rin { }; };"),
	 "/vms/linux/shared-memory/rin: there is no /shared-memory/rin; did you mean ring?\n"},
	{LINUX("shared-memory { ring { }; };"),
	 "/vms/linux/shared-memory/ring: there is no /shared-memory/ring; describe it there with its size\n"},
	{"/ { shared-memory { ring { size = <1>; }; }; };" LINUX("shared-memory { ring { }; };"),
	 "/shared-memory/ring: size: 0x1 is not a multiple of 4 KiB up to 2^40 bytes\n"
	 "/vms/linux/shared-memory/ring: /shared-memory/ring has a mistake\n"},
	{RING LINUX("shared-memory { ring { door-bell = <1>; }; };"),
	 "/vms/linux/shared-memory/ring: door-bell: there is no such property; did you mean doorbell?\n"},
	{RING LINUX("shared-memory { ring { address = <0xb000800>; }; };"),
	 "/vms/linux/shared-memory/ring: address: 0xb000800 is not a multiple of 4 KiB below 2^40\n"},
	{RING LINUX("shared-memory { ring { address = <0xff 0xffff8000>; }; };"),
	 "/vms/linux/shared-memory/ring: address: 0xffffff8000 is not a multiple of 4 KiB below 2^40\n"},
	{"/ { shared-memory { ring { size = <0x1001000>; }; }; };" LINUX("shared-memory { ring { }; };"),
	 "/vms/linux/shared-memory/ring: address: is missing: the 16 MiB for shared memories without one are "
	 "full\n"},
	{RING LINUX("shared-memory { ring { address = <0x47fff000>; }; };"),
	 "/vms/linux/shared-memory/ring: address: 0x47fff000 to 0x4800efff overlaps the memory (0x40000000 to "
	 "0x47ffffff); give another address\n"},
	{RING "/ { shared-memory { pool { size = <0x1000>; }; }; };" LINUX(
		 "shared-memory { ring { }; pool { address = <0xb00f000>; }; };"),
	 "/vms/linux/shared-memory/pool: address: 0xb00f000 to 0xb00ffff overlaps the shared memory ring "
	 "(0xb000000 to 0xb00ffff); give another address\n"},
	{RING LINUX("shared-memory { ring { address = <0x9000000>; }; };"),
	 "/vms/linux/shared-memory/ring: address: 0x9000000 to 0x900ffff overlaps the console (0x9000000 to "
	 "0x9000fff); give another address, or set console = \"none\"\n"},
	{RING LINUX("shared-memory { ring { doorbell = <988>; }; };"),
	 "/vms/linux/shared-memory/ring: doorbell: 988 is no shared interrupt; SPIs are 0 to 987\n"},
	{RING LINUX("shared-memory { ring { doorbell = <1>; }; };"),
	 "/vms/linux: shared-memory: the doorbell of ring, SPI 1, is the interrupt of the console; take "
	 "another\n"},
	{RING LINUX("machine = \"virt\"; shared-memory { ring { doorbell = <2>; }; };"),
	 "/vms/linux: shared-memory: the doorbell of ring, SPI 2, is the interrupt of the clock of machine = "
	 "\"virt\"; take another\n"},
	{RING LINUX("machine = \"virt\"; devices = \"rtc\"; shared-memory { ring { doorbell = <7>; }; };"),
	 "/vms/linux: shared-memory: the doorbell of ring, SPI 7, is the interrupt of the GPIO of machine = "
	 "\"virt\"; take another\n"},
	{RING LINUX("machine = \"virt\"; shared-memory { ring { address = <0x09010000>; }; };"),
	 "/vms/linux/shared-memory/ring: address: 0x9010000 to 0x901ffff overlaps the clock of machine = "
	 "\"virt\" (0x9010000 to 0x9010fff); give another address, or leave machine out\n"},
	{RING LINUX("devices = \"rtc\"; shared-memory { ring { doorbell = <2>; }; };"),
	 "/vms/linux: shared-memory: the doorbell of ring, SPI 2, is the interrupt of rtc; take another\n"},
	{RING "/ { shared-memory { pool { size = <0x1000>; }; }; };" LINUX(
		 "shared-memory { ring { doorbell = <50>; }; pool { doorbell = <50>; }; };"),
	 "/vms/linux: shared-memory: the doorbell of pool, SPI 50, is the interrupt of ring; take another\n"},
};

static void test_shares(void **state)
{
	const struct config_vm *vm = &world_system.vm[0];

	(void)state;
	assert_int_equal(
		world_read("/ { shared-memory { ring { size = <0x10000>; }; big { size = /bits/ 64 <0x4000>; }; };\n"
				   "vms { linux { console = \"none\"; shared-memory { big { doorbell = <1>; read-only; };\n"
				   "ring { address = <0xc000000>; }; }; }; }; };\n" SECOND(
					   "shared-memory { big { doorbell = <100>; }; };")),
		OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(world_system.shared_count, 2);
	assert_int_equal(world_system.shared[1].size, 0x4000);
	assert_int_equal(vm->share_count, 2);
	assert_int_equal(vm->share[0].shared, 1);
	assert_int_equal(vm->share[0].ipa, GUEST_SHARED_BASE + 0x10000);
	assert_int_equal(vm->share[0].doorbell, 33);
	assert_true(vm->share[0].read_only);
	assert_int_equal(vm->share[1].ipa, 0xc000000);
	assert_int_equal(vm->share[1].doorbell, 0);
	/* The same address in all VMs that name no other. */
	assert_int_equal(world_system.vm[1].share[0].ipa, vm->share[0].ipa);
}

static void test_mistakes(void **state)
{
	(void)state;
	world_expect_mistakes(mistakes, ARRAY_COUNT(mistakes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
