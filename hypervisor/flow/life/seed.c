/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/life/seed.h"

#include <string.h>

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

bool seed_plant(const struct vm *vm, uint64_t count, uint8_t *tree)
{
	const struct {
		uint32_t at, size;
	} places[] = {{vm->seeds.kaslr, TREE_KASLR_SEED_BYTES}, {vm->seeds.rng, TREE_RNG_SEED_BYTES}};
	uint8_t seed[SHA256_BYTES];

	_Static_assert(TREE_RNG_SEED_BYTES <= sizeof(seed), "a digest fills a seed");
	if (count >= ARRAY_COUNT(places))
		return false;
	digest(vm, (uint8_t)count, seed);
	memcpy(tree + places[count].at, seed, places[count].size);
	mmu_clean(tree + places[count].at, places[count].size);
	memset(seed, 0, sizeof(seed));
	return true;
}
