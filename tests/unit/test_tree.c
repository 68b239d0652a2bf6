/* SPDX-License-Identifier: Apache-2.0 */
/* The device trees of guests, against the trees of two machines in tests/data. */
#include "description.h"

#include "vm/layout.h"
#include "vm/tree.h"

#define TREE_SIZE 16384

/* One world: a machine, a system with one VM, its tree and the messages. */
static struct {
	void *machine;
	struct host host;
	struct system_config system;
	struct config_vm *vm;
	struct tree_source source;
	_Alignas(8) char tree[TREE_SIZE];
	uint64_t length;
	struct said said;
} world;

static int set_up(void **state)
{
	said_init(&world.said);
	world.machine = description_machine(*state, "");
	assert_int_equal(host_read(world.machine, 0, &world.host, &world.said.report), OK);
	assert_string_equal(world.said.text, "");
	world.system = (struct system_config){.vm_count = 1};
	world.vm = &world.system.vm[0];
	*world.vm = (struct config_vm){
		.name = "box",
		.vcpu_count = 2,
		.pcpu = {1, 0},
		.memory_size = 0x10000000,
		.memory_ipa = GUEST_RAM_BASE,
		.bootargs = "quiet",
	};
	world.source = (struct tree_source){
		.system = &world.system,
		.vm = world.vm,
		.host = &world.host,
		.ram_ipa = GUEST_RAM_BASE,
	};
	return 0;
}

static int drop_machine(void **state)
{
	(void)state;
	free(world.machine);
	return 0;
}

static void own_device(const char *path)
{
	int node = host_find_device(&world.host, path);

	assert_true(node > 0);
	world.vm->device[world.vm->device_count++] = (struct config_device){.path = path, .node = node};
}

/* The compiler's own checks find no mistake in it. */
static void check_with_dtc(const char *except)
{
	char command[256], words[4096] = "";
	FILE *pipe;

	description_file("guest.dtb", world.tree, world.length);
	snprintf(command, sizeof(command), "dtc %s -I dtb -O dts -o /dev/null %s/guest.dtb 2>&1", except,
			 description_files);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	fread(words, 1, sizeof(words) - 1, pipe);
	assert_int_equal(pclose(pipe), 0);
	assert_string_equal(words, "");
}

static void build(void)
{
	assert_int_equal(
		tree_build(&world.source, world.tree, sizeof(world.tree), &world.length, &world.said.report), OK);
	tree_place_ramdisk(world.tree, 0x48000000);
	assert_int_equal(fdt_check_full(world.tree, world.length), 0);
}

static bool is_text(const char *value, int size)
{
	bool text = size >= 2 && value[size - 1] == '\0' && value[0] != '\0';

	for (int i = 0; text && i < size; i++)
		text = value[i] == '\0' || (value[i] >= ' ' && value[i] <= '~');
	return text;
}

/* A property as words: strings with '|' between them, or cells in hexadecimal; "-" when there is none. */
static void show(const char *path, const char *property, char *out, size_t room)
{
	int size = 0, node = fdt_path_offset(world.tree, path);
	const char *value = node < 0 ? NULL : fdt_getprop(world.tree, node, property, &size);
	size_t used = 0;

	snprintf(out, room, "%s", value == NULL ? "-" : "");
	if (value == NULL)
		return;
	if (is_text(value, size)) {
		for (int i = 0; i < size - 1; i++)
			out[i] = value[i] != '\0' ? value[i] : '|';
		out[size - 1] = '\0';
		return;
	}
	for (int i = 0; i + 4 <= size; i += 4)
		used += (size_t)snprintf(out + used, room - used, "%s%x", i > 0 ? " " : "",
								 fdt32_ld((const fdt32_t *)(value + i)));
}

struct expectation {
	const char *path, *property, *value;
};

static void expect(const struct expectation *row, size_t count)
{
	for (; count > 0; row++, count--) {
		char found[512], label[1024], wanted[1024];

		show(row->path, row->property, found, sizeof(found));
		snprintf(label, sizeof(label), "%s %s = %s", row->path, row->property, found);
		snprintf(wanted, sizeof(wanted), "%s %s = %s", row->path, row->property, row->value);
		assert_string_equal(label, wanted);
	}
}
#define EXPECT(...) \
	do { \
		static const struct expectation rows[] = {__VA_ARGS__}; \
		expect(rows, ARRAY_COUNT(rows)); \
	} while (0)

