/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ELF files (System V ABI; machine number from its supplement for AArch64): only what is needed to load one.
 */
#include <string.h>

#include "base/bits.h"
#include "vm/config_check.h"
#include "vm/config_image.h"

struct elf_header {
	uint8_t magic[4], class, data, version, abi[9];
	uint16_t type, machine;
	uint32_t file_version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_program_header {
	uint32_t type, flags;
	uint64_t offset, virtual, physical, file_size, memory_size, align;
};

_Static_assert(sizeof(struct elf_header) == 64 && sizeof(struct elf_program_header) == 56,
			   "as the ABI has them");

#define ELF_CLASS_64 2
#define ELF_LITTLE_ENDIAN 1
#define ELF_EXECUTABLE 2
#define ELF_SHARED 3 /* position-independent executables are of this type */
#define ELF_AARCH64 183
#define ELF_LOADED 1
#define ELF_FLAG_EXECUTE 1

bool config_is_elf(struct blob image)
{
	return image.size >= 4 && !memcmp(image.data, "\177ELF", 4);
}

/* The header of a file that is large enough for one. */
static struct elf_header header(struct blob image)
{
	struct elf_header header = {0};

	memcpy(&header, image.data, sizeof header);
	return header;
}

static bool program_header(struct blob image, unsigned index, struct elf_program_header *out)
{
	struct elf_header elf = header(image);
	uint64_t offset = elf.phoff + (uint64_t)index * sizeof *out;

	if (index >= elf.phnum || elf.phoff > image.size || offset > image.size - sizeof *out)
		return false;
	memcpy(out, (const uint8_t *)image.data + offset, sizeof *out);
	return true;
}

bool config_elf_segment(struct blob image, unsigned n, struct elf_segment *out)
{
	struct elf_program_header ph;

	for (unsigned index = 0; program_header(image, index, &ph); index++) {
		if (ph.type != ELF_LOADED || ph.memory_size == 0 || n-- > 0)
			continue;
		*out = (struct elf_segment){
			.offset = ph.offset,
			.virtual = ph.virtual,
			.physical = ph.physical,
			.file_size = ph.file_size,
			.memory_size = ph.memory_size,
			.executable = ph.flags & ELF_FLAG_EXECUTE,
		};
		return true;
	}
	return false;
}

struct host_range config_elf_span(struct blob image)
{
	uint64_t low = UINT64_MAX, high = 0;
	struct elf_segment segment;

	for (unsigned n = 0; config_elf_segment(image, n, &segment); n++) {
		if (segment.physical < low)
			low = segment.physical;
		if (segment.physical + segment.memory_size > high)
			high = segment.physical + segment.memory_size;
	}
	return (struct host_range){low, high - low};
}

uint64_t config_elf_entry(struct blob image)
{
	uint64_t entry = header(image).entry;
	struct elf_segment segment;

	for (unsigned n = 0; config_elf_segment(image, n, &segment); n++) {
		if (segment.executable && entry >= segment.virtual && entry - segment.virtual < segment.file_size)
			return entry - segment.virtual + segment.physical;
	}
	return entry;
}

/* What is wrong with the header, NULL when nothing is. */
static const char *header_mistake(struct blob image)
{
	struct elf_header elf;

	if (image.size < sizeof elf)
		return "is cut off within its ELF header";
	elf = header(image);
	if (elf.class != ELF_CLASS_64)
		return "is an ELF file for 32 bits; an arm64 one is needed";
	if (elf.data != ELF_LITTLE_ENDIAN)
		return "is a big-endian ELF file; a little-endian one is needed";
	if (elf.machine != ELF_AARCH64)
		return "is an ELF file for another processor; an arm64 one is needed";
	if (elf.type != ELF_EXECUTABLE && elf.type != ELF_SHARED)
		return "is an ELF file that is not linked; an executable is needed";
	if (elf.phnum == 0 || elf.phentsize != sizeof(struct elf_program_header))
		return "is an ELF file without program headers; an executable is needed";
	if (elf.phoff > image.size || elf.phnum * sizeof(struct elf_program_header) > image.size - elf.phoff)
		return "is cut off within its ELF program headers";
	return NULL;
}

static bool check_segment(struct config_check *check, struct blob image, const struct elf_segment *segment)
{
	const char *wrong = NULL;

	if (segment->offset > image.size || segment->file_size > image.size - segment->offset)
		wrong = "is cut off: the file ends within it";
	else if (segment->file_size > segment->memory_size)
		wrong = "has more bytes in the file than in memory";
	else if (segment->physical > UINT64_MAX - segment->memory_size)
		wrong = "ends behind the last address";
	if (wrong)
		config_mistake(check, "image", "the ELF segment at 0x%llx %s", (unsigned long long)segment->physical,
					   wrong);
	return !wrong;
}

bool config_check_elf(struct config_check *check, struct blob image)
{
	const char *wrong = header_mistake(image);
	struct elf_segment segment;
	bool good = true;

	if (wrong || !config_elf_segment(image, 0, &segment)) {
		config_mistake(check, "image", "%s", wrong ? wrong : "is an ELF file with nothing to load");
		return false;
	}
	for (unsigned n = 0; good && config_elf_segment(image, n, &segment); n++)
		good = check_segment(check, image, &segment);
	return good;
}
