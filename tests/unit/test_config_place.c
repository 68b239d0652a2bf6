/* SPDX-License-Identifier: Apache-2.0 */
/* Where image, ramdisk and device tree go: as QEMU's `virt` would place them, closer together, or as
 * described. */
#include "base/bits.h"
#include "config_files.h"

/* The places that `qemu-system-aarch64 -M virt -kernel -initrd` gives the same files. */
static const struct row {
	uint64_t text_offset, image_size, memory_size;
	uint64_t image, ramdisk, tree;
} rows[] = {
	{0, 0x1aa0000, 0x40000000, 0x40200000, 0x48000000, 0x48200000},
	{0x80000, 0x1000000, 0x40000000, 0x40080000, 0x48000000, 0x48200000},
	{0xfff, 0x1000, 0x8000000, 0x40200fff, 0x44000000, 0x44200000},
	{0x10000, 0, 0x8000000, 0x40080000, 0x44000000, 0x44200000},   /* before 3.17: no size, no offset */
	{0, 0x6000000, 0x8000000, 0x40200000, 0x46200000, 0x46400000}, /* the kernel is past the middle */
};

static void test_placement(void **state)
{
	static const uint8_t zeros[4096];
	const struct config_vm *vm = &world_system.vm[0];
	struct config_placement place;
	char changes[256];

	(void)state;
	description_file("ramdisk", zeros, sizeof zeros);
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		write_linux("kernel", rows[i].text_offset, rows[i].image_size, 0);
		snprintf(changes, sizeof changes,
				 "/ { vms { linux { memory-size = <0x%llx>; image = /incbin/(\"kernel\"); ramdisk = "
				 "/incbin/(\"ramdisk\"); }; }; };",
				 (unsigned long long)rows[i].memory_size);
		assert_int_equal(world_read(changes), OK);
		assert_string_equal(world_said.text, "");
		assert_int_equal(config_place(vm, vm->memory_ipa, 0x10000, &place, &world_said.report), OK);
		assert_int_equal(place.image, rows[i].image);
		assert_int_equal(place.entry, rows[i].image);
		assert_int_equal(place.ramdisk, rows[i].ramdisk);
		assert_int_equal(place.tree, rows[i].tree);
		/* The same elsewhere: only the start of memory counts. */
		assert_int_equal(config_place(vm, 0x80000000, 0x10000, &place, &world_said.report), OK);
		assert_int_equal(place.image, rows[i].image + 0x40000000);
		assert_int_equal(place.tree, rows[i].tree + 0x40000000);
	}
}

/* As far apart as QEMU has them, as close as they must: 0x1000 bytes of ramdisk, or none; 0x10000 of tree. */
static void test_small_memory(void **state)
{
	static const struct {
		const char *image;
		uint64_t size;
		bool ramdisk_given;
		uint64_t ramdisk, tree;
	} small[] = {
		{"[00 00 00 14]", 0x200000, false, 0, 0x40100000},
		{"[00 00 00 14]", 0x200000, true, 0x40100000, 0x40101000},
		{"[00 00 00 14]", 0x400000, true, 0x40081000, 0x40200000},
		{"[00 00 00 14]; load-address = <0x401ff000>", 0x200000, false, 0, 0x40000000},
		{"[00 00 00 14]; load-address = <0x401ee000>", 0x200000, true, 0x401ef000, 0x401f0000},
		{"[00 00 00 14]; load-address = <0x401ee004>", 0x200000, true, 0x401ef000, 0x401f0000},
		{"[00 00 00 14]; load-address = <0x401ef000>", 0x200000, true, 0x401f0000, 0x40000000},
		{"[00 00 00 14]; load-address = <0x401ffffc>", 0x200000, true, 0x40000000, 0x40001000},
		{"[00 00 00 14]; load-address = <0x40001000>", 0x200000, true, 0x40100000, 0x40101000},
		{"/incbin/(\"program\")", 0x200000, true, 0x40100000, 0x40000000},
		{"/incbin/(\"small\")", 0x400000, true, 0x40300000, 0x40301000},
		{"/incbin/(\"small\")", 0x400000, false, 0, 0x40300000},
	};
	static const uint8_t zeros[4096];
	const struct config_vm *vm = &world_system.vm[0];
	struct config_placement place;
	char changes[256];

	(void)state;
	description_file("ramdisk", zeros, sizeof zeros);
	write_program(0, 0x7f, 1);
	write_linux("small", 0, 0x100000, 0);
	for (size_t i = 0; i < ARRAY_COUNT(small); i++) {
		snprintf(changes, sizeof changes, "/ { vms { linux { memory-size = <0x%llx>; image = %s; %s }; }; };",
				 (unsigned long long)small[i].size, small[i].image,
				 small[i].ramdisk_given ? "ramdisk = /incbin/(\"ramdisk\");" : "");
		assert_int_equal(world_read(changes), OK);
		assert_int_equal(config_place(vm, vm->memory_ipa, 0x10000, &place, &world_said.report), OK);
		assert_int_equal(place.ramdisk, small[i].ramdisk);
		assert_int_equal(place.tree, small[i].tree);
	}
}

