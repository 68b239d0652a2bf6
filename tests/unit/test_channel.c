/* SPDX-License-Identifier: Apache-2.0 */
/* Which VMs get the interrupt of a doorbell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "channel/doorbell.h"

static void test_everybody_else_with_a_doorbell_hears(void **state)
{
	struct doorbell doorbell = {.peer_count = 0};
	struct doorbell_peer out[VM_MAX];
	unsigned count;

	(void)state;
	assert_int_equal(doorbell_add(&doorbell, 2, 70), OK);
	assert_int_equal(doorbell_add(&doorbell, 0, 0), OK); /* sees the memory, and has no doorbell */
	assert_int_equal(doorbell_add(&doorbell, 5, 71), OK);
	assert_int_equal(doorbell_listeners(&doorbell, 2, out, &count), OK);
	assert_int_equal(count, 1);
	assert_int_equal(out[0].vm, 5);
	assert_int_equal(out[0].vintid, 71);
	assert_int_equal(doorbell_listeners(&doorbell, 0, out, &count), OK);
	assert_int_equal(count, 2);
}

static void test_who_does_not_see_it_may_not_ring(void **state)
{
	struct doorbell doorbell = {.peer_count = 0};
	struct doorbell_peer out[VM_MAX];
	unsigned count = 99;

	(void)state;
	assert_int_equal(doorbell_listeners(&doorbell, 0, out, &count), ERR_DENIED);
	assert_int_equal(doorbell_add(&doorbell, 2, 70), OK);
	assert_int_equal(doorbell_listeners(&doorbell, 1, out, &count), ERR_DENIED);
	assert_int_equal(count, 99);
}

static void test_limits(void **state)
{
	struct doorbell doorbell = {.peer_count = 0};
	struct doorbell_peer out[VM_MAX];
	unsigned count;

	(void)state;
	for (unsigned vm = 0; vm < VM_MAX; vm++) {
		assert_int_equal(doorbell_add(&doorbell, vm, 64 + vm), OK);
		assert_int_equal(doorbell_add(&doorbell, vm, 64 + vm), ERR_CONFLICT);
	}
	assert_int_equal(doorbell_add(&doorbell, VM_MAX, 90), ERR_RANGE);
	assert_int_equal(doorbell_listeners(&doorbell, 3, out, &count), OK);
	assert_int_equal(count, VM_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everybody_else_with_a_doorbell_hears),
		cmocka_unit_test(test_who_does_not_see_it_may_not_ring),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
