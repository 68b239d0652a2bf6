/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupt numbers for emulated devices of VMs that may be direct: numbers that the machine has, and no
 * device uses.
 */
#include "config_world.h"

#include "vm/layout.h"

#define LINUX(properties) "/ { vms { linux { " properties " }; }; };\n"
#define RING "/ { shared-memory { ring { size = <0x1000>; }; }; };\n"
#define DIRECT "delivery = \"direct\"; "

/* The number that each VM's console gets, of a GIC with this many. */
static uint32_t uart_of(unsigned vm)
{
	assert_true(vm < world_system.vm_count);
	return world_system.vm[vm].uart_intid;
}

static void choose(const char *changes, unsigned intid_count)
{
	assert_int_equal(world_read(changes), OK);
	assert_string_equal(world_said.text, "");
	for (unsigned vm = 0; vm < world_system.vm_count; vm++)
		assert_int_equal(uart_of(vm), GUEST_UART_INTID);
	config_choose_spares(&world_system, &world_host, intid_count);
}

static void test_who_gets_one(void **state)
{
	(void)state;
	choose(LINUX(DIRECT) SECOND(""), 288);
	assert_int_equal(uart_of(0), 287);
	assert_int_equal(uart_of(1), GUEST_UART_INTID);
	choose(LINUX("permissions = \"direct\";") SECOND("delivery = \"auto\";"), 288);
	assert_int_equal(uart_of(0), 287);
	assert_int_equal(uart_of(1), 286);
	choose(LINUX(DIRECT "console = \"none\";") SECOND(DIRECT), 288);
	assert_int_equal(uart_of(0), GUEST_UART_INTID);
	assert_int_equal(uart_of(1), 287);
}

/* 1020 to 1023 are no interrupts, whatever a GIC has. */
static void test_last_of_the_gic(void **state)
{
	(void)state;
	choose(LINUX(DIRECT), 1024);
	assert_int_equal(uart_of(0), 1019);
}

/* The machine's virtio transport has 56, its "busy" device 122 to 130, the RTC 34. */
static void test_what_the_machine_has(void **state)
{
	(void)state;
	choose(LINUX(DIRECT) SECOND(DIRECT), 131);
	assert_int_equal(uart_of(0), 121);
	assert_int_equal(uart_of(1), 120);
	choose(LINUX(DIRECT), 57);
	assert_int_equal(uart_of(0), 55);
}

static void test_doorbells(void **state)
{
	(void)state;
	choose(RING LINUX(DIRECT "shared-memory { ring { doorbell = <255>; }; };")
			   SECOND(DIRECT "shared-memory { ring { doorbell = <253>; }; };"),
		   288);
	assert_int_equal(uart_of(0), 286);
	assert_int_equal(uart_of(1), 284);
}

/* A VM with a device tree of its own keeps 33, whatever that tree says: Signalbox does not read it. */
static void test_own_tree(void **state)
{
	static _Alignas(8) char tree[256];

	(void)state;
	assert_int_equal(fdt_create_empty_tree(tree, sizeof tree), 0);
	assert_int_equal(fdt_pack(tree), 0);
	description_file("own.dtb", tree, fdt_totalsize(tree));
	choose(LINUX(DIRECT "device-tree = /incbin/(\"own.dtb\");") SECOND(DIRECT), 288);
	assert_int_equal(uart_of(0), GUEST_UART_INTID);
	assert_int_equal(uart_of(1), 287);
}

/* If the GIC has no number left, no VM gets the number of another VM. */
static void test_none_left(void **state)
{
	uint32_t left = 0;

	(void)state;
	choose(LINUX(DIRECT), 32);
	assert_int_equal(uart_of(0), GUEST_UART_INTID);
	for (unsigned count = 33; count <= 40; count++) {
		choose(LINUX(DIRECT) SECOND(DIRECT), count);
		if (uart_of(0) != GUEST_UART_INTID)
			assert_true(config_is_spare(&world_system, &world_host, uart_of(0)));
		if (uart_of(1) != GUEST_UART_INTID)
			assert_true(uart_of(1) < uart_of(0));
		left += uart_of(0) != GUEST_UART_INTID;
	}
	assert_true(left > 0);
}

