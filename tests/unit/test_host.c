/* SPDX-License-Identifier: Apache-2.0 */
/* What the host device tree says of the machine, and the messages when something is missing. */
#include "description.h"

static struct host host;
static struct said said;

static enum err read_machine(const char *file, const char *changes, uint64_t boot_mpidr)
{
	free((void *)host.tree);
	said_init(&said);
	memset(&host, 0, sizeof host);
	void *tree = description_machine(file, changes);
	enum err e = host_read(tree, boot_mpidr, &host, &said.report);

	host.tree = tree;
	return e;
}

static void test_qemu_virt(void **state)
{
	(void)state;
	assert_int_equal(read_machine("qemu-virt-4cpu.dts", "", 2), OK);
	assert_string_equal(said.text, "");
	assert_int_equal(host.cpus.pcpu_count, 4);
	assert_int_equal(host.cpus.mpidr[3], 3);
	assert_int_equal(host.boot_pcpu, 2);
	assert_int_equal(host.cpus.conduit, PSCI_SMC);
	assert_int_equal(host.gic.dist.v, 0x8000000);
	assert_int_equal(host.gic.dist_size, 0x10000);
	assert_int_equal(host.gic.redist_region_count, 1);
	assert_int_equal(host.gic.redist[0].base.v, 0x80a0000);
	assert_int_equal(host.gic.redist[0].size, 0xf60000);
	assert_int_equal(host.ram_count, 1);
	assert_int_equal(host.ram[0].base, 0x40000000);
	assert_int_equal(host.ram[0].size, 0x40000000);
	assert_int_equal(host.reserved_count, 0);
	assert_int_equal(host.uart.kind, UART_PL011);
	assert_int_equal(host.uart.base.v, 0x9000000);
	assert_int_equal(host.uart_intid, 33);
	assert_string_equal(host.uart_path, "/pl011@9000000");
	assert_int_equal(host.timer_virtual_intid, 27);
	assert_int_equal(host.timer_hypervisor_intid, 26);
	assert_int_equal(host.maintenance_intid, 25);
	assert_int_equal(host.initrd_size, 0);
	assert_string_equal(host.model, "linux,dummy-virt");
	assert_string_equal(host.bootargs, "");
}

static void test_board(void **state)
{
	(void)state;
	assert_int_equal(
		read_machine("soc-board.dts",
					 "/ { aliases { serial0 = &serial; };\n"
					 "chosen { stdout-path = \"serial0:115200n8\"; bootargs = \"quiet\";\n"
					 "  linux,initrd-start = <0x88000000>; linux,initrd-end = /bits/ 64 <0x88004000>; };\n"
					 "reserved-memory { #address-cells = <2>; #size-cells = <1>; ranges;\n"
					 "  firmware@81000000 { reg = <0 0x81000000 0x200000>; no-map; };\n"
					 "  anywhere { size = <0x1000>; }; };\n"
					 "interrupt-controller@fee00000 { #redistributor-regions = <2>;\n"
					 "  reg = <0 0xfee00000 0x10000>, <0 0xfef00000 0xc0000>, <1 0 0x20000>;\n"
					 "  redistributor-stride = <0x20000>; };\n"
					 "timer { interrupt-names = \"phys\", \"virt\", \"hyp-phys\";\n"
					 "  interrupts = <1 14 8 0>, <1 11 8 0>, <1 10 8 0>; }; };",
					 0x100),
		OK);
	assert_string_equal(said.text, "");
	assert_int_equal(host.cpus.pcpu_count, 2);
	assert_int_equal(host.cpus.mpidr[1], 0x100);
	assert_int_equal(host.boot_pcpu, 1);
	assert_int_equal(host.uart.base.v, 0xfe201000);
	assert_int_equal(host.uart_intid, 89);
	assert_string_equal(host.uart_path, "/soc/serial@7e201000");
	assert_int_equal(host.gic.redist_region_count, 2);
	assert_int_equal(host.gic.redist[1].base.v, 0x100000000);
	assert_int_equal(host.gic.redist_stride, 0x20000);
	assert_int_equal(host.timer_virtual_intid, 27);
	assert_int_equal(host.timer_hypervisor_intid, 26);
	assert_int_equal(host.reserved_count, 1);
	assert_int_equal(host.reserved[0].base, 0x81000000);
	assert_int_equal(host.reserved[0].size, 0x200000);
	assert_int_equal(host.initrd.v, 0x88000000);
	assert_int_equal(host.initrd_size, 0x4000);
	assert_string_equal(host.bootargs, "quiet");
}

