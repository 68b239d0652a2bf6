/* SPDX-License-Identifier: Apache-2.0 */
/* System descriptions: what is read, and every mistake about the system and a VM by itself.
 */
#include "config_world.h"
#include "vm/layout.h"

static void test_defaults(void **state)
{
	const struct config_vm *vm = &world_system.vm[0];

	(void)state;
	assert_int_equal(world_read(""), OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(world_system.vm_count, 1);
	assert_int_equal(world_system.housekeeping, 0);
	assert_int_equal(world_system.console_vm, -1);
	assert_false(world_system.stay);
	assert_string_equal(vm->name, "linux");
	assert_true(vm->valid);
	assert_true(vm->autostart);
	assert_int_equal(vm->vcpu_count, 1);
	assert_int_equal(vm->memory_size, 0x8000000);
	assert_int_equal(vm->memory_ipa, GUEST_RAM_BASE);
	assert_false(vm->memory_identity);
	assert_false(vm->memory_ipa_given);
	assert_int_equal(vm->image_kind, CONFIG_IMAGE_LINUX);
	assert_int_equal(vm->image.size, 4096);
	assert_string_equal(vm->bootargs, "");
	assert_int_equal(vm->console, CONFIG_CONSOLE_EMULATED);
	assert_int_equal(vm->permissions, 0);
	assert_int_equal(vm->delivery, CONFIG_DELIVERY_VIRTUAL);
	assert_int_equal(vm->device_count, 0);
	assert_int_equal(vm->share_count, 0);
	assert_null(vm->ramdisk.data);
	assert_null(vm->tree.data);
}

static void test_everything(void **state)
{
	const struct config_vm *vm = &world_system.vm[0];

	(void)state;
	assert_int_equal(
		world_read(
			"/ { console = \"rt\"; housekeeping-cpu = <3>; stay;\n"
			"vms { linux { cpus = <2 0>; memory-size = <0 0x8000000>; memory-address = /bits/ 64 "
			"<0x48000000>;\n"
			"memory-identity; permissions = \"dma\"; ramdisk = [01 02]; bootargs = \"quiet\"; no-autostart;\n"
			"console = \"none\"; }; }; };\n" SECOND("")),
		OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(world_system.vm_count, 2);
	assert_int_equal(world_system.console_vm, 1);
	assert_int_equal(world_system.housekeeping, 3);
	assert_true(world_system.stay);
	assert_int_equal(vm->vcpu_count, 2);
	assert_int_equal(vm->pcpu[0], 2);
	assert_int_equal(vm->pcpu[1], 0);
	assert_int_equal(vm->memory_ipa, 0x48000000);
	assert_true(vm->memory_identity);
	assert_true(vm->memory_ipa_given);
	assert_int_equal(vm->permissions, CONFIG_MAY_DMA);
	assert_int_equal(vm->ramdisk.size, 2);
	assert_string_equal(vm->bootargs, "quiet");
	assert_false(vm->autostart);
	assert_int_equal(vm->console, CONFIG_CONSOLE_NONE);
}

/* How interrupts come, and whose may come directly: by either property. */
static void test_seeds(void **state)
{
	(void)state;
	assert_int_equal(world_read("/ { vms { linux { seeds = \"weak\"; }; }; };"), OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(world_system.vm[0].seeds, CONFIG_SEEDS_WEAK);
	assert_int_equal(world_read("/ { vms { linux { seeds = \"strong\"; }; }; };"), OK);
	assert_string_equal(world_said.text,
						"/vms/linux: seeds: \"strong\" is not known; it may be \"random\", \"none\", "
						"\"weak\"\n");
	assert_int_equal(world_system.vm[0].seeds, CONFIG_SEEDS_RANDOM);
}

static void test_delivery(void **state)
{
	static const struct {
		const char *changes;
		enum config_delivery delivery;
		bool may_be_direct;
	} wanted[] = {
		{"delivery = \"virtual\";", CONFIG_DELIVERY_VIRTUAL, false},
		{"delivery = \"direct\";", CONFIG_DELIVERY_DIRECT, true},
		{"delivery = \"auto\";", CONFIG_DELIVERY_AUTO, true},
		{"permissions = \"direct\";", CONFIG_DELIVERY_VIRTUAL, true},
		{"permissions = \"irq-control\";", CONFIG_DELIVERY_VIRTUAL, false},
		{"permissions = \"direct\"; delivery = \"virtual\";", CONFIG_DELIVERY_VIRTUAL, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(wanted); i++) {
		char changes[128];

		snprintf(changes, sizeof changes, "/ { vms { linux { %s }; }; };", wanted[i].changes);
		assert_int_equal(world_read(changes), OK);
		assert_string_equal(world_said.text, "");
		assert_int_equal(world_system.vm[0].delivery, wanted[i].delivery);
		assert_int_equal(!!(world_system.vm[0].permissions & CONFIG_MAY_BE_DIRECT), wanted[i].may_be_direct);
	}
}

#define LINUX(properties) "/ { vms { linux { " properties " }; }; };\n"

static const struct mistake of_system[] = {
	{"/ { consol = \"linux\"; };", "/: consol: there is no such property; did you mean console?\n"},
	{"/ { colour = \"red\"; };",
	 "/: colour: there is no such property; docs/system-description.md lists them\n"},
	{"/ { vm { }; };", "/: vm: there is no such node; did you mean vms?\n"},
	{"/ { console = \"linus\"; };", "/: console: there is no VM \"linus\"; did you mean \"linux\"?\n"},
	{"/ { console = \"windows\"; };", "/: console: there is no VM \"windows\"; name one, or \"all\"\n"},
	{"/ { console = <1>; };", "/: console: must be one text in quotes\n"},
	{"/ { housekeeping-cpu = <4>; };", "/: housekeeping-cpu: processor 4 does not exist; there are 0 to 3\n"},
	{"/ { stay = <1>; };", "/: stay: is a flag and takes no value; write `stay;` or leave it out\n"},
	{"/ { vms { size = <1>; }; };",
	 "/vms: size: there is no such property; docs/system-description.md lists them\n"},
	{"/ { /delete-node/ vms; };", "/: vms: describes no VM; give each a node, as /vms/linux\n"},
};

static const struct mistake of_a_vm[] = {
	{LINUX("memory-sise = <1>;"),
	 "/vms/linux: memory-sise: there is no such property; did you mean memory-size?\n"},
	{LINUX("shared-memry { };"),
	 "/vms/linux: shared-memry: there is no such node; did you mean shared-memory?\n"},
	/* Processors. */
	{LINUX("/delete-property/ cpus;"), "/vms/linux: cpus: list the processor of each vCPU, as <0 1>\n"},
	{LINUX("cpus;"), "/vms/linux: cpus: list the processor of each vCPU, as <0 1>\n"},
	{LINUX("cpus = [00 00];"), "/vms/linux: cpus: list the processor of each vCPU, as <0 1>\n"},
	{LINUX("cpus = <0 9>;"), "/vms/linux: cpus: processor 9 does not exist; this machine has 0 to 3\n"},
	/* Memory. */
	{LINUX("/delete-property/ memory-size;"),
	 "/vms/linux: memory-size: give the VM's memory in bytes, as <0x10000000> for 256 MiB\n"},
	{LINUX("memory-size = <0>;"),
	 "/vms/linux: memory-size: give the VM's memory in bytes, as <0x10000000> for 256 MiB\n"},
	{LINUX("memory-size = [00 01];"),
	 "/vms/linux: memory-size: has 2 bytes; give one number, as <0x10000000> or /bits/ 64 <0x10000000>\n"
	 "/vms/linux: memory-size: give the VM's memory in bytes, as <0x10000000> for 256 MiB\n"},
	{LINUX("memory-size = <0x8100000>;"),
	 "/vms/linux: memory-size: 0x8100000 is not a multiple of 2 MiB; 0x8200000 would be right\n"},
	{LINUX("memory-address = <0x40001000>;"),
	 "/vms/linux: memory-address: 0x40001000 is not a multiple of 2 MiB; 0x40200000 would be right\n"},
	{LINUX("memory-address = <0xff 0xffe00000>;"),
	 "/vms/linux: memory-size: memory from 0xffffe00000, 0x8000000 bytes, ends beyond 2^40, the last guest "
	 "address\n"},
	{LINUX("memory-size = <0x80000000>;"),
	 "/vms/linux: memory-size: 2048 MiB, with the VMs before it 2048 MiB; the machine has 1024 MiB\n"},
	{SECOND("") "/ { vms { rt { memory-size = <0x3f000000>; }; }; };",
	 "/vms/rt: memory-size: 1008 MiB, with the VMs before it 1136 MiB; the machine has 1024 MiB\n"},
	{LINUX("memory-identity; memory-address = <0x7c000000>;"),
	 "/vms/linux: memory-address: 0x7c000000 to 0x83ffffff is not all memory of the machine\n"},
	{LINUX("memory-identity; memory-address = <0x50000000>;")
		 SECOND("memory-identity; memory-address = <0x57c00000>;"),
	 "/vms/rt: memory-address: 0x57c00000 to 0x57ffffff overlaps the memory of linux, 0x50000000 to "
	 "0x57ffffff\n"},
	{LINUX("memory-address = <0x8000000>;"), "/vms/linux: the memory (0x8000000 to 0xfffffff) overlaps the "
											 "GIC distributor (0x8000000 to 0x800ffff); give "
											 "another memory-address\n"
											 "/vms/linux: the memory (0x8000000 to 0xfffffff) overlaps the "
											 "GIC redistributors (0x80a0000 to 0x8ffffff); "
											 "give another memory-address or memory-size\n"
											 "/vms/linux: the memory (0x8000000 to 0xfffffff) overlaps the "
											 "console (0x9000000 to 0x9000fff); give another "
											 "memory-address or memory-size, or set console = "
											 "\"none\"\n"},
	{LINUX("machine = \"virt\"; console = \"none\"; memory-address = <0x9000000>; memory-size = <0x800000>;"),
	 "/vms/linux: the memory (0x9000000 to 0x97fffff) overlaps the clock of machine = \"virt\" "
	 "(0x9010000 to 0x9010fff); give another memory-address or memory-size, or leave machine out\n"
	 "/vms/linux: the memory (0x9000000 to 0x97fffff) overlaps the fw_cfg of machine = \"virt\" "
	 "(0x9020000 to 0x9020017); give another memory-address or memory-size, or leave machine out\n"
	 "/vms/linux: the memory (0x9000000 to 0x97fffff) overlaps the GPIO of machine = \"virt\" "
	 "(0x9030000 to 0x9030fff); give another memory-address or memory-size, or leave machine out\n"},
	{LINUX("machine = \"virt\"; memory-address = <0>;"),
	 "/vms/linux: the memory (0x0 to 0x7ffffff) overlaps the erased flash of machine = \"virt\" (0x0 to "
	 "0x7ffffff); give another memory-address, or leave machine out\n"},
	{LINUX("machine = \"virt\"; shared-memory { ring { address = <0xa003000>; }; };") "/ { shared-memory { "
																					  "ring { size = "
																					  "<0x1000>; }; }; };",
	 "/vms/linux/shared-memory/ring: address: 0xa003000 to 0xa003fff overlaps the empty virtio transports of "
	 "machine = \"virt\" (0xa000000 to 0xa003fff); give another address, or leave machine out\n"},
	/* Words. */
	{LINUX("machine = \"raspi4b\";"),
	 "/vms/linux: machine: \"raspi4b\" is not known; it may be \"plain\", \"virt\"\n"},
	{LINUX("console = \"serial\";"),
	 "/vms/linux: console: \"serial\" is not known; it may be \"emulated\", \"none\", \"physical\"\n"},
	{LINUX("permissions = \"dma\", \"smc\"; memory-identity;"),
	 "/vms/linux: permissions: \"smc\" is not known; it may be \"dma\", \"irq-control\", \"direct\", "
	 "\"direct-shared\"\n"},
	{LINUX("delivery = \"quick\";"),
	 "/vms/linux: delivery: \"quick\" is not known; it may be \"virtual\", \"direct\", \"auto\"\n"},
	{LINUX("delivery = <1>;"), "/vms/linux: delivery: must be one text in quotes\n"},
	{LINUX("delivry = \"auto\";"),
	 "/vms/linux: delivry: there is no such property; did you mean delivery?\n"},
	{LINUX("permissions = \"dma\";"),
	 "/vms/linux: permissions: \"dma\" makes sense only with memory-identity: a "
	 "device uses physical addresses\n"},
	{LINUX("permissions;"), "/vms/linux: permissions: must be words in quotes, as \"dma\"\n"},
	{LINUX("permissions = [41];"), "/vms/linux: permissions: must be words in quotes, as \"dma\"\n"},
	{LINUX("bootargs = \"a\", \"b\";"), "/vms/linux: bootargs: must be one text in quotes\n"},
	{LINUX("no-autostart = \"yes\";"),
	 "/vms/linux: no-autostart: is a flag and takes no value; write `no-autostart;` or leave it out\n"},
	{LINUX("device-tree = [d0 0d fe ed 00 00 00 28];"),
	 "/vms/linux: device-tree: is not a valid device tree (FDT_ERR_TRUNCATED); make it with dtc -O dtb\n"},
	{LINUX("device-tree = \"just some text, which is long enough for a header\";"),
	 "/vms/linux: device-tree: is not a valid device tree (FDT_ERR_BADMAGIC); make it with dtc -O dtb\n"},
	{LINUX("device-tree;"),
	 "/vms/linux: device-tree: the file is empty; name another one, as /incbin/(\"file\")\n"},
	{LINUX("ramdisk;"), "/vms/linux: ramdisk: the file is empty; name another one, as /incbin/(\"file\")\n"},
	/* Names. */
	{"/ { vms { all { cpus = <1>; memory-size = <0x400000>; image = [00 00 00 14]; }; }; };",
	 "/vms/all: a VM cannot be named \"all\": the console uses the word for all VMs\n"},
	{"/ { vms { vm@1 { cpus = <1>; memory-size = <0x400000>; image = [00 00 00 14]; }; }; };",
	 "/vms/vm@1: the name \"vm@1\" must start with a letter, and hold letters, digits, - and _\n"},
	{"/ { vms { a-name-of-thirty-two-letters-xxx { cpus = <1>; memory-size = <0x400000>; image = [00 00 00 "
	 "14]; }; }; };",
	 "/vms/a-name-of-thirty-two-letters-xxx: the name \"a-name-of-thirty-two-letters-xxx\" is longer than 31 "
	 "letters\n"},
};

static void test_mistakes_of_system(void **state)
{
	(void)state;
	world_expect_mistakes(of_system, ARRAY_COUNT(of_system));
}

static void test_mistakes_of_a_vm(void **state)
{
	(void)state;
	world_expect_mistakes(of_a_vm, ARRAY_COUNT(of_a_vm));
}

/* Mistakes are collected; the VMs without one start. */
static void test_collected(void **state)
{
	(void)state;
	assert_int_equal(
		world_read(LINUX("cpus = <7>; memory-size = <1>; console = \"x\"; /delete-property/ image;")
					   SECOND("")),
		OK);
	assert_string_equal(
		world_said.text,
		"/vms/linux: cpus: processor 7 does not exist; this machine has 0 to 3\n"
		"/vms/linux: memory-size: 0x1 is not a multiple of 2 MiB; 0x200000 would be right\n"
		"/vms/linux: console: \"x\" is not known; it may be \"emulated\", \"none\", \"physical\"\n"
		"/vms/linux: image: is missing; name a kernel, as /incbin/(\"Image\")\n");
	assert_false(world_system.vm[0].valid);
	assert_true(world_system.vm[1].valid);
}

static void test_limits(void **state)
{
	char changes[4096] = "/ { vms {";

	(void)state;
	/* The good system has one already: the last of these is the 17th. */
	for (int i = 1; i <= VM_MAX; i++) {
		size_t used = strlen(changes);

		snprintf(changes + used, sizeof changes - used,
				 "vm%d { cpus = <%d>; memory-size = <0x400000>; image = [00 00 00 14]; };", i, i);
	}
	strcat(changes, "}; };");
	assert_int_equal(world_read_on(NULL, changes), OK);
	assert_string_equal(world_said.text,
						"no machine is given: devices, processors and the amount of memory are not checked\n"
						"/vms/vm16: is one too many: a system has at most 16 VMs\n");
	assert_int_equal(world_system.vm_count, VM_MAX);
	assert_true(world_system.vm[VM_MAX - 1].valid);

	assert_int_equal(world_read_on(NULL, LINUX("cpus = <0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 64>;")), OK);
	assert_string_equal(world_said.text,
						"no machine is given: devices, processors and the amount of memory are not checked\n"
						"/vms/linux: cpus: lists 17 processors; a VM has at most 16\n"
						"/vms/linux: cpus: processor 64 does not exist; the largest machine has 0 to 63\n");
}

/* Two nodes of one name: dtc joins them, other writers need not. */
static void test_same_name(void **state)
{
	static _Alignas(8) char tree[4096];

	(void)state;
	fdt_create(tree, sizeof tree);
	fdt_finish_reservemap(tree);
	fdt_begin_node(tree, "");
	fdt_property_string(tree, "compatible", "signalbox,system");
	fdt_begin_node(tree, "vms");
	for (uint32_t i = 0; i < 2; i++) {
		fdt_begin_node(tree, "twin");
		fdt_property_u32(tree, "cpus", i);
		fdt_property_u32(tree, "memory-size", 0x400000);
		fdt_property_u32(tree, "image", 0x14);
		fdt_end_node(tree);
	}
	fdt_end_node(tree);
	fdt_end_node(tree);
	assert_int_equal(fdt_finish(tree), 0);
	said_init(&world_said);
	assert_int_equal(config_read(tree, sizeof tree, &world_host, &world_system, &world_said.report), OK);
	assert_string_equal(world_said.text, "/vms/twin: there is a VM of this name already\n");
	assert_true(world_system.vm[0].valid);
	assert_false(world_system.vm[1].valid);
}

static void test_no_description(void **state)
{
	static _Alignas(8) char words[64] = "words";

	(void)state;
	assert_int_equal(world_read("/ { compatible = \"linux,dummy-virt\"; };"), ERR_INVALID);
	assert_string_equal(world_said.text, "/: compatible: must be \"signalbox,system\"\n");
	said_init(&world_said);
	assert_int_equal(config_read(words, sizeof words, NULL, &world_system, &world_said.report), ERR_INVALID);
	assert_string_equal(world_said.text,
						"system description: not a device tree (FDT_ERR_BADMAGIC); compile one with dtc "
						"or sbx build\n");
	said_init(&world_said);
	assert_int_equal(config_read(words, 0, NULL, &world_system, &world_said.report), ERR_INVALID);
	assert_string_equal(world_said.text,
						"system description: not a device tree (FDT_ERR_TRUNCATED); compile one with "
						"dtc or sbx build\n");
	said_init(&world_said);
	assert_int_equal(config_read(words + 4, 60, NULL, &world_system, &world_said.report), ERR_INVALID);
	assert_string_equal(world_said.text, "system description: its address is not a multiple of 8\n");
}

/* A description that is cut off or damaged is read without a step outside it. */
static void test_damage(void **state)
{
	size_t size;

	(void)state;
	assert_int_equal(
		world_read("/ { shared-memory { ring { size = <0x10000>; }; }; };" LINUX(
			"devices = \"rtc\", \"/pl061@9030000\"; bootargs = \"a\"; permissions = \"dma\";"
			"memory-identity; image = [00 00 00 14]; shared-memory { ring { doorbell = <9>; }; };")
					   SECOND("console = \"none\"; ramdisk = [00]; device-tree = [d0 0d fe ed];")),
		OK);
	size = fdt_totalsize(world_tree);
	srand(2);
	for (int round = 0; round < 6000; round++) {
		size_t length = round < 500 ? size * (unsigned)round / 500 : size;
		uint8_t *bad = malloc(length + 1);

		memcpy(bad, world_tree, length);
		for (int flips = round < 500 ? 0 : 1 + rand() % 8; flips; flips--)
			bad[(unsigned)rand() % size] ^= (uint8_t)(1 << rand() % 8);
		said_init(&world_said);
		if (config_read(bad, length, round % 2 ? &world_host : NULL, &world_system, &world_said.report))
			assert_string_not_equal(world_said.text, "");
		else
			world_load();
		free(bad);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_delivery),
		cmocka_unit_test(test_mistakes_of_system),
		cmocka_unit_test(test_mistakes_of_a_vm),
		cmocka_unit_test(test_collected),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_same_name),
		cmocka_unit_test(test_no_description),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
