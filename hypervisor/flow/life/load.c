/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/life/load.h"

#include <string.h>

#include "flow/life/seed.h"
#include "machine/api/mmu.h"

/* Of memory that is zeroed or copied in one step. */
#define PIECE UINT64_C(0x40000)
#define PIECE_SHARED UINT64_C(0x4000) /* others may wait for this processor */

static uint64_t piece_size(const struct vm *vm)
{
	return vm->vcpu[0]->shares ? PIECE_SHARED : PIECE;
}

void load_scrub(struct vm *vm)
{
	uint64_t left = vm->config->memory_size - vm->scrubbed, most = piece_size(vm),
			 size = left < most ? left : most;

	vm->loading = (struct vm_loading){.file = 0}; /* it may have been starting */
	mmu_zero((uint8_t *)mmu_pointer(vm->memory) + vm->scrubbed, size);
	vm->scrubbed += size;
}

static uint8_t *in_memory(const struct vm *vm, uint64_t ipa)
{
	return (uint8_t *)mmu_pointer(vm->memory) + (ipa - vm->psci.ram_ipa);
}

/* The n-th file that a start copies: the image's segments, the ramdisk, the device tree. False: there are no
 * more. */
static bool find_file(const struct vm *vm, unsigned n, struct config_segment *out)
{
	const struct blob *ramdisk = &vm->config->ramdisk, *tree = &vm->tree;
	unsigned segments = 0;

	while (segments <= n && config_segment(vm->config, &vm->placement, segments, out))
		segments++;
	if (n < segments)
		return true;
	n -= segments;
	if (n == 0)
		*out = (struct config_segment){vm->placement.ramdisk, ramdisk->data, ramdisk->size, ramdisk->size};
	else
		*out = (struct config_segment){vm->placement.tree, tree->data, tree->size, tree->size};
	return n < 2;
}

/* Copies a piece of a file, and zeroes the memory after it that it asks for. True: that was the last one. */
static bool copy_piece(struct vm *vm, const struct config_segment *file)
{
	uint64_t at = vm->loading.offset, left = file->memory_size - at, most = piece_size(vm);
	uint64_t size = left < most ? left : most;
	uint64_t copied = at < file->file_size ? file->file_size - at : 0;
	uint8_t *to = in_memory(vm, file->ipa) + at;

	if (copied > size)
		copied = size;
	memcpy(to, (const uint8_t *)file->data + at, copied);
	memset(to + copied, 0, size - copied);
	mmu_clean(to, size);
	vm->loading.offset += size;
	return size == left;
}

bool load_step(struct vm *vm)
{
	struct config_segment file;

	if (find_file(vm, vm->loading.file, &file)) {
		if (file.memory_size == 0 || copy_piece(vm, &file))
			vm->loading = (struct vm_loading){.file = vm->loading.file + 1};
		return false;
	}
	if (vm->seeds.rng && seed_plant(vm, vm->loading.offset, in_memory(vm, vm->placement.tree))) {
		vm->loading.offset++;
		return false;
	}
	vm->loading = (struct vm_loading){.file = 0};
	mmu_invalidate_instructions();
	return true;
}
