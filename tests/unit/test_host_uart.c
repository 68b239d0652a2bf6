/* SPDX-License-Identifier: Apache-2.0 */
/* The console UART of the machine, which is needed before any other part of the machine is judged. */
#include "description.h"

static struct host host;
static struct said said;

static enum err read_machine(const char *changes)
{
	free((void *)host.tree);
	said_init(&said);
	memset(&host, 0, sizeof host);
	void *tree = description_machine("qemu-virt-4cpu.dts", changes);
	enum err e = host_read(tree, 0, &host, &said.report);

	host.tree = tree;
	return e;
}

/* Machines whose console is another one than QEMU's PL011 at /chosen/stdout-path: changes, and what is found.
 */
static const struct console {
	const char *changes, *path;
	struct uart_place place;
	uint32_t intid;
} rows[] = {
	/* Where /chosen names no UART. */
	{"/ { chosen { /delete-property/ stdout-path; }; };",
	 "/pl011@9000000",
	 {.kind = UART_PL011, .base = {0x9000000}, .size = 0x1000},
	 33},
	{"/ { chosen { /delete-property/ stdout-path; }; pl011@9000000 { status = \"disabled\"; };\n"
	 "serial@a { compatible = \"vendor,best\", \"ns16550\"; reg = <0 0x7000000 0 0x100>; reg-shift = "
	 "<1>; "
	 "reg-io-width = <2>; }; };",
	 "/serial@a",
	 {.kind = UART_8250, .width = 2, .shift = 1, .depth = 1, .base = {0x7000000}, .size = 0x100},
	 0},
	{"/ { chosen { /delete-property/ stdout-path; }; aliases { serial0 = \"/second@b\"; };\n"
	 "second@b { compatible = \"fsl,imx8mp-uart\", \"fsl,imx6q-uart\"; reg = <0 0x7000000 0 0x100>; }; "
	 "};",
	 "/second@b",
	 {.kind = UART_IMX, .base = {0x7000000}, .size = 0x100},
	 0},
	/* Where the UART that /chosen names cannot be used. */
	{"/ { chosen { stdout-path = \"/nowhere:115200\"; }; };",
	 "/pl011@9000000",
	 {.kind = UART_PL011, .base = {0x9000000}, .size = 0x1000},
	 33},
	{"/ { chosen { stdout-path = \"/pl031@9010000\"; }; };",
	 "/pl011@9000000",
	 {.kind = UART_PL011, .base = {0x9000000}, .size = 0x1000},
	 33},
	{"/ { aliases { serial0 = \"/a\"; }; chosen { stdout-path = \"serial0\"; };\n"
	 "a { compatible = \"ns16550a\"; reg = <0 0x7000000 0 0x100>; reg-io-width = <3>; }; };",
	 "/pl011@9000000",
	 {.kind = UART_PL011, .base = {0x9000000}, .size = 0x1000},
	 33},
	{"/ { chosen { stdout-path = \"/a\"; }; a { compatible = \"arm,pl011\"; reg = <0 0x7ffff000 0 0x1000>; "
	 "}; };",
	 "/pl011@9000000",
	 {.kind = UART_PL011, .base = {0x9000000}, .size = 0x1000},
	 33},
	{"/ { chosen { stdout-path = \"/a\"; }; a { compatible = \"arm,pl011\"; reg = <0 0x3ffff000 0 0x2000>; "
	 "}; };",
	 "/pl011@9000000",
	 {.kind = UART_PL011, .base = {0x9000000}, .size = 0x1000},
	 33},
	/* Beside memory. */
	{"/ { chosen { stdout-path = \"/a\"; }; a { compatible = \"arm,pl011\"; reg = <0 0x3ffff000 0 0x1000>; "
	 "}; };",
	 "/a",
	 {.kind = UART_PL011, .base = {0x3ffff000}, .size = 0x1000},
	 0},
	/* An alias of itself, and of another alias. */
	{"/ { aliases { serial0 = \"serial0\"; }; chosen { stdout-path = \"serial0:115200\"; }; };",
	 "/pl011@9000000",
	 {.kind = UART_PL011, .base = {0x9000000}, .size = 0x1000},
	 33},
	{"/ { aliases { serial0 = \"one\"; one = \"serial0\"; }; chosen { /delete-property/ stdout-path; }; };",
	 "/pl011@9000000",
	 {.kind = UART_PL011, .base = {0x9000000}, .size = 0x1000},
	 33},
	/* Kinds. */
	{"/ { pl011@9000000 { compatible = \"arm,sbsa-uart\"; interrupts = <0 40 1>; }; };",
	 "/pl011@9000000",
	 {.kind = UART_SBSA, .base = {0x9000000}, .size = 0x1000},
	 72},
	{"/ { pl011@9000000 { compatible = \"snps,dw-apb-uart\"; reg-shift = <2>; reg-io-width = <4>; }; };",
	 "/pl011@9000000",
	 {.kind = UART_8250, .width = 4, .shift = 2, .depth = 16, .base = {0x9000000}, .size = 0x1000},
	 33},
	{"/ { pl011@9000000 { compatible = \"ns16550a\"; reg-offset = <0x100>; }; };",
	 "/pl011@9000000",
	 {.kind = UART_8250, .width = 1, .depth = 16, .base = {0x9000100}, .size = 0xf00},
	 33},
	{"/ { pl011@9000000 { compatible = \"brcm,bcm2835-aux-uart\"; }; };",
	 "/pl011@9000000",
	 {.kind = UART_8250, .width = 4, .shift = 2, .depth = 1, .base = {0x9000000}, .size = 0x1000},
	 33},
	{"/ { pl011@9000000 { compatible = \"xlnx,zynqmp-uart\", \"cdns,uart-r1p12\"; }; };",
	 "/pl011@9000000",
	 {.kind = UART_CADENCE, .base = {0x9000000}, .size = 0x1000},
	 33},
	{"/ { pl011@9000000 { compatible = \"cdns,uart-r1p8\", \"xlnx,xuartps\"; }; };",
	 "/pl011@9000000",
	 {.kind = UART_CADENCE, .base = {0x9000000}, .size = 0x1000},
	 33},
};

