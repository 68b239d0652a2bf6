/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A world's whole state in a few words, and back: what exploration remembers. Only what the interrupts of the
 * plan can change is kept; everything else stands as world_begin() left it.
 */
#ifndef MODEL_PACK_H
#define MODEL_PACK_H

#include "world.h"

#define KEY_WORDS 6

struct key {
	uint64_t word[KEY_WORDS];
};

/* Faults when the state does not fit. */
void pack_save(struct key *key);
void pack_load(const struct key *key);

#endif