/* Each /memreserve/ counts, up to the limit. */
static void test_reserved(void **state)
{
	static _Alignas(8) char tree[16384];
	static struct host machine;
	size_t size;
	void *compiled = description_compile("/include/ \"qemu-virt-4cpu.dts\"\n", &size);

	(void)state;
	assert_int_equal(fdt_open_into(compiled, tree, sizeof tree), 0);
	free(compiled);
	for (unsigned i = 0; i <= HOST_RESERVED_MAX; i++) {
		assert_int_equal(fdt_add_mem_rsv(tree, 0x40000000 + i * 0x10000, 0x1000), 0);
		said_init(&said);
		assert_int_equal(host_read(tree, 0, &machine, &said.report), i < HOST_RESERVED_MAX ? OK : ERR_RANGE);
	}
	assert_string_equal(said.text,
						"host device tree: /memreserve/: beyond a limit; at most 32 reserved ranges\n");
	assert_int_equal(machine.reserved[1].base, 0x40010000);
	assert_int_equal(machine.reserved[1].size, 0x1000);
}

#define A_PPI "must be a private interrupt (PPI) of the GIC\n"

/* Machines that lack something: changes to QEMU's machine, the result, and the messages. */
static const struct lack {
	const char *changes;
	enum err result;
	const char *words;
} lacks[] = {
	{"/ { intc@8000000 { compatible = \"arm,cortex-a15-gic\"; }; };", ERR_UNSUPPORTED,
	 "host device tree: /intc@8000000: compatible: \"arm,cortex-a15-gic\": a GICv3 (\"arm,gic-v3\") is "
	 "needed; with QEMU use -M virt,gic-version=3\n"},
	{"/ { /delete-node/ intc@8000000; };", ERR_UNSUPPORTED,
	 "host device tree: no node is compatible with \"arm,gic-v3\"; a GICv3 is needed\n"},
	{"/ { intc@8000000 { #redistributor-regions = <9>; }; };", ERR_RANGE,
	 "host device tree: /intc@8000000: #redistributor-regions: 9: 1 to 8 are supported\n"},
	{"/ { intc@8000000 { #redistributor-regions = <2>; }; };", ERR_INVALID,
	 "host device tree: /intc@8000000: reg: redistributor region 1 is missing\n"},
	{"/ { intc@8000000 { reg = <1>; }; };", ERR_INVALID,
	 "host device tree: /intc@8000000: reg: the distributor is missing\n"},
	{"/ { intc@8000000 { interrupts = <0 9 4>; }; };", ERR_UNSUPPORTED,
	 "host device tree: /intc@8000000: interrupts: number 1, the maintenance interrupt, " A_PPI},
	{"/ { intc@8000000 { /delete-property/ interrupts; }; };", ERR_UNSUPPORTED,
	 "host device tree: /intc@8000000: interrupts: the maintenance interrupt is missing: the machine has no "
	 "EL2, or its virtualization is off; with QEMU use -M virt,virtualization=on,gic-version=3\n"},
	{"/ { /delete-node/ timer; };", ERR_UNSUPPORTED,
	 "host device tree: no node is compatible with \"arm,armv8-timer\"\n"},
	{"/ { timer { interrupts = <1 13 4 1 14 4 1 11 4>; }; };", ERR_UNSUPPORTED,
	 "host device tree: /timer: interrupts: number 4, the hypervisor timer's, " A_PPI},
	{"/ { timer { interrupts = <1 13 4 1 14 4 0 11 4 1 10 4>; }; };", ERR_UNSUPPORTED,
	 "host device tree: /timer: interrupts: number 3, the virtual timer's, " A_PPI},
	{"/ { /delete-node/ cpus; };", ERR_INVALID,
	 "host device tree: /cpus: #address-cells: must be there, and be 1 or 2\n"},
	{"/ { cpus { cpu@0 { status = \"disabled\"; }; }; };", ERR_INVALID,
	 "host device tree: /cpus: no CPU has reg = 0x0, the MPIDR of the one that boots\n"},
	{"/ { /delete-node/ memory@40000000; };", ERR_INVALID,
	 "host device tree: no node has device_type = \"memory\"\n"},
	{"/ { memory@40000000 { reg = <0 0x40000000 0>; }; };", ERR_INVALID,
	 "host device tree: /memory@40000000: reg: not valid; addresses of 1 or 2 cells, at most 16 ranges of "
	 "memory and 32 reserved ones\n"},
	/* Parts that the machine can do without. */
	{"/ { cpus { cpu@1 { enable-method = \"spin-table\"; }; cpu@2 { reg = <0 2>; }; }; };", OK,
	 "host device tree: /cpus/cpu@1: enable-method: only \"psci\", with a node for PSCI, can start it; this "
	 "CPU is left out\n"
	 "host device tree: /cpus/cpu@2: reg: must be 1 cells; this CPU is left out\n"},
	{"/ { psci { method = \"smoke\"; }; cpus { /delete-node/ cpu@1; /delete-node/ cpu@2; /delete-node/ "
	 "cpu@3; }; };",
	 OK, "host device tree: /psci: method: must be \"smc\" or \"hvc\"; PSCI is not used\n"},
	{"/ { /delete-node/ psci; cpus { /delete-node/ cpu@1; /delete-node/ cpu@2; /delete-node/ cpu@3; }; };",
	 OK,
	 "host device tree: no node is compatible with \"arm,psci-1.0\" or \"arm,psci-0.2\": other CPUs cannot "
	 "be started, nor the machine powered off\n"},
	{"/ { chosen { stdout-path = \"/pl031@9010000\"; }; };", OK,
	 "host device tree: /pl031@9010000: compatible: \"arm,pl031\": no UART of a known kind, though /chosen: "
	 "stdout-path names it\n"},
	{"/ { chosen { stdout-path = \"serial7:115200\"; }; };", OK,
	 "host device tree: /chosen: stdout-path: names no node\n"},
	{"/ { chosen { /delete-property/ stdout-path; }; /delete-node/ pl011@9000000; };", OK,
	 "host device tree: no UART of a known kind can be used; there is no console\n"},
	{"/ { pl011@9000000 { /delete-property/ reg; }; };", OK,
	 "host device tree: /pl011@9000000: reg, reg-shift, reg-io-width, reg-offset: do not tell where its "
	 "registers are\n"
	 "host device tree: no UART of a known kind can be used; there is no console\n"},
	{"/ { pl011@9000000 { compatible = \"ns16550a\"; reg-io-width = <3>; }; };", OK,
	 "host device tree: /pl011@9000000: reg, reg-shift, reg-io-width, reg-offset: do not tell where its "
	 "registers are\n"
	 "host device tree: no UART of a known kind can be used; there is no console\n"},
	{"/ { pl011@9000000 { /delete-property/ interrupts; }; };", OK,
	 "host device tree: /pl011@9000000: interrupts: the first is no shared one (SPI) of the GIC; the console "
	 "is polled\n"},
	{"/ { pl011@9000000 { interrupts = <1 5 4>; }; };", OK,
	 "host device tree: /pl011@9000000: interrupts: the first is no shared one (SPI) of the GIC; the console "
	 "is polled\n"},
	{"/ { chosen { linux,initrd-start = <0x40002000>; }; };", OK,
	 "host device tree: /chosen: linux,initrd-end: is missing, although the other one of the pair is "
	 "there\n"},
	{"/ { chosen { linux,initrd-start = <0 0x40002000 0>; linux,initrd-end = <0x40003000>; }; };", OK,
	 "host device tree: /chosen: linux,initrd-start: is 12 bytes long; an address has 4 or 8\n"},
	{"/ { chosen { linux,initrd-start = <0x40002000>; linux,initrd-end = []; }; };", OK,
	 "host device tree: /chosen: linux,initrd-end: is 0 bytes long; an address has 4 or 8\n"},
	{"/ { chosen { linux,initrd-start = <0x3ffff000>; linux,initrd-end = <0x40003000>; }; };", OK,
	 "host device tree: /chosen: linux,initrd-start: 0x3ffff000 to 0x40003000 is not within this machine's "
	 "memory\n"},
	{"/ { chosen { linux,initrd-start = <0x2000>; linux,initrd-end = <0x2000>; }; };", OK,
	 "host device tree: /chosen: linux,initrd-end: 0x2000 is not above the start, 0x2000\n"},
};

