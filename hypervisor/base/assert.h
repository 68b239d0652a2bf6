/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions guard our own invariants, name them, and stay in release builds. Nothing that comes from
 * outside (a guest, a device tree, a person) may reach one.
 */
#ifndef BASE_ASSERT_H
#define BASE_ASSERT_H

/* Prints the text and stops the machine; supplied by machine/arm64 or machine/fake. */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* `invariant` is a sentence: what should have been true. */
#define ensure(condition, invariant) \
	do { \
		if (__builtin_expect(!(condition), 0)) \
			panic("broken invariant: %s (%s:%d)", invariant, __FILE__, __LINE__); \
	} while (0)

#endif
