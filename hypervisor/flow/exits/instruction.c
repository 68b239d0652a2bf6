/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/exits/instruction.h"

#include "flow/exits/mmio.h"
#include "machine/api/mmu.h"
#include "vm/blank.h"
#include "vm/instruction.h"
#include "vm/layout.h"
#include "vm/walk.h"

#define TAG BITS(63, 56) /* of an address, if the guest says so */

/* The VM's own memory or firmware; NULL elsewhere. */
static const uint8_t *find(const struct vm *vm, ipa_t ipa)
{
	uint64_t offset = ipa.v - vm->psci.ram_ipa, flash_offset = ipa.v - GUEST_FLASH_BASE;

	if (offset < vm->psci.ram_size)
		return (const uint8_t *)mmu_pointer(vm->memory) + offset;
	if (flash_offset < vm->psci.firmware_size)
		return (const uint8_t *)mmu_pointer(vm->firmware) + flash_offset;
	return NULL;
}

/* 4 or 8 bytes, aligned. The guest may have written them past the caches. */
static bool read_memory(const struct vm *vm, ipa_t ipa, unsigned size_bytes, uint64_t *value)
{
	const uint8_t *bytes = is_aligned(ipa.v, size_bytes) ? find(vm, ipa) : NULL;

	if (!bytes)
		return false;
	mmu_clean(bytes, size_bytes);
	*value = size_bytes == 8 ? atomic_load((const uint64_t *)bytes) : atomic_load((const uint32_t *)bytes);
	return true;
}

unsigned instruction_walk_level(const struct vm *vm, const struct exit_abort *abort)
{
	struct guest_translation translation = guest_translation_read();
	struct walk walk = walk_start(&translation, abort->va);
	uint64_t descriptor;

	while (walk.state == WALK_READS && align_down(walk.at.v, PAGE_SIZE) != abort->ipa.v &&
		   read_memory(vm, walk.at, sizeof(descriptor), &descriptor))
		walk_step(&walk, descriptor);
	return walk.level;
}

/* As the guest's own tables say now. */
static bool translate(const struct vm *vm, va_t va, ipa_t *ipa)
{
	struct guest_translation translation = guest_translation_read();
	struct walk walk = walk_start(&translation, va);
	uint64_t descriptor;

	while (walk.state == WALK_READS && read_memory(vm, walk.at, sizeof(descriptor), &descriptor))
		walk_step(&walk, descriptor);
	*ipa = walk.at;
	return walk.state == WALK_FOUND;
}

/* The word at the guest's PC. */
static bool fetch(const struct vm *vm, uint32_t *word)
{
	uint64_t value;
	ipa_t ipa;

	if (!translate(vm, (va_t){guest_pc()}, &ipa) || !read_memory(vm, ipa, sizeof(*word), &value))
		return false;
	*word = (uint32_t)value;
	return true;
}

static uint64_t base_of(const struct vcpu *vcpu, const struct load_store *op)
{
	if (op->index == INDEX_LITERAL)
		return guest_pc();
	return op->rn == 31 ? guest_stack_pointer() : vcpu->frame.x[op->rn];
}

/* Is this the access that met the abort, and does it lie within a page? Part of it may have been elsewhere.
 */
static bool is_access(const struct load_store *op, const struct exit_abort *abort, uint64_t address)
{
	uint64_t first = address & ~TAG, last = first + load_store_bytes(op) - 1, met = abort->va.v & ~TAG;

	return op->write == abort->write && first <= met && met <= last &&
		   align_down(first, PAGE_SIZE) == align_down(last, PAGE_SIZE);
}

static bool transfer(struct vcpu *vcpu, const struct load_store *op, ipa_t ipa)
{
	const uint8_t reg[] = {op->rt, op->rt2};
	unsigned count = op->pair ? 2 : 1, size = 1u << op->size_log2;
	uint64_t value[2];

	for (unsigned i = 0; i < count; i++) {
		struct vgic_access access = {
			.size_bytes = size,
			.write = op->write,
			.value = op->write ? operand(vcpu, reg[i]) : 0,
		};

		if (!mmio_perform(vcpu, (ipa_t){ipa.v + i * size}, &access))
			return false;
		value[i] = load_store_result(op, access.value);
	}
	for (unsigned i = 0; i < count && !op->write; i++)
		operand_set(vcpu, reg[i], value[i]);
	return true;
}

static void write_back(struct vcpu *vcpu, const struct load_store *op, uint64_t value)
{
	if (op->rn == 31)
		guest_set_stack_pointer(value);
	else
		operand_set(vcpu, op->rn, value);
}

/* The instruction at the guest's PC, with its address, and what its base register becomes. */
struct decoded {
	struct load_store op;
	uint64_t address, moved;
};

/* Did the instruction make the access that met the abort? */
static bool locate(const struct vcpu *vcpu, const struct exit_abort *abort, struct decoded *decoded)
{
	const struct load_store *op = &decoded->op;
	uint64_t base = base_of(vcpu, op);

	decoded->moved = base + load_store_offset(op, operand(vcpu, op->rm));
	decoded->address = op->index == INDEX_POST ? base : decoded->moved;
	return is_access(op, abort, decoded->address);
}

bool instruction_access(struct vcpu *vcpu, const struct exit_abort *abort)
{
	ipa_t ipa = {align_down(abort->ipa.v, PAGE_SIZE)};
	struct decoded decoded;
	uint32_t word;

	if (guest_is_aarch32() || !fetch(vcpu->vm, &word) || !load_store_decode(word, &decoded.op) ||
		!locate(vcpu, abort, &decoded))
		return false;
	ipa.v |= decoded.address & (PAGE_SIZE - 1);
	if (!transfer(vcpu, &decoded.op, ipa))
		return false;
	if (load_store_writes_back(&decoded.op))
		write_back(vcpu, &decoded.op, decoded.moved);
	return true;
}

/* HPFAR_EL2 does not have the address of a permission fault. */
bool instruction_ignore_store(struct vcpu *vcpu, const struct exit_abort *abort)
{
	struct decoded decoded;
	uint32_t word;
	ipa_t ipa;

	if (!translate(vcpu->vm, abort->va, &ipa) || !blank_ignores_store(vcpu->vm->config, ipa))
		return false;
	if (abort->decoded) /* the base register stays as it is */
		return true;
	if (guest_is_aarch32() || !fetch(vcpu->vm, &word))
		return false;
	if (is_zeroing(word))
		return true;
	if (!store_decode(word, &decoded.op) || !locate(vcpu, abort, &decoded))
		return false;
	if (load_store_writes_back(&decoded.op))
		write_back(vcpu, &decoded.op, decoded.moved);
	return true;
}
