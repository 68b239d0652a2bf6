/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shared interrupt is raised while its route changes, or leads nowhere: it comes once, where it is routed
 * to by now, even if the vCPU that was seen first never attends again. No raise takes the lock.
 */
#include "vgic_direct.h"

#define AN_EDGE (UINT64_C(2) << RESERVED % 16 * 2)
#define NOWHERE 2 /* there are two vCPUs */

static uint32_t route(uint32_t to)
{
	return write_size(0, true, GICD_IROUTER + RESERVED * 8, 8, to).attend;
}

static void prepare_edge(void)
{
	write_size(0, true, GIC_ICFGR + RESERVED / 16 * 4, 4, AN_EDGE);
	prepare(0, RESERVED, PRIORITY);
}

/* The guest of vCPU 1 gets it, and once. */
static void check_heard_once(void)
{
	enter(1);
	assert_int_equal(acknowledge(1), RESERVED);
	end(1, RESERVED);
	enter(1);
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
	assert_int_equal(acknowledge(1), VGIC_NONE);
}

/* Raised at the target that was seen earlier: only the vCPU of the new route is told, and gets it. */
static void test_the_new_route_counts(void **state)
{
	static const unsigned seen[] = {0, NOWHERE};

	for (unsigned i = 0; i < ARRAY_COUNT(seen); i++) {
		set_up_direct(state);
		prepare_edge();
		route(1);
		assert_int_equal(vgic_raise_seen(&gic, seen[i], RESERVED), 1u << 1);
		assert_int_equal(cpus[0].raised[1], 0);
		check_heard_once();
	}
}

static void test_nowhere_waits_without_the_lock(void **state)
{
	static const unsigned seen[] = {0, 1, NOWHERE};

	for (unsigned i = 0; i < ARRAY_COUNT(seen); i++) {
		set_up_direct(state);
		prepare_edge();
		route(NOWHERE);
		cpus[0].attend = 0;
		lock_acquire(&gic.lock);
		assert_int_equal(vgic_raise_seen(&gic, seen[i], RESERVED), 0);
		lock_release(&gic.lock);
		assert_true(seen[i] == 0 || cpus[0].attend == 0); /* otherwise each ring would cost the vCPU a look */
		assert_int_equal(cpus[1].raised[1], 0);
		assert_int_equal(route(1), 1u << 1);
		check_heard_once();
	}
}

static void test_nowhere_is_pending_for_who_asks(void **state)
{
	(void)state;
	for (unsigned direct = 0; direct < 2; direct++) {
		set_up_direct(state);
		prepare_edge();
		route(NOWHERE);
		if (direct)
			go_direct();
		assert_int_equal(vgic_raise_shared(&gic, RESERVED), 0);
		assert_true(reads_pending(1, RESERVED));
		act(1, GIC_ICPENDR, RESERVED);
		assert_false(reads_pending(1, RESERVED));
		assert_int_equal(vgic_raise_shared(&gic, RESERVED), 0);
		act(1, GIC_ICPENDR, RESERVED); /* although it has not looked before */
		assert_false(reads_pending(1, RESERVED));
		assert_int_equal(vgic_raise_shared(&gic, RESERVED), 0);
		if (direct)
			go_virtual();
		route(1);
		check_heard_once();
	}
}

/* With direct delivery, too, although no pCPU forwards for vCPU 0, which is off. */
static void test_it_follows_its_route_in_the_physical_gic(void **state)
{
	static const unsigned from[] = {0, NOWHERE};

	for (unsigned i = 0; i < ARRAY_COUNT(from); i++) {
		set_up_direct(state);
		prepare_edge();
		route(from[i]);
		go_direct();
		vgic_raise_shared(&gic, RESERVED);
		assert_int_equal(route(1), 1u << 1);
		forward(1);
		assert_true(latched(1, RESERVED));
		physical(1, RESERVED)->latch = 0; /* acknowledged */
		forward(0);
		forward(1);
		assert_false(latched(1, RESERVED));
	}
}

/* An interrupt that waits when delivery becomes direct is pended then. */
static void test_nowhere_becomes_direct(void **state)
{
	(void)state;
	prepare_edge();
	route(NOWHERE);
	vgic_raise_shared(&gic, RESERVED);
	go_direct();
	assert_true(latched(0, RESERVED));
}

/* Another pCPU has collected it meanwhile, so that the model has it: it is not raised again. */
static void test_collected_meanwhile_comes_once(void **state)
{
	(void)state;
	prepare_edge();
	vgic_raise_shared(&gic, RESERVED);
	assert_true(read_bit(1, GIC_ISPENDR, RESERVED));
	route(1);
	check_heard_once();
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_direct)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_new_route_counts),
		TEST(test_nowhere_waits_without_the_lock),
		TEST(test_nowhere_is_pending_for_who_asks),
		TEST(test_it_follows_its_route_in_the_physical_gic),
		TEST(test_nowhere_becomes_direct),
		TEST(test_collected_meanwhile_comes_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
