/* SPDX-License-Identifier: Apache-2.0 */
/* Images: what is taken for what, and what is refused. */
#include "base/bits.h"
#include "config_files.h"

static void test_elf(void **state)
{
	const struct config_vm *vm = &world_system.vm[0];
	struct config_placement place;
	struct config_segment segment;

	(void)state;
	write_program(0, 0x7f, 1);
	assert_int_equal(world_read(IMAGE("/incbin/(\"program\")")), OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(vm->image_kind, CONFIG_IMAGE_ELF);
	assert_false(vm->image_relative);
	assert_int_equal(vm->image_load, 0x40080000);
	assert_int_equal(vm->image_entry, 0x40080010);
	assert_int_equal(config_place(vm, 0x40000000, 0x10000, &place, &world_said.report), OK);
	assert_int_equal(place.image, 0x40080000);
	assert_int_equal(place.image_size, 0x10020);
	assert_int_equal(place.entry, 0x40080010);
	assert_int_equal(place.tree, 0x40000000);
	assert_int_equal(place.ramdisk, 0);
	assert_true(config_segment(vm, &place, 0, &segment));
	assert_int_equal(segment.ipa, 0x40080000);
	assert_int_equal(segment.file_size, 64);
	assert_int_equal(segment.memory_size, 0x1000);
	assert_ptr_equal(segment.data, (const char *)vm->image.data + offsetof(struct program, text));
	assert_true(config_segment(vm, &place, 1, &segment));
	assert_int_equal(segment.ipa, 0x40090000);
	assert_false(config_segment(vm, &place, 2, &segment));
	/* No room below the program: then after all other parts. */
	assert_int_equal(config_place(vm, 0x40000000, 0x80001, &place, &world_said.report), OK);
	assert_int_equal(place.tree, 0x44000000);
	/* An entry at a virtual address moves with its segment. */
	write_program(offsetof(Elf64_Ehdr, e_entry), 0xffff000000000004, 8);
	assert_int_equal(world_read(IMAGE("/incbin/(\"program\")")), OK);
	assert_int_equal(vm->image_entry, 0x40090004);
}

#define HEADER(field) offsetof(Elf64_Ehdr, field), sizeof(((Elf64_Ehdr *)0)->field)
#define SEGMENT(n, field) \
	offsetof(struct program, segment) + (n) * sizeof(Elf64_Phdr) + offsetof(Elf64_Phdr, field), \
		sizeof(((Elf64_Phdr *)0)->field)

static const struct bad_program {
	size_t offset, size;
	uint64_t value;
	const char *words; /* after "/vms/linux: image: " */
} bad_programs[] = {
	{4, 1, ELFCLASS32, "is an ELF file for 32 bits; an arm64 one is needed\n"},
	{5, 1, ELFDATA2MSB, "is a big-endian ELF file; a little-endian one is needed\n"},
	{HEADER(e_machine), EM_X86_64, "is an ELF file for another processor; an arm64 one is needed\n"},
	{HEADER(e_type), ET_REL, "is an ELF file that is not linked; an executable is needed\n"},
	{HEADER(e_phnum), 0, "is an ELF file without program headers; an executable is needed\n"},
	{HEADER(e_phentsize), 32, "is an ELF file without program headers; an executable is needed\n"},
	{HEADER(e_phnum), 100, "is cut off within its ELF program headers\n"},
	{HEADER(e_phoff), UINT64_MAX, "is cut off within its ELF program headers\n"},
	{HEADER(e_phnum), 1, "is an ELF file with nothing to load\n"},
	{HEADER(e_entry), 0x40090020, "is an ELF file that starts at 0x40090020, outside its segments\n"},
	{SEGMENT(1, p_offset), 0x10000, "the ELF segment at 0x40080000 is cut off: the file ends within it\n"},
	{SEGMENT(1, p_filesz), UINT64_MAX, "the ELF segment at 0x40080000 is cut off: the file ends within it\n"},
	{SEGMENT(2, p_memsz), 31, "the ELF segment at 0x40090000 has more bytes in the file than in memory\n"},
	{SEGMENT(1, p_paddr), UINT64_MAX, "the ELF segment at 0xffffffffffffffff ends behind the last address\n"},
};

static void test_bad_programs(void **state)
{
	char words[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_COUNT(bad_programs); i++) {
		write_program(bad_programs[i].offset, bad_programs[i].value, bad_programs[i].size);
		snprintf(words, sizeof words, "/vms/linux: image: %s", bad_programs[i].words);
		world_expect_mistakes(&(struct mistake){IMAGE("/incbin/(\"program\")"), words}, 1);
	}
	write_program(offsetof(struct program, segment[1].p_paddr), 0x3fff0000, 8);
	world_expect_mistakes(
		&(struct mistake){IMAGE("/incbin/(\"program\")"),
						  "/vms/linux: image: 0xa0020 bytes at 0x3fff0000 do not fit the VM's memory, "
						  "0x8000000 bytes from 0x40000000; give it more memory or another address\n"},
		1);
}

static const struct mistake bad_files[] = {
	{"/ { vms { linux { device-tree = /incbin/(\"large-tree\"); }; }; };",
	 "/vms/linux: device-tree: has 131076 bytes; at most 131072 are supported\n"},
	{"/ { vms { linux { /delete-property/ image; }; }; };",
	 "/vms/linux: image: is missing; name a kernel, as /incbin/(\"Image\")\n"},
	{IMAGE("/incbin/(\"empty\")"),
	 "/vms/linux: image: the file is empty; name another one, as /incbin/(\"file\")\n"},
	{IMAGE("[1f 8b 08 00]"), "/vms/linux: image: is compressed with gzip; unpack it first\n"},
	{IMAGE("[fd 37 7a 58 5a 00]"), "/vms/linux: image: is compressed with xz; unpack it first\n"},
	{IMAGE("[28 b5 2f fd]"), "/vms/linux: image: is compressed with zstd; unpack it first\n"},
	{IMAGE("[27 05 19 56]"), "/vms/linux: image: is a U-Boot uImage; give the kernel that is in it\n"},
	{IMAGE("[d0 0d fe ed]"), "/vms/linux: image: is a device tree; give a kernel\n"},
	{IMAGE("\"MZ\""),
	 "/vms/linux: image: is an EFI program, no arm64 Linux Image; give the kernel that is in it\n"},
	{IMAGE("\"070701\""), "/vms/linux: image: is a cpio archive; give it as ramdisk\n"},
	{IMAGE("[7f 45 4c 46]"), "/vms/linux: image: is cut off within its ELF header\n"},
	{IMAGE("/incbin/(\"big-endian\")"),
	 "/vms/linux: image: is a big-endian Linux kernel; a little-endian one is needed\n"},
	{IMAGE("/incbin/(\"absurd\")"),
	 "/vms/linux: image: is a Linux kernel with a broken header: its size or offset is beyond reason\n"},
	{IMAGE("/incbin/(\"large\")"), "/vms/linux: image: 0x7f00000 bytes at 0x40200000 do not fit the VM's "
								   "memory, 0x8000000 bytes from 0x40000000; "
								   "give it more memory\n"},
	{"/ { vms { linux { load-address = <0x40000000>; }; }; };",
	 "/vms/linux: load-address: is for raw images; this one is a Linux Image and says itself where it "
	 "goes\n"},
	{IMAGE("[00 00 00 14]; load-address = <0x40000002>"),
	 "/vms/linux: load-address: 0x40000002 is not a multiple of 4\n"},
	{IMAGE("[00 00 00 14]; entry-address = <0x40080000>"),
	 "/vms/linux: entry-address: needs a load-address: the image has no fixed place without one\n"},
	{IMAGE("[00 00 00 14]; load-address = <0x40000000>; entry-address = <0x40000004>"),
	 "/vms/linux: entry-address: 0x40000004 is outside the image, which has 0x4 bytes from 0x40000000\n"},
	{IMAGE("[00 00 00 14]; load-address = <0x30000000>"),
	 "/vms/linux: image: 0x4 bytes at 0x30000000 do not fit the VM's memory, 0x8000000 bytes from "
	 "0x40000000; give it "
	 "more memory or another address\n"},
	{"/ { vms { linux { memory-size = <0x400000>; ramdisk = /incbin/(\"ramdisk\"); }; }; };",
	 "/vms/linux: ramdisk: 0x1000 bytes at 0x40400000 do not fit the VM's memory, 0x400000 bytes from "
	 "0x40000000; "
	 "give it more memory\n"},
	{"/ { vms { linux { memory-size = <0x400000>; }; }; };",
	 "/vms/linux: device tree: 0x1000 bytes at 0x40400000 do not fit the VM's memory, 0x400000 bytes from "
	 "0x40000000; give it more memory\n"},
	/* Where memory will be is not known, how much it is, is. */
	{"/ { vms { linux { memory-size = <0x200000>; memory-identity; }; }; };",
	 "/vms/linux: image: 0x200000 bytes at 0x40200000 do not fit the VM's memory, 0x200000 bytes from "
	 "0x40000000; "
	 "give it more memory\n"},
};

static void test_bad_files(void **state)
{
	static const uint8_t zeros[CONFIG_TREE_MAX + 4];

	(void)state;
	description_file("empty", zeros, 0);
	description_file("ramdisk", zeros, 4096);
	description_file("large-tree", zeros, sizeof zeros);
	write_linux("big-endian", 0, 0x200000, 1);
	write_linux("absurd", BIT(63), 0x200000, 0);
	write_linux("large", 0, 0x7f00000, 0);
	world_expect_mistakes(bad_files, ARRAY_COUNT(bad_files));
}

static void test_raw(void **state)
{
	const struct config_vm *vm = &world_system.vm[0];
	struct config_placement place;
	struct config_segment segment;

	(void)state;
	assert_int_equal(world_read(IMAGE("[00 00 00 14 00 00 00 14]")), OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(vm->image_kind, CONFIG_IMAGE_RAW);
	assert_int_equal(config_place(vm, 0x40000000, 0x10000, &place, &world_said.report), OK);
	assert_int_equal(place.image, 0x40080000);
	assert_int_equal(place.entry, 0x40080000);
	assert_int_equal(place.tree, 0x44000000);
	assert_true(config_segment(vm, &place, 0, &segment));
	assert_int_equal(segment.ipa, 0x40080000);
	assert_int_equal(segment.file_size, 8);
	assert_false(config_segment(vm, &place, 1, &segment));
	assert_int_equal(world_read(IMAGE("[00 00 00 14 00 00 00 14]; load-address = <0x40100000>;"
									  "entry-address = <0x40100004>")),
					 OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(config_place(vm, 0x40000000, 0x10000, &place, &world_said.report), OK);
	assert_int_equal(place.image, 0x40100000);
	assert_int_equal(place.entry, 0x40100004);
	assert_int_equal(world_read(IMAGE("[00 00 00 14]; machine = \"virt\"")), OK); /* not in flash */
	assert_string_equal(world_said.text, "");
}

/* In flash: nothing of it is copied to memory. */
static void test_firmware(void **state)
{
	const struct config_vm *vm = &world_system.vm[0];
	struct config_placement place;
	struct config_segment segment;

	(void)state;
	assert_int_equal(world_read(FIRMWARE("[00 00 00 14 00 00 00 14]")), OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(vm->image_kind, CONFIG_IMAGE_FIRMWARE);
	assert_int_equal(vm->image.size, 8);
	assert_int_equal(config_firmware_size(vm), 0x1000);
	assert_int_equal(config_place(vm, 0x48000000, 0x10000, &place, &world_said.report), OK);
	assert_int_equal(place.entry, 0);
	assert_int_equal(place.tree, 0x48000000);
	assert_false(config_segment(vm, &place, 0, &segment));
	assert_int_equal(world_read(IMAGE("[00 00 00 14]")), OK);
	assert_int_equal(config_firmware_size(vm), 0);
}

static const struct mistake bad_firmware[] = {
	{FIRMWARE("[00 00 00 14]; image = [00 00 00 14]"),
	 "/vms/linux: firmware: starts in place of an image; leave one of them out\n"},
	{FIRMWARE("\"\""
			  "; /delete-property/ firmware"),
	 "/vms/linux: image: is missing; name a kernel, as /incbin/(\"Image\")\n"},
	{FIRMWARE("/incbin/(\"empty\")"),
	 "/vms/linux: firmware: the file is empty; name another one, as /incbin/(\"file\")\n"},
	{FIRMWARE("[00 00 00 14]; machine = \"plain\""),
	 "/vms/linux: firmware: goes to the flash that a VM has with machine = \"virt\"; add that\n"},
	{FIRMWARE("/incbin/(\"Image\")"), "/vms/linux: firmware: is a Linux Image; name it as image\n"},
	{FIRMWARE("[7f 45 4c 46]"),
	 "/vms/linux: firmware: is an ELF file; name it as image, or give the raw binary\n"},
	{FIRMWARE("[d0 0d fe ed]"), "/vms/linux: firmware: is a device tree; give a kernel\n"},
	{FIRMWARE("[00 00 00 14]; load-address = <0>"),
	 "/vms/linux: load-address: is for raw images; firmware is in flash, at address 0\n"},
	{IMAGE("[00 00 00 14]; load-address = <0>; machine = \"virt\""),
	 "/vms/linux: load-address: 0x0 is in flash; a file that runs from there is firmware, not image\n"},
	{FIRMWARE("[00 00 00 14]; memory-address = <0>"),
	 "/vms/linux: the memory (0x0 to 0x7ffffff) overlaps the erased flash of machine = \"virt\" (0x0 to "
	 "0x7ffffff); give another memory-address, or leave machine out\n"},
	{FIRMWARE("/incbin/(\"large\"); devices = \"/low@2000\""),
	 "/vms/linux: /low@2000 (0x2000 to 0x2fff) overlaps the firmware (0x0 to 0x2fff); leave the device out, "
	 "or leave the firmware out\n"},
};

/* The rest of the chip, and the second bank. */
static void flash_of_the_machine_goes_on_after_firmware(void **state)
{
	static const uint8_t zeros[0x2001];
	const struct config_device *flash = &world_system.vm[0].device[0];

	(void)state;
	description_file("large", zeros, sizeof zeros);
	assert_int_equal(world_read(FIRMWARE("[00 00 00 14]; devices = \"/flash@0\"")), OK);
	assert_string_equal(world_said.text, "");
	assert_int_equal(flash->reg_count, 2);
	assert_int_equal(flash->reg[0].base, 0x1000);
	assert_int_equal(flash->reg[0].size, 0x1000);
	assert_int_equal(flash->reg[1].base, 0x4000000);
	assert_int_equal(world_read(FIRMWARE("/incbin/(\"large\"); devices = \"/flash@0\"")), OK);
	assert_int_equal(flash->reg_count, 1);
	assert_int_equal(flash->reg[0].base, 0x4000000);
	assert_int_equal(world_read(IMAGE("[00 00 00 14]; devices = \"/flash@0\"")), OK);
	assert_int_equal(flash->reg_count, 2);
	assert_int_equal(flash->reg[0].size, 0x2000);
}

static void where_firmware_cannot_be_is_said(void **state)
{
	static const uint8_t zeros[0x2001];

	(void)state;
	description_file("empty", "", 0);
	description_file("large", zeros, sizeof zeros);
	world_expect_mistakes(bad_firmware, ARRAY_COUNT(bad_firmware));
}

/* ELF files that are damaged: refused, or loaded without a step outside them. */
static void test_damage(void **state)
{
	size_t at = 0, size;

	(void)state;
	write_program(0, 0x7f, 1);
	assert_int_equal(world_read(IMAGE("/incbin/(\"program\")")), OK);
	size = fdt_totalsize(world_tree);
	while (memcmp((char *)world_tree + at, "\177ELF", 4))
		at += 4;
	srand(3);
	for (int round = 0; round < 20000; round++) {
		uint8_t *bad = malloc(size);

		memcpy(bad, world_tree, size);
		for (int flips = 1 + rand() % 3; flips; flips--)
			bad[at + (unsigned)rand() % offsetof(struct program, text)] ^= (uint8_t)(1 << rand() % 8);
		said_init(&world_said);
		assert_int_equal(config_read(bad, size, NULL, &world_system, &world_said.report), OK);
		world_load();
		free(bad);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elf),
		cmocka_unit_test(test_bad_programs),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_raw),
		cmocka_unit_test(test_firmware),
		cmocka_unit_test(where_firmware_cannot_be_is_said),
		cmocka_unit_test(flash_of_the_machine_goes_on_after_firmware),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
