/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/fp.h"

/* A different word for each half of each register: multiplication by an odd constant spreads the bits. */
static uint64_t fp_word(uint64_t seed, unsigned index)
{
	return (seed + index) * UINT64_C(0x9e3779b97f4a7c15);
}

void fp_fill(uint64_t seed)
{
	struct fp_state state;

	fp_save(&state);
	for (unsigned i = 0; i < 64; i++)
		state.q[i] = fp_word(seed, i);
	fp_restore(&state);
}

unsigned fp_check(uint64_t seed)
{
	struct fp_state state;
	unsigned lost = 0;

	fp_save(&state);
	for (unsigned i = 0; i < 64; i++)
		lost += state.q[i] != fp_word(seed, i);
	return lost;
}

uint64_t fp_work_expected(uint64_t seed, unsigned rounds)
{
	uint64_t d[32], total = 0;

	for (unsigned i = 0; i < 32; i++)
		d[i] = seed + i;
	while (rounds-- > 0)
		for (unsigned i = 1; i < 32; i++)
			d[i] += d[i - 1];
	for (unsigned i = 0; i < 32; i++)
		total += d[i];
	return total;
}