static void test_generated(void **state)
{
	(void)state;
	world.vm->ramdisk = (struct blob){"ramdisk", 0x1234};
	build();
	EXPECT({"/", "compatible", "signalbox,guest|linux,dummy-virt"}, {"/", "model", "Signalbox VM box"},
		   {"/", "#address-cells", "2"}, {"/", "#size-cells", "2"}, {"/", "interrupt-parent", "8005"},
		   {"/memory@40000000", "reg", "0 40000000 0 10000000"},
		   {"/memory@40000000", "device_type", "memory"}, {"/cpus/cpu@0", "reg", "0"},
		   {"/cpus/cpu@1", "reg", "1"}, {"/cpus/cpu@2", "reg", "-"},
		   {"/cpus/cpu@1", "compatible", "arm,cortex-a72"}, {"/cpus/cpu@1", "enable-method", "psci"},
		   {"/psci", "compatible", "arm,psci-1.0|arm,psci-0.2"}, {"/psci", "method", "hvc"},
		   {"/timer", "compatible", "arm,armv8-timer"}, {"/timer", "interrupts", "1 d 4 1 e 4 1 b 4 1 a 4"},
		   {"/timer", "always-on", ""}, {"/intc@8000000", "compatible", "arm,gic-v3"},
		   {"/intc@8000000", "reg", "0 8000000 0 10000 0 80a0000 0 40000"},
		   {"/intc@8000000", "#interrupt-cells", "3"}, {"/intc@8000000", "phandle", "8005"},
		   {"/pl011@9000000", "compatible", "arm,pl011|arm,primecell"},
		   {"/pl011@9000000", "reg", "0 9000000 0 1000"}, {"/pl011@9000000", "interrupts", "0 1 4"},
		   {"/pl011@9000000", "clocks", "8008 8008"}, {"/primecell-clock", "phandle", "8008"},
		   {"/primecell-clock", "clock-frequency", "16e3600"}, {"/chosen", "bootargs", "quiet"},
		   {"/chosen", "stdout-path", "/pl011@9000000"}, {"/chosen", "linux,initrd-start", "0 48000000"},
		   {"/chosen", "linux,initrd-end", "0 48001234"}, {"/aliases", "serial0", "/pl011@9000000"},
		   {"/apb-pclk", "compatible", "-"}, {"/pl061@9030000", "compatible", "-"});
	assert_string_equal(world.said.text, "");
	check_with_dtc("");
}

static void test_no_console_no_ramdisk_no_machine(void **state)
{
	(void)state;
	world.vm->console = CONFIG_CONSOLE_NONE;
	world.vm->machine = CONFIG_MACHINE_VIRT; /* with a clock of its own */
	world.source.host = NULL;
	build();
	EXPECT({"/chosen", "stdout-path", "-"}, {"/chosen", "linux,initrd-start", "-"},
		   {"/pl011@9000000", "reg", "-"}, {"/primecell-clock", "phandle", "2"}, {"/aliases", "serial0", "-"},
		   {"/pl031@9010000", "interrupts", "0 2 4"}, {"/pl031@9010000", "clocks", "2"},
		   {"/cpus/cpu@0", "compatible", "arm,armv8"}, {"/", "interrupt-parent", "1"});
	check_with_dtc("");
}

static void test_physical_console(void **state)
{
	(void)state;
	world.vm->console = CONFIG_CONSOLE_PHYSICAL;
	build();
	EXPECT({"/chosen", "stdout-path", "/pl011@9000000"}, {"/pl011@9000000", "clocks", "8000 8000"},
		   {"/apb-pclk", "phandle", "8000"}, {"/primecell-clock", "phandle", "-"});
	check_with_dtc("");
}

static void test_shared_memory(void **state)
{
	(void)state;
	world.system.shared[1] = (struct config_shared){.name = "ring", .size = 0x2000};
	world.system.shared_count = 2;
	world.vm->share[0] = (struct config_share){.shared = 1, .ipa = 0xb000000, .doorbell = 100};
	world.vm->share[1] = (struct config_share){.shared = 1, .ipa = 0xb010000, .read_only = true};
	world.vm->share_count = 2;
	build();
	EXPECT({"/shared-memory@b000000", "compatible", "signalbox,shared-memory"},
		   {"/shared-memory@b000000", "reg", "0 b000000 0 2000"},
		   {"/shared-memory@b000000", "signalbox,index", "0"},
		   {"/shared-memory@b000000", "signalbox,name", "ring"},
		   {"/shared-memory@b000000", "interrupts", "0 44 1"},
		   {"/shared-memory@b000000", "signalbox,read-only", "-"},
		   {"/shared-memory@b010000", "signalbox,index", "1"}, {"/shared-memory@b010000", "interrupts", "-"},
		   {"/shared-memory@b010000", "signalbox,read-only", ""});
	check_with_dtc("");
}

