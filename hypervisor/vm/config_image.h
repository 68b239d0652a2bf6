/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The headers of image files, read from bytes at any alignment. Pure, no locks.
 */
#ifndef VM_CONFIG_IMAGE_H
#define VM_CONFIG_IMAGE_H

#include "vm/config_check.h"

/* Linux Image: Linux, Documentation/arch/arm64/booting.rst. False when it is none. */
struct linux_header {
	uint64_t text_offset, image_size, flags;
};
bool config_linux_header(struct blob image, struct linux_header *out);

/* Does it start as ELF files do? */
bool config_is_elf(struct blob image);
/* Reports what is wrong with an ELF file, and returns whether nothing is: the functions below need that. */
bool config_check_elf(struct config_check *check, struct blob image);

/* The segment n of those that are loaded: false after the last. */
struct elf_segment {
	uint64_t offset, virtual, physical, file_size, memory_size;
	bool executable;
};
bool config_elf_segment(struct blob image, unsigned n, struct elf_segment *out);

/* From the lowest byte of the segments to the end of the highest. */
struct host_range config_elf_span(struct blob image);

/* Where execution starts: the entry is a virtual address, so it moves as its segment does. */
uint64_t config_elf_entry(struct blob image);

#endif
