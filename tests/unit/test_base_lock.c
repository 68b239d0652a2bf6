/* SPDX-License-Identifier: Apache-2.0 */
/* The order of locks, checked as a build with locks_checked does. panic() ends a process, so each breach is
 * one. */
#define LOCKS_CHECKED 1
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* Does it end as panic() does? */
static bool panics(void (*act)(void))
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		signal(SIGABRT, SIG_DFL);
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		act();
		_exit(0);
	}
	assert_true(child > 0 && waitpid(child, &status, 0) == child);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == 2);
	return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
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