static void test_devices(void **state)
{
	(void)state;
	own_device("/gpio-keys");
	own_device("/pl031@9010000");
	own_device("/pl061@9030000");
	build();
	EXPECT({"/pl031@9010000", "reg", "0 9010000 0 1000"}, {"/pl031@9010000", "interrupts", "0 2 4"},
		   {"/pl031@9010000", "clocks", "8000"}, {"/apb-pclk", "phandle", "8000"},
		   {"/apb-pclk", "clock-frequency", "16e3600"}, {"/gpio-keys/poweroff", "gpios", "8007 3 0"},
		   {"/gpio-keys/poweroff", "linux,code", "74"}, {"/pl061@9030000", "phandle", "8007"},
		   {"/virtio_mmio@a000000", "reg", "-"});
	assert_string_equal(world.said.text, "");
	check_with_dtc("");
}

static void test_reference_to_a_foreign_device(void **state)
{
	(void)state;
	own_device("/gpio-keys");
	build();
	EXPECT({"/gpio-keys/poweroff", "gpios", "-"}, {"/gpio-keys/poweroff", "linux,code", "74"},
		   {"/pl061@9030000", "reg", "-"});
	assert_string_equal(world.said.text,
						"/vms/box: devices: gpios of /gpio-keys/poweroff is left out: it refers to "
						"/pl061@9030000, which the VM does not have\n");
	check_with_dtc("");
}

static void test_board(void **state)
{
	(void)state;
	own_device("/soc/mmc@7e300000");
	own_device("/soc/gpio@7e200000");
	world.vm->console = CONFIG_CONSOLE_PHYSICAL;
	build();
	EXPECT({"/cpus/cpu@0", "compatible", "arm,cortex-a72"}, {"/cpus/cpu@1", "compatible", "arm,cortex-a53"},
		   {"/intc@8000000", "#interrupt-cells", "4"},
		   {"/timer", "interrupts", "1 d 4 0 1 e 4 0 1 b 4 0 1 a 4 0"},
		   {"/chosen", "stdout-path", "/host/soc/serial@7e201000"}, {"/host", "#address-cells", "2"},
		   {"/host", "#size-cells", "1"}, {"/host", "ranges", ""}, {"/host/soc", "compatible", "simple-bus"},
		   {"/host/soc", "ranges", "7e000000 0 fe000000 1000000"},
		   {"/host/soc", "dma-ranges", "c0000000 0 0 40000000"}, {"/host/soc", "clocks", "-"},
		   {"/host/soc/mmc@7e300000", "clocks", "-"}, {"/host/soc/gpio@7e200000", "vendor,nr-gpios", "36"},
		   {"/host/soc/mmc@7e300000/card@0", "reg", "0"}, {"/host/clocks", "compatible", "-"},
		   {"/host/clocks/half", "compatible", "fixed-factor-clock"},
		   {"/host/clocks/oscillator", "compatible", "fixed-clock"},
		   {"/host/supply", "regulator-name", "vmmc"}, {"/host/soc/clock-controller@7e100000", "reg", "-"});
	assert_string_equal(world.said.text,
						"/vms/box: devices: clocks of /soc/mmc@7e300000 is left out: it refers to "
						"/soc/clock-controller@7e100000, which the VM does not have\n");
	check_with_dtc("-Wno-ranges_format -Wno-unit_address_vs_reg -Wno-simple_bus_reg");
}

/* In any room, however small: a tree or an error, and no byte written beyond. */
static void check_every_size(void)
{
	enum err e = ERR_NO_MEMORY;
	uint64_t size;

	build();
	for (size = 0; e != OK; size++) {
		char *room = malloc(size);
		uint64_t length = 77;

		e = tree_build(&world.source, room, size, &length, &world.said.report);
		if (e == OK)
			assert_memory_equal(room, world.tree, world.length);
		else
			assert_true(e == ERR_NO_MEMORY && length == 77);
		free(room);
	}
	assert_in_range(size, world.length, world.length + 256);
	assert_non_null(
		strstr(world.said.text,
			   "/vms/box: its device tree needs more than the 0 bytes kept for it; shorten bootargs\n"));
}

/* A tree within a description lies at a multiple of 4, not of 8. */
static _Alignas(8) char own_room[4 + 4096];

