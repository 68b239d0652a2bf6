/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of images: small files of each kind, in the world of config_world.h. */
#ifndef TESTS_CONFIG_FILES_H
#define TESTS_CONFIG_FILES_H

#include <elf.h>

#include "config_world.h"

#define IMAGE(source) "/ { vms { linux { image = " source "; }; }; };\n"
#define FIRMWARE(source) \
	"/ { vms { linux { /delete-property/ image; machine = \"virt\"; firmware = " source "; }; }; };\n"

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
static inline void write_program(size_t offset, uint64_t value, size_t size)
{
	struct program program = good_program;

	memcpy((char *)&program + offset, &value, size);
	description_file("program", &program, sizeof program);
}

static inline void write_linux(const char *name, uint64_t text_offset, uint64_t image_size, uint64_t flags)
{
	uint8_t image[4096] = {0};

	memcpy(image + 8, &text_offset, 8);
	memcpy(image + 16, &image_size, 8);
	memcpy(image + 24, &flags, 8);
	memcpy(image + 56, "ARM\x64", 4);
	description_file(name, image, sizeof image);
}

#endif
