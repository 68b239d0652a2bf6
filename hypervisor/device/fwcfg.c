/* SPDX-License-Identifier: Apache-2.0 */
#include "device/fwcfg.h"

#define DATA_SIZE 8   /* at offset 0 */
#define SELECTOR_AT 8 /* 16 bits, big-endian */
#define ITEM_SIZE_MAX 4

enum {
	KEY_SIGNATURE = 0x00,
	KEY_ID = 0x01,
	KEY_CPU_COUNT = 0x05,
};

#define ID_TRADITIONAL 1 /* bit 1 would be DMA */

void fwcfg_reset(struct fwcfg *fwcfg)
{
	*fwcfg = (struct fwcfg){.key = KEY_SIGNATURE};
}

/* Items are at most four bytes long, and all others are empty: both read as 0 after their end. */
static uint32_t item(uint16_t key, unsigned vcpu_count)
{
	switch (key) {
	case KEY_SIGNATURE:
		return 0x554d4551; /* "QEMU" */
	case KEY_ID:
		return ID_TRADITIONAL;
	case KEY_CPU_COUNT:
		return vcpu_count;
	default: /* 0x19, the directory, too: a count of 0 */
		return 0;
	}
}

static uint8_t next_byte(struct fwcfg *fwcfg, unsigned vcpu_count)
{
	return fwcfg->next < ITEM_SIZE_MAX ? (uint8_t)(item(fwcfg->key, vcpu_count) >> (8 * fwcfg->next++)) : 0;
}

uint64_t fwcfg_read(struct fwcfg *fwcfg, unsigned vcpu_count, uint64_t offset, unsigned size_bytes)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < size_bytes && offset < DATA_SIZE; i++)
		value |= (uint64_t)next_byte(fwcfg, vcpu_count) << (8 * i);
	return value;
}

void fwcfg_write(struct fwcfg *fwcfg, uint64_t offset, unsigned size_bytes, uint64_t value)
{
	if (offset != SELECTOR_AT || size_bytes != sizeof(fwcfg->key))
		return;
	fwcfg->key = __builtin_bswap16((uint16_t)value);
	fwcfg->next = 0;
}
