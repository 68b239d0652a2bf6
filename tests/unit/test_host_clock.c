/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's clock: found where it can be read, and in no other place. */
#include "description.h"

static const struct {
	const char *more;
	uint64_t rtc;
} machines[] = {
	{"", 0x9010000},
	{"/ { pl031@9010000 { status = \"disabled\"; }; };", 0},
	{"/ { pl031@9010000 { status = \"disabled\"; };\n"
	 "second { compatible = \"arm,pl031\"; reg = <0 0x9050000 0 0x1000>; }; };",
	 0x9050000},
	{"/ { pl031@9010000 { reg = <0 0x9010800 0 0x1000>; }; };", 0},  /* in the middle of a page */
	{"/ { pl031@9010000 { reg = <0 0x9010000 0 0x800>; }; };", 0},   /* half a page */
	{"/ { pl031@9010000 { reg = <0 0x40000000 0 0x1000>; }; };", 0}, /* memory */
	{"/ { pl031@9010000 { reg = <0>; }; };", 0},
};

static void it_is_found_where_it_can_be_read(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		void *tree = description_machine("qemu-virt-4cpu.dts", machines[i].more);
		struct said said;
		struct host host;

		said_init(&said);
		assert_int_equal(host_read(tree, HOST_ANY_CPU, &host, &said.report), OK);
		assert_int_equal(host.rtc.v, machines[i].rtc);
		free(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_found_where_it_can_be_read),
	};

	return cmocka_run_group_tests(tests, description_set_up, description_tear_down);
}
