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

static struct config_spares spares;

static void find(const char *changes, unsigned intid_count)
{
	assert_int_equal(world_read(changes), OK);
	assert_string_equal(world_said.text, "");
	config_find_spares(&spares, &world_system, &world_host, intid_count);
}

/* What the console gets, whose number the machine's own UART has. */
static uint32_t one_for_a_console(void)
{
	return config_take_spare(&spares, GUEST_UART_INTID);
}

static void test_each_gets_another(void **state)
{
	(void)state;
	find(LINUX(DIRECT) SECOND("delivery = \"auto\";"), 288);
	assert_int_equal(one_for_a_console(), 287);
	assert_int_equal(one_for_a_console(), 286);
	assert_int_equal(config_take_spare(&spares, 14), 285);
	find(LINUX("permissions = \"direct\";") SECOND(""), 288);
	assert_int_equal(one_for_a_console(), 287);
}

/* The pass over the machine's tree is long. */
static void test_none_for_nobody(void **state)
{
	(void)state;
	find(LINUX("") SECOND(""), 288);
	assert_int_equal(one_for_a_console(), 0);
}

/* 1020 to 1023 are no interrupts, whatever a GIC has. */
static void test_last_of_the_gic(void **state)
{
	(void)state;
	find(LINUX(DIRECT), 1024);
	assert_int_equal(one_for_a_console(), 1019);
	assert_int_equal(config_take_spare(&spares, 1020), 1018);
}

/* The machine's virtio transport has 56, its "busy" device 122 to 130, the RTC 34. */
static void test_what_the_machine_has(void **state)
{
	(void)state;
	find(LINUX(DIRECT), 131);
	assert_int_equal(one_for_a_console(), 121);
	assert_int_equal(config_take_spare(&spares, 125), 120);
	find(LINUX(DIRECT), 57);
	assert_int_equal(one_for_a_console(), 55);
}

/* A doorbell keeps its number where it can: it needs no translation then. */
static void test_doorbells(void **state)
{
	(void)state;
	find(RING LINUX(DIRECT "shared-memory { ring { doorbell = <255>; }; };")
			 SECOND(DIRECT "shared-memory { ring { doorbell = <253>; }; };"),
		 288);
	assert_int_equal(one_for_a_console(), 286);
	assert_int_equal(one_for_a_console(), 284);
	assert_int_equal(config_take_spare(&spares, 287), 287);
	assert_int_equal(config_take_spare(&spares, 287), 283); /* another VM's with the same number */
	find(RING LINUX(DIRECT) SECOND("shared-memory { ring { doorbell = <255>; }; };"), 288);
	assert_int_equal(one_for_a_console(), 287); /* that one never comes directly */
}

static void test_none_left(void **state)
{
	(void)state;
	find(LINUX(DIRECT), 32);
	assert_int_equal(one_for_a_console(), 0);
	find(LINUX(DIRECT) SECOND(DIRECT), 40);
	for (uint32_t taken, last = 40; (taken = one_for_a_console()) != 0; last = taken) {
		assert_true(taken < last);
		assert_true(taken >= GIC_PRIVATE_COUNT);
	}
	assert_int_equal(one_for_a_console(), 0);
}

#define MAP_ENTRY(spi) " 0x800 0 0 1 0x8005 0 0 0 " spi " 4"

/* Reads the machine again, with a bus and with messages; the choice for one console, of 288. */
static uint32_t choice_on(const char *changes)
{
	struct host host;

	said_init(&world_said);
	assert_int_equal(
		host_read(description_machine("qemu-virt-4cpu.dts", changes), 0, &host, &world_said.report), OK);
	assert_int_equal(world_read(LINUX(DIRECT)), OK);
	config_find_spares(&spares, &world_system, &host, 288);
	free((void *)host.tree);
	return one_for_a_console();
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_gets_another),  cmocka_unit_test(test_none_for_nobody),
		cmocka_unit_test(test_last_of_the_gic),    cmocka_unit_test(test_what_the_machine_has),
		cmocka_unit_test(test_doorbells),          cmocka_unit_test(test_none_left),
		cmocka_unit_test(test_a_bus_and_messages),
	};

	return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