static void test_consoles(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		assert_int_equal(read_machine(rows[i].changes), OK);
		assert_string_equal(host.uart_path, rows[i].path);
		assert_int_equal(host.uart_intid, rows[i].intid);
		assert_int_equal(host.uart.kind, rows[i].place.kind);
		assert_int_equal(host.uart.base.v, rows[i].place.base.v);
		assert_int_equal(host.uart.size, rows[i].place.size);
		assert_int_equal(host.uart.width, rows[i].place.width);
		assert_int_equal(host.uart.shift, rows[i].place.shift);
		assert_int_equal(host.uart.depth, rows[i].place.depth);
	}
}

static bool answers_beyond(const struct uart_place *place)
{
	return place->base.v > 0x9000000;
}

static bool answers_never(const struct uart_place *place)
{
	(void)place;
	return false;
}

/* A UART that does not answer is reported, and another one is tried; the aliases first. */
static void test_a_uart_that_is_not_there(void **state)
{
	(void)state;
	assert_int_equal(
		read_machine("/ { serial@a000 { compatible = \"ns16550\"; reg = <0 0xa000000 0 0x100>; }; };"), OK);
	said_init(&said);
	assert_int_equal(host_open(host.tree, &host, &said.report), OK);
	host_find_uart(&host, answers_beyond, &said.report);
	assert_string_equal(host.uart_path, "/serial@a000");
	assert_non_null(strstr(said.text, "/pl011@9000000: reg: there is no UART at 0x9000000"));

	assert_int_equal(host_open(host.tree, &host, &said.report), OK);
	host_find_uart(&host, answers_never, &said.report);
	assert_int_equal(host.uart.kind, UART_NONE);
	assert_non_null(strstr(said.text, "/serial@a000: reg: there is no UART at 0xa000000"));
	assert_non_null(strstr(said.text, "there is no console"));
}

/* The console is known, and so is how to power off, even when all else is missing. */
static void test_first_words(void **state)
{
	static const char *const hopeless[] = {"/ { /delete-node/ intc@8000000; };", "/ { /delete-node/ cpus; };",
										   "/ { /delete-node/ timer; };",
										   "/ { /delete-node/ memory@40000000; };"};

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(hopeless); i++) {
		assert_int_not_equal(read_machine(hopeless[i]), OK);
		assert_int_equal(host.uart.kind, UART_PL011);
		assert_int_equal(host.cpus.conduit, PSCI_SMC);
		assert_string_equal(host.model, "linux,dummy-virt");
	}
}

static int tear_down(void **state)
{
	free((void *)host.tree);
	return description_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_consoles),
		cmocka_unit_test(test_a_uart_that_is_not_there),
		cmocka_unit_test(test_first_words),
	};

	return cmocka_run_group_tests(tests, description_set_up, tear_down);
}
