/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that several pCPUs share. Each use names its partner in a comment. Short names for the compiler's
 * builtins, so that the same code runs on the host under sanitizers.
 */
#ifndef BASE_ATOMIC_H
#define BASE_ATOMIC_H

#include "base/types.h"

#define atomic_load(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define atomic_store(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define atomic_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define atomic_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define atomic_add(p, v) __atomic_fetch_add((p), (v), __ATOMIC_ACQ_REL)
#define atomic_or(p, v) __atomic_fetch_or((p), (v), __ATOMIC_ACQ_REL)
#define atomic_and(p, v) __atomic_fetch_and((p), (v), __ATOMIC_ACQ_REL)
#define atomic_swap(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)
/* Replaces *p by `to` if it is *expected; otherwise stores what it is into *expected. */
#define atomic_replace(p, expected, to) \
	__atomic_compare_exchange_n((p), (expected), (to), false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)

#endif
