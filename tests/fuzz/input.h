/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a fuzzer's input, taken one after another; zeros after their end. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *next;
	size_t left;
};

static inline uint8_t input_byte(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->next++;
}

/* Little-endian. */
static inline uint64_t input_number(struct input *input, unsigned size_bytes)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < size_bytes; i++)
		number |= (uint64_t)input_byte(input) << (8 * i);
	return number;
}

/* A value for a register: mostly nothing, all, one bit, a small number; sometimes anything. */
static inline uint64_t input_value(struct input *input)
{
	uint8_t kind = input_byte(input);

	if (kind < 64)
		return UINT64_C(1) << kind;
	if (kind < 128)
		return kind - 64u;
	if (kind < 192)
		return ~UINT64_C(0) >> (kind - 128);
	return input_number(input, 8);
}

#endif
