/* SPDX-License-Identifier: Apache-2.0 */
#include "differential/differential.h"

static uint64_t state;

void random_seed(uint64_t seed)
{
	state = seed;
}

/* A Weyl sequence, well mixed. */
uint32_t random_bits(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return (uint32_t)(z >> 32);
}

uint32_t random_below(uint32_t count)
{
	return (uint32_t)((uint64_t)random_bits() * count >> 32);
}
