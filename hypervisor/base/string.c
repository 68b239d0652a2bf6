/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory and string functions that the compiler and the pure rooms expect of a C library. Images of
 * guests are copied and cleared with them, so those two process 64 bytes a step.
 *
 * Destinations are aligned first; sources may stay unaligned, which EL2 allows on Normal memory. While the
 * MMU is off only copies between equally aligned places are safe. Compiled with -mstrict-align, an unaligned
 * source is right as well, and several times slower.
 */
#include <string.h>

#include "base/types.h"

/* A word of memory of any type: where it is known to be aligned, and at any address. */
typedef uint64_t __attribute__((may_alias)) word_t;
struct loose_word {
	uint64_t v;
} __attribute__((packed, may_alias));

#define WORD sizeof(word_t)
#define STEP (8 * WORD)

/* Keeps the compiler from recognising a loop as the very function that it implements, and calling that. */
#define KEEP_LOOP() __asm__ volatile("" ::: "memory")

static size_t bytes_to_alignment(const void *p, size_t size)
{
	size_t count = -(uintptr_t)p & (WORD - 1);

	return count < size ? count : size;
}

/* All loads before the first store: the places may overlap. */
static void copy_step(word_t *to, const struct loose_word *from)
{
	uint64_t a = from[0].v, b = from[1].v, c = from[2].v, d = from[3].v;
	uint64_t e = from[4].v, f = from[5].v, g = from[6].v, h = from[7].v;

	to[0] = a;
	to[1] = b;
	to[2] = c;
	to[3] = d;
	to[4] = e;
	to[5] = f;
	to[6] = g;
	to[7] = h;
}

/* From low to high addresses: right for separate places, and for an overlap with `to` below `from`. */
static void copy_upwards(uint8_t *to, const uint8_t *from, size_t size)
{
	for (size_t head = bytes_to_alignment(to, size); head > 0; head--, size--) {
		*to++ = *from++;
		KEEP_LOOP();
	}
	for (; size >= STEP; size -= STEP, to += STEP, from += STEP) {
		copy_step((word_t *)to, (const struct loose_word *)from);
		KEEP_LOOP();
	}
	for (; size >= WORD; size -= WORD, to += WORD, from += WORD) {
		*(word_t *)to = ((const struct loose_word *)from)->v;
		KEEP_LOOP();
	}
	for (; size > 0; size--) {
		*to++ = *from++;
		KEEP_LOOP();
	}
}

static void copy_downwards(uint8_t *to, const uint8_t *from, size_t size)
{
	for (; size > 0 && ((uintptr_t)to + size) % WORD != 0; size--) {
		to[size - 1] = from[size - 1];
		KEEP_LOOP();
	}
	for (; size >= WORD; size -= WORD) {
		*(word_t *)(to + size - WORD) = ((const struct loose_word *)(from + size - WORD))->v;
		KEEP_LOOP();
	}
	for (; size > 0; size--) {
		to[size - 1] = from[size - 1];
		KEEP_LOOP();
	}
}

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	copy_upwards(to, from, size);
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	if ((uintptr_t)to - (uintptr_t)from < size)
		copy_downwards(to, from, size);
	else
		copy_upwards(to, from, size);
	return to;
}

/* Not a loop: at -O2 it would stay one, of three instructions a word. */
static void set_step(word_t *to, uint64_t pattern)
{
	to[0] = pattern;
	to[1] = pattern;
	to[2] = pattern;
	to[3] = pattern;
	to[4] = pattern;
	to[5] = pattern;
	to[6] = pattern;
	to[7] = pattern;
}

void *memset(void *to, int byte, size_t size)
{
	uint64_t pattern = (uint8_t)byte * UINT64_C(0x0101010101010101);
	uint8_t *at = to;

	for (size_t head = bytes_to_alignment(at, size); head > 0; head--, size--) {
		*at++ = (uint8_t)byte;
		KEEP_LOOP();
	}
	for (; size >= STEP; size -= STEP, at += STEP) {
		set_step((word_t *)at, pattern);
		KEEP_LOOP();
	}
	for (; size >= WORD; size -= WORD, at += WORD) {
		*(word_t *)at = pattern;
		KEEP_LOOP();
	}
	for (; size > 0; size--) {
		*at++ = (uint8_t)byte;
		KEEP_LOOP();
	}
	return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *left = a, *right = b;

	for (; size >= WORD; size -= WORD, left += WORD, right += WORD) {
		if (((const struct loose_word *)left)->v != ((const struct loose_word *)right)->v)
			break;
		KEEP_LOOP();
	}
	for (; size > 0; size--, left++, right++) {
		if (*left != *right)
			return *left - *right;
		KEEP_LOOP();
	}
	return 0;
}

void *memchr(const void *in, int byte, size_t size)
{
	for (const uint8_t *at = in; size > 0; size--, at++) {
		if (*at == (uint8_t)byte)
			return (void *)(uintptr_t)at;
		KEEP_LOOP();
	}
	return NULL;
}

size_t strnlen(const char *text, size_t limit)
{
	size_t length = 0;

	while (length < limit && text[length]) {
		length++;
		KEEP_LOOP();
	}
	return length;
}

size_t strlen(const char *text)
{
	return strnlen(text, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t limit)
{
	for (; limit > 0; limit--, a++, b++) {
		if (*a != *b || !*a)
			return (uint8_t)*a - (uint8_t)*b;
		KEEP_LOOP();
	}
	return 0;
}

int strcmp(const char *a, const char *b)
{
	return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *text, int c)
{
	for (;; text++) {
		if (*text == (char)c)
			return (char *)(uintptr_t)text;
		if (!*text)
			return NULL;
		KEEP_LOOP();
	}
}

char *strrchr(const char *text, int c)
{
	const char *last = NULL;

	for (;; text++) {
		if (*text == (char)c)
			last = text;
		if (!*text)
			return (char *)(uintptr_t)last;
		KEEP_LOOP();
	}
}

char *strstr(const char *text, const char *part)
{
	size_t length = strlen(part);

	for (; *text; text++)
		if (strncmp(text, part, length) == 0)
			return (char *)text;
	return length ? NULL : (char *)text;
}
