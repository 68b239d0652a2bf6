/* SPDX-License-Identifier: Apache-2.0 */
/* FP/SIMD work in assembly, so that C stays free of it and lost registers show. */
#ifndef LIB_FP_H
#define LIB_FP_H

#include <stdint.h>

struct fp_state {
	__attribute__((aligned(16))) uint64_t q[64];
	uint64_t fpcr, fpsr;
};

void fp_save(struct fp_state *state);
void fp_restore(const struct fp_state *state);

/* Fills v0..v31 with 64 different words made from `seed`; counts how many of them have changed. */
void fp_fill(uint64_t seed);
unsigned fp_check(uint64_t seed);

/*
 * Sums over all registers: d0..d31 become seed, seed + 1, ..., then `rounds` times each is added to the next;
 * their total. Exact while it stays below 2^53: fp_work_expected() is the same in integers.
 */
uint64_t fp_work(uint64_t seed, unsigned rounds);
uint64_t fp_work_expected(uint64_t seed, unsigned rounds);

#endif