#define MAP_ENTRY(spi) " 0x800 0 0 1 0x8005 0 0 0 " spi " 4"

/* Reads the machine again, with a bus and with messages; the choice for one VM, of 288. */
static uint32_t choice_on(const char *changes)
{
	struct host host;
	uint32_t chosen;

	said_init(&world_said);
	assert_int_equal(
		host_read(description_machine("qemu-virt-4cpu.dts", changes), 0, &host, &world_said.report), OK);
	assert_int_equal(world_read(LINUX(DIRECT)), OK);
	config_choose_spares(&world_system, &host, 288);
	chosen = uart_of(0);
	assert_true(config_is_spare(&world_system, &host, chosen));
	assert_int_equal(config_is_spare(&world_system, &host, 287), chosen == 287);
	free((void *)host.tree);
	return chosen;
}

static void test_a_bus_and_messages(void **state)
{
	(void)state;
	assert_int_equal(choice_on(""), 287);
	assert_int_equal(choice_on("/ { pcie@10000000 { #address-cells = <3>; #interrupt-cells = <1>;"
							   "interrupt-map = <" MAP_ENTRY("255") MAP_ENTRY("253")
								   MAP_ENTRY("254") ">; }; };"),
					 284);
	assert_int_equal(choice_on("/ { intc@8000000 { mbi-ranges = <100 1 280 20>; }; };"), 279);
	/* A map that makes no sense ends there: the rest of it is ignored. */
	assert_int_equal(choice_on("/ { pcie@10000000 { #address-cells = <3>; #interrupt-cells = <1>;"
							   "interrupt-map = <" MAP_ENTRY("255") " 0 0 0 1 0xdead 0 0 0 254 4>; }; };"),
					 286);
	assert_int_equal(choice_on("/ { pcie@10000000 { #address-cells = <99>; #interrupt-cells = <1>;"
							   "interrupt-map = <1 2 3>; }; };"),
					 287);
	assert_int_equal(choice_on("/ { pcie@10000000 { #address-cells = <3>; #interrupt-cells = <1>;"
							   "interrupt-map = <0x800 0 0 1 0x8005 0 0 0 255>; }; };"),
					 287);
	assert_int_equal(choice_on("/ { intc@8000000 { mbi-ranges = <287 0xffffffff 5>; }; };"), 286);
}

static void test_is_spare(void **state)
{
	(void)state;
	choose(RING LINUX(DIRECT "shared-memory { ring { doorbell = <64>; }; };")
			   SECOND("shared-memory { ring { doorbell = <64>; }; };"),
		   288);
	assert_true(config_is_spare(&world_system, &world_host, 96));
	assert_true(config_is_spare(&world_system, &world_host, 287));
	assert_true(config_is_spare(&world_system, &world_host, 1019));
	assert_false(config_is_spare(&world_system, &world_host, 1020));
	assert_false(config_is_spare(&world_system, &world_host, 34));
	assert_false(config_is_spare(&world_system, &world_host, 31));
	/* Two VMs cannot have one physical interrupt as a doorbell. */
	choose(RING LINUX(DIRECT "shared-memory { ring { doorbell = <64>; }; };")
			   SECOND("permissions = \"direct\"; shared-memory { ring { doorbell = <64>; }; };"),
		   288);
	assert_false(config_is_spare(&world_system, &world_host, 96));
	assert_true(config_is_spare(&world_system, &world_host, 287));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_gets_one),
		cmocka_unit_test(test_last_of_the_gic),
		cmocka_unit_test(test_what_the_machine_has),
		cmocka_unit_test(test_doorbells),
		cmocka_unit_test(test_own_tree),
		cmocka_unit_test(test_none_left),
		cmocka_unit_test(test_is_spare),
		cmocka_unit_test(test_a_bus_and_messages),
	};

	return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
