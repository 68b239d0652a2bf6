/* SPDX-License-Identifier: Apache-2.0 */
/* Marks (flow/hold/mark.h) among the locks: what a marked pCPU may take, as a build with locks_checked checks
 * it. */
#define LOCKS_CHECKED 1
#include "panics.h"

#include "flow/hold/mark.c"

#define THERE 2 /* another pCPU */

struct box box;
static struct lock vgic = {.rank = LOCK_VGIC}, console = {.rank = LOCK_CONSOLE}, gic = {.rank = LOCK_GIC},
				   log_lines = {.rank = LOCK_LOG};

static void take_what_is_allowed(void)
{
	lock_acquire(&vgic);
	mark_wait(THERE);
	lock_release(&vgic);
	mark_set();
	lock_acquire(&gic);
	lock_acquire(&log_lines);
	lock_release(&log_lines);
	lock_release(&gic);
	mark_clear();
	lock_acquire(&vgic);
}

static void take_the_lock_of_a_model(void)
{
	mark_set();
	lock_acquire(&vgic);
}

static void print(void)
{
	mark_set();
	lock_acquire(&console);
}

static void wait_with_a_mark(void)
{
	mark_set();
	mark_wait(THERE);
}

static void wait_with_a_lock_that_marked_ones_take(void)
{
	lock_acquire(&gic);
	mark_wait(THERE);
}

static void set_twice(void)
{
	mark_set();
	mark_set();
}

static void a_mark_is_in_the_order_of_locks(void **state)
{
	(void)state;
	assert_false(panics(take_what_is_allowed));
	assert_true(panics(take_the_lock_of_a_model));
	assert_true(panics(print));
	assert_true(panics(wait_with_a_mark));
	assert_true(panics(wait_with_a_lock_that_marked_ones_take));
	assert_true(panics(set_twice));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_mark_is_in_the_order_of_locks)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
