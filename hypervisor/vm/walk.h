/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's own translation of a virtual address, stage 1 of its EL1 and EL0, in steps: which descriptor is
 * next, and what it says (Arm DDI 0487, "VMSAv8-64 translation table format"). Pure. The caller reads the
 * descriptors, and only from the VM's own memory. Whatever they and the registers contain, a walk has at most
 * four steps. Permissions and attributes are not checked: the hardware has just done this walk.
 */
#ifndef VM_WALK_H
#define VM_WALK_H

#include "base/types.h"
#include "machine/api/guest.h"

enum walk_state {
	WALK_READS,      /* the descriptor at `at` is next: walk_step() */
	WALK_FOUND,      /* `at` is the address */
	WALK_NOT_MAPPED, /* the descriptor of `level` is not valid */
};

struct walk {
	enum walk_state state;
	unsigned level; /* of the lookup: 0 to 3 */
	ipa_t at;
	va_t va;
	uint8_t page_shift; /* of the granule: 12, 14 or 16 */
	bool big_endian;    /* the descriptors */
};

/* With the MMU disabled, the walk has found the address at once. */
struct walk walk_start(const struct guest_translation *translation, va_t va);
/* `descriptor`: the 8 bytes at `at`, while the walk reads. */
void walk_step(struct walk *walk, uint64_t descriptor);

#endif
