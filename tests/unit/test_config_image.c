/* SPDX-License-Identifier: Apache-2.0 */
/* Images: what is taken for what, what is refused, and where QEMU's `virt` would place it all. */
#include <elf.h>

#include "base/bits.h"
#include "config_world.h"

#define IMAGE(source) "/ { vms { linux { image = " source "; }; }; };\n"

/* A program linked at 0x40080000 with bss, and a part that runs elsewhere than it is loaded. */
struct program {
	Elf64_Ehdr header;
	Elf64_Phdr segment[3];
	uint8_t text[64], high[32];
};

static const struct program good_program = {
	.header =
		{
			.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
			.e_type = ET_EXEC,
			.e_machine = EM_AARCH64,
			.e_entry = 0x40080010,
			.e_phoff = offsetof(struct program, segment),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 3,
		},
	.segment =
		{
			{.p_type = PT_NOTE, .p_offset = 0xffffffff, .p_filesz = 1, .p_memsz = 1},
			{.p_type = PT_LOAD,
			 .p_flags = PF_X,
			 .p_offset = offsetof(struct program, text),
			 .p_vaddr = 0x40080000,
			 .p_paddr = 0x40080000,
			 .p_filesz = 64,
			 .p_memsz = 0x1000},
			{.p_type = PT_LOAD,
			 .p_flags = PF_X,
			 .p_offset = offsetof(struct program, high),
			 .p_vaddr = 0xffff000000000000,
			 .p_paddr = 0x40090000,
			 .p_filesz = 32,
			 .p_memsz = 32},
		},
};

/* Writes the program with one field changed, as the file "program". */
static void write_program(size_t offset, uint64_t value, size_t size)
{
	struct program program = good_program;

	memcpy((char *)&program + offset, &value, size);
	description_file("program", &program, sizeof program);
}

static void write_linux(const char *name, uint64_t text_offset, uint64_t image_size, uint64_t flags)
{
	uint8_t image[4096] = {0};

	memcpy(image + 8, &text_offset, 8);
	memcpy(image + 16, &image_size, 8);
	memcpy(image + 24, &flags, 8);
	memcpy(image + 56, "ARM\x64", 4);
	description_file(name, image, sizeof image);
}

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
	 "/vms/linux: device tree: 0x21000 bytes at 0x40400000 do not fit the VM's memory, 0x400000 bytes from "
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
		cmocka_unit_test(test_elf),       cmocka_unit_test(test_bad_programs),
		cmocka_unit_test(test_bad_files), cmocka_unit_test(test_placement),
		cmocka_unit_test(test_raw),       cmocka_unit_test(test_small_memory),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
