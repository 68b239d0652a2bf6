/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4). Pure; a struct sha256 belongs to one caller. */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

#include "base/types.h"

#define SHA256_BYTES 32
#define SHA256_BLOCK 64

struct sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes so far */
	uint8_t block[SHA256_BLOCK];
};

void sha256_begin(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *data, size_t size);
/* Nothing can be added after this. */
void sha256_end(struct sha256 *hash, uint8_t out[SHA256_BYTES]);

#endif
