/* SPDX-License-Identifier: Apache-2.0 */
/* Marks (flow/hold/mark.h): how they are set, and waited for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/hold/mark.h"
#include "machine/fake/fake.h"

#define HERE 0
#define THERE 2 /* pCPUs */

struct box box;
static struct vcpu vcpu = {.pcpu = THERE};
static struct vm vm = {.vcpu = {&vcpu}, .vcpu_count = 1};
static unsigned looks;

static int set_up(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	vcpu.hold = looks = 0;
	fake_reset();
	return 0;
}

static bool is_marked(unsigned pcpu)
{
	return box.marked[pcpu] & 1;
}

static void on(unsigned pcpu, void (*act)(void))
{
	fake_cpu_select(pcpu);
	act();
	fake_cpu_select(HERE);
}

static void clear(void)
{
	assert_true(looks++ < 100);
	on(THERE, mark_clear);
}

static void a_mark_is_waited_for(void **state)
{
	(void)state;
	on(THERE, mark_set);
	assert_true(is_marked(THERE) && !is_marked(HERE));
	fake_cpu_set_others(clear);
	mark_wait_all(&vm);
	assert_false(is_marked(THERE));
	mark_wait_all(&vm); /* at once */
	assert_int_equal(looks, 1);
}

static void clear_and_set(void)
{
	assert_true(looks++ < 100);
	on(THERE, mark_clear);
	on(THERE, mark_set);
}

/* A pCPU that marks itself again and again is waited for once: its next mark has seen what is waited for. */
static void the_next_mark_is_another_one(void **state)
{
	(void)state;
	on(THERE, mark_set);
	fake_cpu_set_others(clear_and_set);
	mark_wait(THERE);
	assert_true(is_marked(THERE));
	assert_int_equal(looks, 1);
}

static void release(void)
{
	assert_true(looks++ < 100);
	assert_false(is_marked(HERE));
	vcpu.hold--;
}

/* The idle loop has no mark while its vCPU is held, and one afterwards. */
static void idle_waits_for_the_holder(void **state)
{
	(void)state;
	vcpu.hold = 2;
	fake_cpu_set_others(release);
	mark_idle(&vcpu);
	assert_true(is_marked(HERE));
	assert_int_equal(looks, 2);
	mark_clear();
	mark_idle(NULL);
	assert_true(is_marked(HERE));
	mark_clear();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_mark_is_waited_for, set_up),
		cmocka_unit_test_setup(the_next_mark_is_another_one, set_up),
		cmocka_unit_test_setup(idle_waits_for_the_holder, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
