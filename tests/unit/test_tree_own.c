/* SPDX-License-Identifier: Apache-2.0 */
/* Device trees of a VM's own that cannot be completed, and the messages. */
#include "description.h"

#include "vm/tree.h"

#define MIB UINT64_C(0x100000)
#define IN_THE_WAY \
	"/memory@40000000: device_type: is not \"memory\", and the VM's memory belongs here; make it " \
	"\"memory\", and the " \
	"node is " \
	"replaced"

static const struct row {
	const char *tree, *words; /* after "/vms/box: device-tree: " */
	uint64_t memory_size;
} rows[] = {
	{"#address-cells = <2>; #size-cells = <2>; memory@40000000 { reg = <0 0x40000000 0 0x1000>; };",
	 IN_THE_WAY, 256 * MIB},
	{"#address-cells = <2>; #size-cells = <2>; memory@40000000 { device_type = \"ram\"; };", IN_THE_WAY,
	 256 * MIB},
	{"#address-cells = <1>; #size-cells = <2>;",
	 "/: #address-cells: is 1, and the VM's memory ends beyond 4 GiB; 2 would be right", 4096 * MIB},
	{"#address-cells = <2>; #size-cells = <1>;",
	 "/: #size-cells: is 1, and the VM has 4 GiB of memory or more; 2 would be right", 4096 * MIB},
	{"#address-cells = <3>; #size-cells = <1>;", "/: #address-cells: must be 1 or 2", 256 * MIB},
	{"#address-cells = <2>; #size-cells = <0>;", "/: #size-cells: must be 1 or 2", 256 * MIB},
};

static void each_names_node_and_property(void **state)
{
	static _Alignas(8) char out[TREE_SIZE_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		struct config_vm vm = {.name = "box", .memory_size = rows[i].memory_size, .bootargs = ""};
		struct tree_source source = {.vm = &vm, .ram_ipa = 0x40000000};
		char text[512];
		struct said said;
		uint64_t length;
		size_t size;
		void *tree;

		snprintf(text, sizeof(text), "/dts-v1/; / { %s };", rows[i].tree);
		tree = description_compile(text, &size);
		vm.tree = (struct blob){tree, size};
		said_init(&said);
		assert_int_equal(tree_build(&source, out, sizeof(out), &length, &said.report), ERR_INVALID);
		snprintf(text, sizeof(text), "/vms/box: device-tree: %s\n", rows[i].words);
		assert_string_equal(said.text, text);
		free(tree);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_names_node_and_property)};

	return cmocka_run_group_tests(tests, description_set_up, description_tear_down);
}