static void test_lacks(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(lacks); i++) {
		assert_int_equal(read_machine("qemu-virt-4cpu.dts", lacks[i].changes, 0), lacks[i].result);
		assert_string_equal(said.text, lacks[i].words);
	}
}

static void test_left_out(void **state)
{
	(void)state;
	assert_int_equal(read_machine("qemu-virt-4cpu.dts", lacks[14].changes, 3), OK);
	assert_int_equal(host.cpus.pcpu_count, 2);
	assert_int_equal(host.cpus.mpidr[1], 3);
	assert_int_equal(host.boot_pcpu, 1);
}

/* Memory in pieces that touch is memory. */
static void test_is_ram(void **state)
{
	(void)state;
	assert_int_equal(
		read_machine("qemu-virt-4cpu.dts",
					 "/ { memory@40000000 { reg = <0 0x40000000 0 0x1000>, <0 0x41002000 0 0x1000>,\n"
					 "<0 0x41001000 0 0x1000>; }; };",
					 0),
		OK);
	assert_true(host_is_ram(&host, 0x40000000, 0x1000));
	assert_true(host_is_ram(&host, 0x41001800, 0x1000));
	assert_false(host_is_ram(&host, 0x40000800, 0x1000));
	assert_false(host_is_ram(&host, 0x41000000, 0x1001));
	assert_false(host_is_ram(&host, 0x40000000, 0));
	assert_false(host_is_ram(&host, UINT64_MAX - 1, 4));
}