static void use_own_tree(void)
{
	size_t size;
	void *tree = description_compile("/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;"
									 "memory@1000 { device_type = \"memory\"; reg = <0x1000 0x1000>; };"
									 "memory@3000 { device_type = \"memory\"; reg = <0x3000 0x1000>; };"
									 "chosen { bootargs = \"mine\"; linux,initrd-start = <1>; "
									 "linux,initrd-end = <2>; stdout-path = \"/u\"; };"
									 "u { compatible = \"theirs\"; }; };",
									 &size);

	memcpy(own_room + 4, tree, size);
	free(tree);
	world.vm->tree = (struct blob){own_room + 4, size};
}

static void test_own_tree(void **state)
{
	(void)state;
	use_own_tree();
	world.vm->bootargs = "";
	build();
	EXPECT({"/memory@1000", "reg", "-"}, {"/memory@3000", "reg", "-"},
		   {"/memory@40000000", "reg", "40000000 10000000"}, {"/u", "compatible", "theirs"},
		   {"/chosen", "bootargs", "mine"}, {"/chosen", "linux,initrd-start", "-"},
		   {"/chosen", "stdout-path", "/u"}, {"/psci", "method", "-"});
	world.vm->bootargs = "ours";
	world.vm->ramdisk = (struct blob){"ramdisk", 16};
	build();
	EXPECT({"/chosen", "bootargs", "ours"}, {"/chosen", "linux,initrd-start", "0 48000000"},
		   {"/chosen", "linux,initrd-end", "0 48000010"});
	assert_string_equal(world.said.text, "");
}

static void test_every_size(void **state)
{
	(void)state;
	own_device("/gpio-keys");
	own_device("/pl061@9030000");
	check_every_size();
	use_own_tree();
	check_every_size();
}

/* Cut short or with any byte changed, it is an error or a tree, never a crash. */
static void test_own_tree_broken(void **state)
{
	enum err e;

	(void)state;
	use_own_tree();
	for (uint64_t size = world.vm->tree.size; size-- > 0;) {
		char *cut = memcpy(malloc(size + 1), own_room + 4, size);

		world.vm->tree = (struct blob){cut, size};
		e = tree_build(&world.source, world.tree, sizeof(world.tree), &world.length, &world.said.report);
		assert_int_equal(e, ERR_INVALID);
		free(cut);
	}
	assert_non_null(strstr(world.said.text, "/vms/box: device-tree: FDT_ERR_TRUNCATED"));
	use_own_tree();
	for (uint64_t at = 0; at < world.vm->tree.size; at++) {
		own_room[4 + at] ^= (char)0xff;
		e = tree_build(&world.source, world.tree, sizeof(world.tree), &world.length, &world.said.report);
		assert_true(e == OK || e == ERR_INVALID || e == ERR_NO_MEMORY);
		own_room[4 + at] ^= (char)0xff;
	}
}

/* A host tree with any byte changed that host_read() still accepts. */
static void test_broken_machine(void **state)
{
	unsigned char *byte = world.machine;
	uint64_t size = fdt_totalsize(world.machine);

	(void)state;
	own_device("/soc/mmc@7e300000");
	own_device("/soc/gpio@7e200000");
	world.vm->console = CONFIG_CONSOLE_PHYSICAL;
	for (uint64_t at = 0; at < size * 2; at++) {
		unsigned char change = at % 2 ? 0x01 : 0xff;
		enum err e;

		byte[at / 2] ^= change;
		e = host_read(world.machine, 0, &world.host, &world.said.report);
		if (e == OK)
			e = tree_build(&world.source, world.tree, sizeof(world.tree), &world.length, &world.said.report);
		assert_in_range(e, OK, ERR_UNSUPPORTED);
		byte[at / 2] ^= change;
	}
}

#define ON(machine, name) cmocka_unit_test_prestate_setup_teardown(name, set_up, drop_machine, machine)
static char qemu[] = "qemu-virt-4cpu.dts", board[] = "soc-board.dts";

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(qemu, test_generated),        ON(qemu, test_no_console_no_ramdisk_no_machine),
		ON(qemu, test_physical_console), ON(qemu, test_shared_memory),
		ON(qemu, test_devices),          ON(qemu, test_reference_to_a_foreign_device),
		ON(board, test_board),           ON(qemu, test_every_size),
		ON(qemu, test_own_tree),         ON(qemu, test_own_tree_broken),
		ON(board, test_broken_machine),
	};

	return cmocka_run_group_tests_name("tree", tests, description_set_up, description_tear_down);
}
