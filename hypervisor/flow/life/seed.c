/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/life/seed.h"

#include <string.h>

#include "base/log.h"
#include "base/sha256.h"
#include "machine/api/cpu.h"
#include "machine/api/mmu.h"
#include "vm/tree.h"

#define RANDOM_WORDS 4   /* 256 bits */
#define SEED_BYTES_MIN 8 /* a kaslr-seed alone */

static uint8_t key[SHA256_BYTES];

/* Returns how many there were. */
static unsigned add_random_words(struct sha256 *hash)
{
	unsigned count = 0;
	uint64_t word;

	for (; count < RANDOM_WORDS && cpu_random(&word); count++)
		sha256_add(hash, &word, sizeof(word));
	return count;
}

/* A counter is not random: it keeps two starts, or two boots with one seed, different. */
static void add_counter(struct sha256 *hash)
{
	uint64_t now = cpu_counter();

	sha256_add(hash, &now, sizeof(now));
}

bool seed_gather(void)
{
	struct sha256 hash;
	unsigned words;

	sha256_begin(&hash);
	sha256_add(&hash, box.host.seed, box.host.seed_size);
	words = add_random_words(&hash);
	add_counter(&hash);
	sha256_end(&hash, key);
	return words == RANDOM_WORDS || box.host.seed_size >= SEED_BYTES_MIN;
}

static void digest(const struct vm *vm, uint8_t which, uint8_t out[SHA256_BYTES])
{
	struct sha256 hash;

	sha256_begin(&hash);
	sha256_add(&hash, key, sizeof(key));
	sha256_add(&hash, &which, sizeof(which));
	sha256_add(&hash, &vm->number, sizeof(vm->number));
	sha256_add(&hash, &vm->starts, sizeof(vm->starts));
	add_random_words(&hash);
	add_counter(&hash);
	sha256_end(&hash, out);
}

void seed_plant(struct vm *vm, void *tree)
{
	uint8_t seeds[2 * SHA256_BYTES];

	_Static_assert(TREE_SEEDS_BYTES <= sizeof(seeds), "two digests fill the seeds");
	digest(vm, 0, seeds);
	digest(vm, 1, seeds + SHA256_BYTES);
	if (!tree_plant_seeds(tree, seeds))
		log_error("[%s] its device tree has no room for seeds", vm->config->name);
	memset(seeds, 0, sizeof(seeds));
	mmu_clean(tree, vm->tree.size);
}
