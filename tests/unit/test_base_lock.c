/* SPDX-License-Identifier: Apache-2.0 */
/* The order of locks, checked as a build with locks_checked does. panic() ends a process, so each breach is
 * one. */
#define LOCKS_CHECKED 1
#include "panics.h"

#include "base/lock.h"

static struct lock vm = {.rank = LOCK_VM}, vgic = {.rank = LOCK_VGIC}, other_vgic = {.rank = LOCK_VGIC},
				   unranked;

static void in_order(void)
{
	lock_acquire(&vm);
	lock_acquire(&vgic);
	lock_release(&vgic);
	lock_release(&vm);
	lock_acquire(&vgic);
	lock_release(&vgic);
	lock_acquire(&vm);
	lock_release(&vm);
}

static void inverted(void)
{
	lock_acquire(&vgic);
	lock_acquire(&vm);
}

static void two_of_a_rank(void)
{
	lock_acquire(&vgic);
	lock_acquire(&other_vgic);
}

static void without_rank(void)
{
	lock_acquire(&unranked);
}

static void test_order(void **state)
{
	(void)state;
	assert_false(panics(in_order));
	assert_true(panics(inverted));
	assert_true(panics(two_of_a_rank));
	assert_true(panics(without_rank));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_order)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