#define RAW_SMALL(properties) IMAGE("[00 00 00 14]; memory-size = <0x200000>; " properties)
#define RAMDISK "ramdisk = /incbin/(\"ramdisk\")"

/* All but a page, or all, of 2 MiB, by a program from the start of memory on. */
static void an_image_may_leave_a_page_for_the_tree(void **state)
{
	const struct config_vm *vm = &world_system.vm[0];
	struct config_placement place;
	struct program program = good_program;

	(void)state;
	program.segment[1].p_paddr = program.segment[1].p_vaddr = 0x40000000;
	program.segment[1].p_memsz = 0x1ff000;
	program.header.e_entry = 0x40000000;
	program.segment[2].p_paddr = 0x40001000;
	description_file("program", &program, sizeof program);
	assert_int_equal(world_read(IMAGE("/incbin/(\"program\"); memory-size = <0x200000>")), OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(config_place(vm, 0x40000000, 0x1000, &place, &world_said.report), OK);
	assert_int_equal(place.tree, 0x401ff000);
	assert_int_equal(config_place(vm, 0x40000000, 0x1001, &place, &world_said.report), ERR_NO_MEMORY);
	program.segment[1].p_memsz++;
	description_file("program", &program, sizeof program);
	world_expect_mistakes(
		&(struct mistake){IMAGE("/incbin/(\"program\"); memory-size = <0x200000>"),
						  "/vms/linux: device tree: 0x1000 bytes at 0x40200000 do not fit the VM's memory, "
						  "0x200000 bytes from 0x40000000; give it more memory or another address\n"},
		1);
}

/* Where the description says: 0x10000 bytes of tree, 0x1000 of ramdisk or none, beside it where it can be. */
static const struct {
	const char *changes;
	uint64_t ram, ramdisk, tree;
} given[] = {
	{IMAGE("[00 00 00 14]; tree-address = <0x40000000>"), 0x40000000, 0, 0x40000000},
	{IMAGE("[00 00 00 14]; tree-at-start"), 0x40000000, 0, 0x40000000},
	{IMAGE("[00 00 00 14]; tree-at-start; memory-identity"), 0x88000000, 0, 0x88000000},
	{IMAGE("/incbin/(\"Image\"); tree-at-start; " RAMDISK), 0x40000000, 0x44000000, 0x40000000},
	{IMAGE("/incbin/(\"program\"); tree-address = <0x40100008>"), 0x40000000, 0, 0x40100008},
	{IMAGE("[00 00 00 14]; tree-address = <0x0 0x47ff0000>"), 0x40000000, 0, 0x47ff0000},
	{IMAGE("[00 00 00 14]; load-address = <0x40010000>; tree-at-start"), 0x40000000, 0, 0x40000000},
	/* Firmware is not in memory. */
	{FIRMWARE("[00 00 00 14]; memory-size = <0x200000>; " RAMDISK), 0x40000000, 0x40100000, 0x40000000},
	{FIRMWARE("[00 00 00 14]; memory-size = <0x200000>; tree-address = <0x40100000>; " RAMDISK), 0x40000000,
	 0x40000000, 0x40100000},
	/* The tree is in the middle of memory. */
	{RAW_SMALL("tree-address = <0x40100000>; " RAMDISK), 0x40000000, 0x40081000, 0x40100000},
	/* So is the image; or the room after the image is too small, or not for Linux. */
	{RAW_SMALL("load-address = <0x400ff000>; tree-address = <0x40100000>; " RAMDISK), 0x40000000, 0x40110000,
	 0x40100000},
	{RAW_SMALL("load-address = <0x401ef000>; tree-address = <0x401f0000>; ramdisk = /incbin/(\"large\")"),
	 0x40000000, 0x40000000, 0x401f0000},
	{IMAGE("/incbin/(\"small\"); memory-size = <0x400000>; tree-address = <0x40300000>; " RAMDISK),
	 0x40000000, 0x40310000, 0x40300000},
};

static void the_tree_is_where_the_description_wants_it(void **state)
{
	static const uint8_t zeros[0xef001];
	const struct config_vm *vm = &world_system.vm[0];
	struct config_placement place;

	(void)state;
	description_file("ramdisk", zeros, 4096);
	description_file("large", zeros, sizeof zeros);
	write_program(0, 0x7f, 1);
	write_linux("small", 0, 0x100000, 0);
	for (size_t i = 0; i < ARRAY_COUNT(given); i++) {
		assert_int_equal(world_read(given[i].changes), OK);
		assert_int_equal(config_place(vm, given[i].ram, 0x10000, &place, &world_said.report), OK);
		assert_int_equal(place.ramdisk, given[i].ramdisk);
		assert_int_equal(place.tree, given[i].tree);
	}
}

static const struct mistake bad_spots[] = {
	{IMAGE("[00 00 00 14]; tree-address = \"start\""),
	 "/vms/linux: tree-address: has 6 bytes; give one number, as <0x10000000> or /bits/ 64 <0x10000000>\n"},
	{IMAGE("[00 00 00 14]; tree-address = <0x40000004>"),
	 "/vms/linux: tree-address: 0x40000004 is not a multiple of 8; 0x40000008 would be right\n"},
	{IMAGE("[00 00 00 14]; tree-address = <0xffffffff 0xffffffff>"),
	 "/vms/linux: tree-address: 0xffffffffffffffff is not a multiple of 8; 0xfffffffffffffff8 would be "
	 "right\n"},
	{IMAGE("[00 00 00 14]; tree-address = <0x40000000>; tree-at-start"),
	 "/vms/linux: tree-address: is one place, and tree-at-start another; leave one of them out\n"},
	{IMAGE("[00 00 00 14]; tree-address = <0x40000000>; memory-identity"),
	 "/vms/linux: tree-address: needs a memory-address: where memory is, is chosen at boot; tree-at-start "
	 "needs "
	 "none\n"},
	{IMAGE("[00 00 00 14]; tree-address = <0x3fffff00>"),
	 "/vms/linux: tree-address: 0x1000 bytes at 0x3fffff00 do not fit the VM's memory, 0x8000000 bytes from "
	 "0x40000000; give it more memory or another address\n"},
	{IMAGE("[00 00 00 14]; tree-address = <0xffffffff 0xfffffff8>"),
	 "/vms/linux: tree-address: 0x1000 bytes at 0xfffffffffffffff8 do not fit the VM's memory, 0x8000000 "
	 "bytes "
	 "from 0x40000000; give it more memory or another address\n"},
	{IMAGE("[00 00 00 14]; tree-address = <0x47fff008>"),
	 "/vms/linux: tree-address: 0x1000 bytes at 0x47fff008 do not fit the VM's memory, 0x8000000 bytes from "
	 "0x40000000; give it more memory or another address\n"},
	{IMAGE("[00 00 00 14]; tree-address = <0x40080000>"),
	 "/vms/linux: tree-address: the device tree, 0x1000 bytes at 0x40080000, overlaps the image, 0x4 bytes "
	 "at "
	 "0x40080000; give the tree another address\n"},
	{IMAGE("[00 00 00 14]; load-address = <0x40000ffc>; tree-at-start"),
	 "/vms/linux: tree-at-start: the device tree, 0x1000 bytes at 0x40000000, overlaps the image, 0x4 bytes "
	 "at "
	 "0x40000ffc; give the tree another address\n"},
	/* Room for the tree alone, and for the ramdisk alone. */
	{RAW_SMALL("load-address = <0x40100000>; tree-at-start; " RAMDISK),
	 "/vms/linux: ramdisk: 0xff001 bytes have no room in the VM's memory beside the image and the device "
	 "tree, "
	 "0x1000 bytes at 0x40000000; give it more memory, or the tree another address\n"},
};

static void where_the_tree_cannot_be_is_said(void **state)
{
	static const uint8_t zeros[0xff001];

	(void)state;
	description_file("ramdisk", zeros, sizeof zeros);
	world_expect_mistakes(bad_spots, ARRAY_COUNT(bad_spots));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_placement),
		cmocka_unit_test(test_small_memory),
		cmocka_unit_test(an_image_may_leave_a_page_for_the_tree),
		cmocka_unit_test(the_tree_is_where_the_description_wants_it),
		cmocka_unit_test(where_the_tree_cannot_be_is_said),
	};

	return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
