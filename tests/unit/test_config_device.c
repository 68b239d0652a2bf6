/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that are passed through: what a VM gets, and what it cannot have. */
#include "config_world.h"

#define LINUX(properties) "/ { vms { linux { " properties " }; }; };\n"
#define TRUSTED "permissions = \"dma\"; memory-identity;"

static void test_devices(void **state)
{
	const struct config_vm *vm = &world_system.vm[0];
	const struct config_device *device = vm->device;

	(void)state;
	assert_int_equal(
		world_read(LINUX("devices = \"rtc\", \"/pl061@9030000\", \"/gpio-keys\", \"/virtio_mmio@a001000\","
						 "\"/button@b800000\"; console = \"physical\";" TRUSTED)),
		OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(vm->device_count, 6);
	assert_string_equal(device[0].path, "rtc");
	assert_int_equal(device[0].node, fdt_path_offset(world_host.tree, "/pl031@9010000"));
	assert_false(device[0].does_dma);
	assert_int_equal(device[0].reg_count, 1);
	assert_int_equal(device[0].reg[0].base, 0x9010000);
	assert_int_equal(device[0].reg[0].size, 0x1000);
	assert_int_equal(device[0].irq_count, 1);
	assert_int_equal(device[0].irq[0].intid, 34);
	assert_false(device[0].irq[0].edge);
	assert_int_equal(device[2].reg_count, 0);
	assert_int_equal(device[2].irq_count, 0);
	/* Registers are mapped in whole pages. */
	assert_int_equal(device[3].reg[0].base, 0xa001000);
	assert_int_equal(device[3].reg[0].size, 0x1000);
	assert_true(device[3].does_dma);
	assert_int_equal(device[3].irq[0].intid, 56);
	assert_true(device[3].irq[0].edge);
	/* Its interrupt goes to the GPIO, which the VM has too. */
	assert_int_equal(device[4].irq_count, 0);
	assert_string_equal(device[5].path, "/pl011@9000000");
	assert_int_equal(device[5].irq[0].intid, 33);
}

/* Flash, and SRAM with its pieces below it, are memory for their guest, and do no DMA. */
static void test_memory(void **state)
{
	const struct config_device *device = world_system.vm[0].device;

	(void)state;
	assert_int_equal(world_read(LINUX("devices = \"/flash@be00000\", \"/sram@bd00000\", \"rtc\";")), OK);
	assert_string_equal(world_said.text, "");
	assert_true(device[0].is_memory && !device[0].does_dma);
	assert_true(device[0].is_flash && !device[1].is_flash);
	assert_true(device[1].is_memory && !device[1].does_dma);
	assert_int_equal(device[1].reg[0].base, 0xbd00000);
	assert_false(device[2].is_memory);
}

/* A page of two transports may be had as a whole. */
static void test_whole_page(void **state)
{
	(void)state;
	assert_int_equal(
		world_read(LINUX("devices = \"/virtio_mmio@a000200\", \"/virtio_mmio@a000000\";" TRUSTED)), OK);
	assert_string_equal(world_said.text, "");
	assert_true(world_system.vm[0].valid);
}

#define SHARES(page, other, vm) \
	" shares a page of registers, " page ", with \"" other "\", which belongs to " vm \
	"; a page has one owner: give both to the same VM\n"
#define DEVICES(list) LINUX("devices = " list ";")

static const struct mistake mistakes[] = {
	{DEVICES("\"/pl031@901000\""),
	 "/vms/linux: devices: the machine has no \"/pl031@901000\"; did you mean \"/pl031@9010000\"?\n"},
	{DEVICES("\"/pl031\""),
	 "/vms/linux: devices: the machine has no \"/pl031\"; give a path with its unit address, or a "
	 "label, of the host device tree\n"},
	{DEVICES("\"ethernet\""),
	 "/vms/linux: devices: the machine has no \"ethernet\"; give a path with its unit address, "
	 "or a label, of the host device tree\n"},
	{DEVICES("<1>"),
	 "/vms/linux: devices: must be paths or labels in quotes, as \"/pl031@9010000\", \"rtc\"\n"},
	{DEVICES("[41]"),
	 "/vms/linux: devices: must be paths or labels in quotes, as \"/pl031@9010000\", \"rtc\"\n"},
	{LINUX("devices;"),
	 "/vms/linux: devices: must be paths or labels in quotes, as \"/pl031@9010000\", \"rtc\"\n"},
	{DEVICES("\"rtc\", \"/pl031@9010000\""), "/vms/linux: devices: \"/pl031@9010000\" is listed twice\n"},
	/* Devices that belong to Signalbox. */
	{DEVICES("\"/\""), "/vms/linux: devices: \"/\" is the whole machine; name one device\n"},
	{DEVICES("\"/intc@8000000\""),
	 "/vms/linux: devices: \"/intc@8000000\" is the interrupt controller, which is "
	 "Signalbox's own; every VM has one that it emulates\n"},
	{DEVICES("\"/intc@8000000/its@8080000\""), "/vms/linux: devices: \"/intc@8000000/its@8080000\" is the "
											   "interrupt controller, which is Signalbox's own; every VM "
											   "has one that it emulates\n"},
	{DEVICES("\"/cpus/cpu@1\", \"/chosen\""), "/vms/linux: devices: \"/cpus/cpu@1\" is no device\n"
											  "/vms/linux: devices: \"/chosen\" is no device\n"},
	{DEVICES("\"/memory@40000000\""),
	 "/vms/linux: devices: \"/memory@40000000\" is memory; memory-size gives a VM memory\n"},
	{DEVICES("\"/timer\""),
	 "/vms/linux: devices: \"/timer\" is the timer of the processors; every VM has it already\n"},
	{DEVICES("\"/psci\""),
	 "/vms/linux: devices: \"/psci\" is the firmware, which is Signalbox's own; every VM has a "
	 "PSCI that it emulates\n"},
	{DEVICES("\"/pl011@9000000\""),
	 "/vms/linux: devices: \"/pl011@9000000\" is the console, which is Signalbox's own; "
	 "console = \"physical\" gives it to the VM\n"},
	{LINUX("devices = \"/pl011@9000000\"; console = \"physical\";"),
	 "/vms/linux: console: \"/pl011@9000000\" is listed twice\n"},
	{LINUX("console = \"physical\";") SECOND("console = \"physical\";"),
	 "/vms/rt: devices: \"/pl011@9000000\" belongs to linux already; a device has one owner\n"},
	/* Devices that cannot be passed through. */
	{DEVICES("\"/pcie@10000000\""),
	 "/vms/linux: devices: \"/pcie@10000000\" is a bus; name the devices on it (those on "
	 "PCI cannot be passed through)\n"},
	{DEVICES("\"/off@b000000\""),
	 "/vms/linux: devices: \"/off@b000000\" is disabled in the host device tree\n"},
	{DEVICES("\"/pmu\""),
	 "/vms/linux: devices: \"/pmu\" has interrupt 23, of which each processor has its own (PPI); "
	 "only shared ones (SPI) are passed through\n"},
	{DEVICES("\"/many@b100000\""),
	 "/vms/linux: devices: \"/many@b100000\" has more than 4 blocks of registers\n"},
	{DEVICES("\"/busy@b200000\""), "/vms/linux: devices: \"/busy@b200000\" has more than 8 interrupts\n"},
	{DEVICES("\"/wrong@b300000\""),
	 "/vms/linux: devices: \"/wrong@b300000\" has an interrupt <0 1020 4> that the GIC does not have\n"},
	{DEVICES("\"/torn@b400000\""),
	 "/vms/linux: devices: \"/torn@b400000\" has malformed interrupts in the host device tree\n"},
	{DEVICES("\"/far@b700000\""),
	 "/vms/linux: /far@b700000 at 0x20000000000 lies beyond 2^40, the last guest address\n"},
	{DEVICES("\"/button@b800000\""),
	 "/vms/linux: devices: \"/button@b800000\" has an interrupt of pl061@9030000, not of the "
	 "GIC; the VM must own that controller too\n"},
	{LINUX("devices = \"/i2c@ba00000/sensor@48\"; " TRUSTED),
	 "/vms/linux: devices: \"/i2c@ba00000/sensor@48\" has registers that the "
	 "processor has no address for\n"},
	/* DMA. */
	{DEVICES("\"/virtio_mmio@a001000\""),
	 "/vms/linux: devices: \"/virtio_mmio@a001000\" may do DMA, with physical addresses, to all memory; if "
	 "you trust the VM with that, give it permissions = \"dma\" and memory-identity\n"},
	{LINUX("devices = \"/virtio_mmio@a001000\"; memory-identity;"),
	 "/vms/linux: devices: \"/virtio_mmio@a001000\" may do DMA, with physical addresses, to all memory; if "
	 "you trust the VM with that, give it permissions = \"dma\"\n"},
	{LINUX("devices = \"/virtio_mmio@a001000\"; permissions = \"dma\";"),
	 "/vms/linux: permissions: \"dma\" makes sense only with memory-identity: a device uses physical "
	 "addresses\n"
	 "/vms/linux: devices: \"/virtio_mmio@a001000\" may do DMA, with physical addresses, to all memory; if "
	 "you trust the VM with that, give it memory-identity\n"},
	{DEVICES("\"/fw-cfg@9020000\""), "/vms/linux: devices: \"/fw-cfg@9020000\" may do DMA, with physical "
									 "addresses, to all memory; if you trust the VM "
									 "with that, give it permissions = \"dma\" and memory-identity\n"},
	/* Pages of registers. */
	{LINUX("devices = \"/virtio_mmio@a000000\"; " TRUSTED),
	 "/vms/linux: devices: \"/virtio_mmio@a000000\" shares a page of registers, 0xa000000, with "
	 "/virtio_mmio@a000200, which this VM does not own; a page has one owner: list those too, or a device in "
	 "another "
	 "page\n"},
	/* Each owns a device in the page, and may be given the other. */
	{LINUX("devices = \"/left@bb00000\"; receives = \"/right@bb00800\";")
		 SECOND("devices = \"/right@bb00800\"; receives = \"/left@bb00000\";"),
	 "/vms/linux: devices: \"/left@bb00000\"" SHARES(
		 "0xbb00000", "/right@bb00800",
		 "rt") "/vms/rt: devices: \"/right@bb00800\"" SHARES("0xbb00000", "/left@bb00000", "linux")},
	/* The same in the last page of the second block. */
	{LINUX("devices = \"/wide@bc00000\"; receives = \"/narrow@bc02800\";")
		 SECOND("devices = \"/narrow@bc02800\"; receives = \"/wide@bc00000\";"),
	 "/vms/linux: devices: \"/wide@bc00000\"" SHARES(
		 "0xbc02000", "/narrow@bc02800",
		 "rt") "/vms/rt: devices: \"/narrow@bc02800\"" SHARES("0xbc02000", "/wide@bc00000", "linux")},
	/* Only the whole page could move, and devices move one at a time. */
	{LINUX("devices = \"/left@bb00000\", \"/right@bb00800\";")
		 SECOND("receives = \"/right@bb00800\", \"/left@bb00000\";"),
	 "/vms/rt: receives: \"/right@bb00800\"" SHARES(
		 "0xbb00000", "/left@bb00000",
		 "linux") "/vms/rt: receives: \"/left@bb00000\"" SHARES("0xbb00000", "/right@bb00800", "linux")},
	{LINUX("devices = \"/left@bb00000\", \"/right@bb00800\";"), ""},
	{LINUX("devices = \"/wide@bc00000\";"),
	 "/vms/linux: devices: \"/wide@bc00000\" shares a page of registers, 0xbc02000, with /narrow@bc02800, "
	 "which "
	 "this VM does not own; a page has one owner: list those too, or a device in another page\n"},
	/* Owned twice. */
	{DEVICES("\"rtc\"") SECOND("devices = \"/pl031@9010000\";"),
	 "/vms/rt: devices: \"/pl031@9010000\" belongs to linux already; a device has one owner\n"},
	{DEVICES("\"rtc\"") SECOND("devices = \"/twin@b500000\";"),
	 "/vms/rt: devices: \"/twin@b500000\" has interrupt 34, as \"rtc\" of linux; an interrupt has one "
	 "owner\n"},
	/* Who was refused a device has it not. */
	{DEVICES("\"rtc\"") SECOND("devices = \"rtc\";") THIRD("cpus = <2>; devices = \"rtc\";"),
	 "/vms/rt: devices: \"rtc\" belongs to linux already; a device has one owner\n"
	 "/vms/last: devices: \"rtc\" belongs to linux already; a device has one owner\n"},
	{DEVICES("\"rtc\"") SECOND("devices = \"/twin@b500000\";")
		 THIRD("cpus = <2>; devices = \"/twin@b500000\";"),
	 "/vms/rt: devices: \"/twin@b500000\" has interrupt 34, as \"rtc\" of linux; an interrupt has one owner\n"
	 "/vms/last: devices: \"/twin@b500000\" has interrupt 34, as \"rtc\" of linux; an interrupt has one "
	 "owner\n"},
	{DEVICES("\"/pl061@9030000\"") SECOND("devices = \"/button@b800000\";"),
	 "/vms/rt: devices: \"/button@b800000\" has an interrupt of pl061@9030000, not of the GIC; the VM must "
	 "own "
	 "that controller too\n"},
	{LINUX("devices = \"/twin@b600000\"; console = \"none\";"),
	 "/vms/linux: devices: \"/twin@b600000\" has interrupt 33, which is that of Signalbox' console\n"},
	{DEVICES("\"/twin@b600000\""),
	 "/vms/linux: devices: \"/twin@b600000\" has interrupt 33, as the VM's own console; console = \"none\" "
	 "makes room\n"
	 "/vms/linux: devices: \"/twin@b600000\" has interrupt 33, which is that of Signalbox' console\n"},
	/* Given later, by another VM. */
	{LINUX("receives = \"rtc\";"), "/vms/linux: receives: no VM has \"rtc\" in its devices; one must own it "
								   "before another can be given it\n"},
	{LINUX("receives = \"rtcc\";"), "/vms/linux: receives: the machine has no \"rtcc\"; give a path with its "
									"unit address, or a label, of the host device tree\n"},
	{LINUX("devices = \"rtc\"; receives = \"/pl031@9010000\";"),
	 "/vms/linux: receives: \"/pl031@9010000\" is listed twice\n"},
	{LINUX("receives = \"rtc\";") SECOND("receives = \"rtc\";"),
	 "/vms/linux: receives: no VM has \"rtc\" in its devices; one must own it before another can be given "
	 "it\n"
	 "/vms/rt: receives: no VM has \"rtc\" in its devices; one must own it before another can be given it\n"},
	{LINUX("receives = \"rtc\";") SECOND("devices = \"/twin@b500000\";"),
	 "/vms/rt: devices: \"/twin@b500000\" has interrupt 34, as \"rtc\" of linux; an interrupt has one owner\n"
	 "/vms/linux: receives: no VM has \"rtc\" in its devices; one must own it before another can be given "
	 "it\n"},
	{DEVICES("\"rtc\"") SECOND("receives = \"/pl031@9010000\";"), ""},
	{LINUX("receives = \"rtc\";") SECOND("devices = \"/pl031@9010000\"; permissions = \"irq-control\";"), ""},
	/* Overlaps in the guest's addresses. */
	{"/ { shared-memory { ring { size = <0x1000>; }; }; };" LINUX(
		 "devices = \"rtc\"; shared-memory { ring { address = <0x9010000>; }; };"),
	 "/vms/linux/shared-memory/ring: address: 0x9010000 to 0x9010fff overlaps rtc (0x9010000 to 0x9010fff); "
	 "give another address\n"},
	{LINUX("devices = \"rtc\"; memory-address = <0x9000000>; console = \"none\";"),
	 "/vms/linux: the memory (0x9000000 to 0x10ffffff) overlaps rtc (0x9010000 to 0x9010fff); give another "
	 "memory-address or memory-size\n"},
};

static void test_mistakes(void **state)
{
	(void)state;
	world_expect_mistakes(mistakes, ARRAY_COUNT(mistakes));
}

/* A machine unlike QEMU's virt: devices may be where a VM's own are, or the UART may be missing. */
static void test_other_machine(void **state)
{
	struct host board = {0};
	struct said said;

	(void)state;
	said_init(&said);
	void *tree = description_machine(
		"soc-board.dts", "/ { chosen { stdout-path = \"/supply\"; }; soc { serial@7e201000 { compatible = "
						 "\"vendor,uart\"; }; };\n"
						 "rtc@9000000 { compatible = \"arm,pl031\"; reg = <0 0x9000000 0x1000>; };\n"
						 "rtc@8000000 { compatible = \"arm,pl031\"; reg = <0 0x8000000 0x1000>; };\n"
						 "__symbols__ { clock = \"/rtc@9000000\"; }; };");

	assert_int_equal(host_read(tree, 0, &board, &said.report), OK);
	assert_int_equal(world_read_on(&board, LINUX("devices = \"clock\", \"/rtc@8000000\"; ")
											   SECOND("console = \"physical\";")),
					 OK);
	assert_string_equal(
		world_said.text,
		"/vms/linux: clock (0x9000000 to 0x9000fff) overlaps the console (0x9000000 to 0x9000fff); leave "
		"the device out, or set console = \"none\"\n"
		"/vms/linux: /rtc@8000000 (0x8000000 to 0x8000fff) overlaps the GIC distributor (0x8000000 to "
		"0x800ffff); leave the device out\n"
		"/vms/rt: console: \"physical\": the machine has no console UART; \"emulated\" would do\n");
	assert_int_equal(world_read_on(&board, DEVICES("\"/soc/serial@7e20100\"")), OK);
	assert_string_equal(world_said.text,
						"/vms/linux: devices: the machine has no \"/soc/serial@7e20100\"; did you mean "
						"\"/soc/serial@7e201000\"?\n");
	free(tree);
}

/* On a bus that moves addresses; its interrupt by interrupts-extended. Another UART is the console. */
static void test_device_on_a_bus(void **state)
{
	struct host board = {0};
	struct said said;

	(void)state;
	said_init(&said);
	void *tree = description_machine(
		"soc-board.dts", "/ { chosen { stdout-path = \"/uart@a000000\"; };\n"
						 "uart@a000000 { compatible = \"ns16550a\"; reg = <0 0xa000000 0x100>; }; };");
	assert_int_equal(host_read(tree, 0, &board, &said.report), OK);
	assert_int_equal(world_read_on(&board, DEVICES("\"/soc/serial@7e201000\"")), OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(world_system.vm[0].device[0].reg[0].base, 0xfe201000);
	assert_int_equal(world_system.vm[0].device[0].irq[0].intid, 89);
	free(tree);
}

/* One more than a VM may have, and memory of which boot chooses the address. */
static void test_limits(void **state)
{
	char machine[4096] = "/ {", changes[4096] = "/ { vms { linux { devices = \"rtc\"";
	struct host host;
	struct said said;

	(void)state;
	for (int i = 0; i < CONFIG_DEVICES_MAX; i++) {
		snprintf(machine + strlen(machine), sizeof machine - strlen(machine), "gpio-%d { };", i);
		snprintf(changes + strlen(changes), sizeof changes - strlen(changes), ", \"/gpio-%d\"", i);
	}
	strcat(machine, "aliases { rtc = \"/pl031@9010000\"; }; };");
	strcat(changes, "; }; }; };");
	said_init(&said);
	void *tree = description_machine("qemu-virt-4cpu.dts", machine);

	assert_int_equal(host_read(tree, 0, &host, &said.report), OK);
	assert_int_equal(world_read_on(&host, changes), OK);
	assert_string_equal(world_said.text,
						"/vms/linux: devices: \"/gpio-31\" is one too many: a VM has at most 32 devices\n");
	assert_int_equal(world_system.vm[0].device_count, CONFIG_DEVICES_MAX);
	free(tree);

	assert_int_equal(world_read(LINUX("memory-identity; devices = \"rtc\";")), OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(config_check_space(&world_system, &world_system.vm[0], 0x40000000, &world_said.report),
					 OK);
	assert_int_equal(config_check_space(&world_system, &world_system.vm[0], 0x8000000, &world_said.report),
					 ERR_CONFLICT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devices),       cmocka_unit_test(test_memory),
		cmocka_unit_test(test_whole_page),    cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_other_machine), cmocka_unit_test(test_device_on_a_bus),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