static void test_find_device(void **state)
{
	(void)state;
	assert_int_equal(read_machine("qemu-virt-4cpu.dts",
								  "/ { aliases { clock = \"/pl031@9010000\"; broken = \"pl031\"; };\n"
								  "__symbols__ { rtc = \"/pl031@9010000\"; gone = \"/nowhere\"; }; };",
								  0),
					 OK);
	int rtc = fdt_path_offset(host.tree, "/pl031@9010000");

	assert_int_equal(host_find_device(&host, "/pl031@9010000"), rtc);
	assert_int_equal(host_find_device(&host, "rtc"), rtc);
	assert_int_equal(host_find_device(&host, "clock"), rtc);
	static const char *const unknown[] = {"/pl031",           "pl031",       "gone", "broken", "", "/",
										  "/pl031@9010000/x", "/virtio_mmio"};

	for (size_t i = 0; i < ARRAY_COUNT(unknown); i++)
		assert_true(host_find_device(&host, unknown[i]) <= 0);
}

static void test_decode_interrupt(void **state)
{
	static const struct {
		uint32_t cells[3];
		enum err result;
		uint32_t intid;
		bool edge;
	} rows[] = {
		{{0, 0, 4}, OK, 32, false},
		{{0, 987, 1}, OK, 1019, true},
		{{0, 988, 4}, ERR_RANGE, 0, false},
		{{1, 0, 4}, OK, 16, false},
		{{1, 15, 0xf08}, OK, 31, false},
		{{1, 16, 4}, ERR_RANGE, 0, false},
		{{0, 1, 2}, OK, 33, true},
		{{2, 1, 4}, ERR_INVALID, 0, false},
		{{0, UINT32_MAX, 4}, ERR_RANGE, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		uint32_t intid = 0;
		bool edge = false;

		assert_int_equal(host_decode_interrupt(rows[i].cells, &intid, &edge), rows[i].result);
		assert_int_equal(intid, rows[i].intid);
		assert_int_equal(edge, rows[i].edge);
	}
}

static void walk_to(struct host_walk *walk, const char *path)
{
	assert_true(host_walk_to(walk, host.tree, fdt_path_offset(host.tree, path)));
}

static void test_walk(void **state)
{
	struct host_interrupt interrupt;
	struct host_range range;
	struct host_walk walk;

	(void)state;
	assert_int_equal(read_machine("soc-board.dts",
								  "/ { soc { far@90000000 { reg = <0x90000000 0x1000>; }; };\n"
								  "nothing { interrupts = <1 2 3>; interrupt-parent = <0x7777>; }; };",
								  0),
					 OK);
	walk_to(&walk, "/soc/mmc@7e300000");
	assert_int_equal(host_walk_reg(&walk, 0, &range), OK);
	assert_int_equal(range.base, 0xfe300000);
	assert_int_equal(range.size, 0x1000);
	assert_int_equal(host_walk_reg(&walk, 1, &range), ERR_NOT_FOUND);
	assert_int_equal(host_walk_interrupt(&walk, 0, &interrupt), OK);
	assert_int_equal(interrupt.controller, host.gic_node);
	assert_int_equal(interrupt.cells[1], 62);
	assert_int_equal(host_walk_interrupt(&walk, 1, &interrupt), ERR_NOT_FOUND);
	walk_to(&walk, "/soc/mmc@7e300000/card@0");
	assert_int_equal(host_walk_reg(&walk, 0, &range), ERR_UNSUPPORTED);
	walk_to(&walk, "/soc/far@90000000");
	assert_int_equal(host_walk_reg(&walk, 0, &range), ERR_UNSUPPORTED);
	walk_to(&walk, "/nothing");
	assert_int_equal(host_walk_interrupt(&walk, 0, &interrupt), ERR_INVALID);
	assert_false(host_walk_to(&walk, host.tree, 1 << 20));
}

/* The last answer is kept: it must not be another question's. */
static void test_find(void **state)
{
	struct host_walk walk;

	(void)state;
	assert_int_equal(read_machine("qemu-virt-4cpu.dts", "", 0), OK);
	host_walk_start(&walk, host.tree);
	assert_true(host_walk_find(&walk, 0) < 0);
	for (unsigned again = 0; again < 2; again++) {
		assert_int_equal(host_walk_find(&walk, fdt_get_phandle(host.tree, host.gic_node)), host.gic_node);
		assert_true(host_walk_find(&walk, 0x7777) < 0);
		assert_true(host_walk_find(&walk, 0) < 0);
	}
}

static void test_dma(void **state)
{
	static const struct {
		const char *path;
		bool does_dma;
	} rows[] = {
		{"/pl011@9000000", false}, {"/pl031@9010000", false},      {"/pl061@9030000", false},
		{"/gpio-keys", false},     {"/virtio_mmio@a000000", true}, {"/unknown@1000", true},
		{"/clever@2000", true},
	};
	struct host_walk walk;

	(void)state;
	assert_int_equal(
		read_machine(
			"qemu-virt-4cpu.dts",
			"/ { unknown@1000 { reg = <0 0x1000 0 0x1000>; };\n"
			"clever@2000 { compatible = \"arm,pl011\"; reg = <0 0x2000 0 0x1000>; iommus = <1>; }; };",
			0),
		OK);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		walk_to(&walk, rows[i].path);
		assert_int_equal(host_walk_does_dma(&walk), rows[i].does_dma);
	}
}

/* Anything may be in memory where a tree should be. */
static void test_damage(void **state)
{
	size_t size;
	void *good = description_compile("/include/ \"qemu-virt-4cpu.dts\"\n", &size);
	static struct host ignored;

	(void)state;
	srand(1);
	for (int round = 0; round < 4000; round++) {
		uint8_t *bad = malloc(size);

		memcpy(bad, good, size);
		for (int flips = 1 + rand() % 8; flips; flips--)
			bad[40 + (unsigned)rand() % (size - 40)] ^= (uint8_t)(1 << rand() % 8);
		said_init(&said);
		if (host_read(bad, 0, &ignored, &said.report))
			assert_string_not_equal(said.text, "");
		free(bad);
	}
	free(good);
}

static int tear_down(void **state)
{
	free((void *)host.tree);
	return description_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_qemu_virt),   cmocka_unit_test(test_board),
		cmocka_unit_test(test_lacks),       cmocka_unit_test(test_is_ram),
		cmocka_unit_test(test_reserved),    cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_find_device), cmocka_unit_test(test_decode_interrupt),
		cmocka_unit_test(test_walk),        cmocka_unit_test(test_find),
		cmocka_unit_test(test_dma),         cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, description_set_up, tear_down);
}
