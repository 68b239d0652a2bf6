/* SPDX-License-Identifier: Apache-2.0 */
/* base/string.c under other names, against the host's functions of the same name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void *our_memcpy(void *restrict to, const void *restrict from, size_t size);
void *our_memmove(void *to, const void *from, size_t size);
void *our_memset(void *to, int byte, size_t size);
int our_memcmp(const void *a, const void *b, size_t size);
void *our_memchr(const void *in, int byte, size_t size);
size_t our_strnlen(const char *text, size_t limit);
size_t our_strlen(const char *text);
int our_strncmp(const char *a, const char *b, size_t limit);
int our_strcmp(const char *a, const char *b);
char *our_strchr(const char *text, int c);
char *our_strrchr(const char *text, int c);

#define memcpy our_memcpy
#define memmove our_memmove
#define memset our_memset
#define memcmp our_memcmp
#define memchr our_memchr
#define strnlen our_strnlen
#define strlen our_strlen
#define strncmp our_strncmp
#define strcmp our_strcmp
#define strchr our_strchr
#define strrchr our_strrchr
#include "base/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strnlen
#undef strlen
#undef strncmp
#undef strcmp
#undef strchr
#undef strrchr

#define ROOM 224
#define SIZE_LAST 150

static uint8_t ours[ROOM], theirs[ROOM], source[ROOM];

static void fill(void)
{
	for (unsigned i = 0; i < ROOM; i++) {
		source[i] = (uint8_t)(i * 7 + 1);
		ours[i] = theirs[i] = (uint8_t)(255 - i);
	}
}

/* Every alignment of both ends, every size from nothing to more than two steps. */
static void copies_as_the_host_does(void **state)
{
	(void)state;
	for (unsigned to = 0; to < 9; to++)
		for (unsigned from = 0; from < 9; from++)
			for (unsigned size = 0; size <= SIZE_LAST; size++) {
				fill();
				assert_ptr_equal(our_memcpy(ours + to, source + from, size), ours + to);
				memcpy(theirs + to, source + from, size);
				assert_memory_equal(ours, theirs, ROOM);
			}
}

static void moves_overlapping_memory(void **state)
{
	(void)state;
	for (unsigned to = 0; to < 72; to++)
		for (unsigned from = 0; from < 72; from++)
			for (unsigned size = 0; size <= SIZE_LAST; size += 1 + size / 16) {
				fill();
				assert_ptr_equal(our_memmove(ours + to, ours + from, size), ours + to);
				memmove(theirs + to, theirs + from, size);
				assert_memory_equal(ours, theirs, ROOM);
			}
}

static void sets_no_byte_too_many(void **state)
{
	(void)state;
	for (unsigned to = 0; to < 9; to++)
		for (unsigned size = 0; size <= SIZE_LAST; size++) {
			fill();
			assert_ptr_equal(our_memset(ours + to, 0x1a5, size), ours + to);
			memset(theirs + to, 0x1a5, size);
			assert_memory_equal(ours, theirs, ROOM);
		}
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void compares_and_finds_bytes(void **state)
{
	(void)state;
	for (unsigned size = 0; size < 40; size++)
		for (unsigned at = 0; at < 40; at++) {
			fill();
			memcpy(ours, source, ROOM);
			ours[at + 3] ^= 0x80;
			assert_int_equal(sign(our_memcmp(ours + 3, source + 3, size)),
							 sign(memcmp(ours + 3, source + 3, size)));
			assert_ptr_equal(our_memchr(source, source[at] | 0x100, size), memchr(source, source[at], size));
		}
}

static void reads_strings(void **state)
{
	static const char *const texts[] = {"", "a", "ab", "abc", "abd", "b", "ab\xff", "a/b/c", "/"};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(texts); i++) {
		assert_int_equal(our_strlen(texts[i]), strlen(texts[i]));
		for (unsigned limit = 0; limit < 6; limit++)
			assert_int_equal(our_strnlen(texts[i], limit), strnlen(texts[i], limit));
		for (const char *c = "ab/\xff"; *c; c++) {
			assert_ptr_equal(our_strchr(texts[i], *c), strchr(texts[i], *c));
			assert_ptr_equal(our_strrchr(texts[i], *c), strrchr(texts[i], *c));
		}
		assert_ptr_equal(our_strchr(texts[i], 0), texts[i] + strlen(texts[i]));
		assert_ptr_equal(our_strrchr(texts[i], 0), texts[i] + strlen(texts[i]));
		for (unsigned j = 0; j < ARRAY_COUNT(texts); j++) {
			assert_int_equal(sign(our_strcmp(texts[i], texts[j])), sign(strcmp(texts[i], texts[j])));
			for (unsigned limit = 0; limit < 5; limit++)
				assert_int_equal(sign(our_strncmp(texts[i], texts[j], limit)),
								 sign(strncmp(texts[i], texts[j], limit)));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_as_the_host_does), cmocka_unit_test(moves_overlapping_memory),
		cmocka_unit_test(sets_no_byte_too_many),   cmocka_unit_test(compares_and_finds_bytes),
		cmocka_unit_test(reads_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
