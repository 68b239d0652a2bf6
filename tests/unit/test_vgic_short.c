/* SPDX-License-Identifier: Apache-2.0 */
/* A notification that the short way handles: only when it is about one private interrupt, and nothing else.
 */
#include "vgic/short.h"
#include "vgic_lists.h"

#define FIRST_SGI 3
#define SECOND_SGI 5
#define PPI 20

static int set_up_entered(void **state)
{
	set_up_lists(state);
	enter(0);
	return 0;
}

static void test_nothing_is_new(void **state)
{
	uint32_t vintid = 0;

	(void)state;
	assert_true(vgic_short_news(&cpus[0], &vintid));
	assert_int_equal(vintid, VGIC_NONE);
}

/* It stays raised until it is listed. */
static void test_one_is_new(void **state)
{
	uint32_t vintid;

	(void)state;
	vgic_short_raise(&cpus[0], FIRST_SGI);
	assert_true(vgic_short_news(&cpus[0], &vintid));
	assert_int_equal(vintid, FIRST_SGI);
	assert_int_equal(cpus[0].raised[0], 1u << FIRST_SGI);
	assert_int_equal(cpus[0].attend, 0);
}

/* Nobody would notify the vCPU of the rest once more: so all of it is left to the long way. */
static void check_left_to_the_long_way(uint32_t banks)
{
	uint32_t vintid;

	assert_false(vgic_short_news(&cpus[0], &vintid));
	assert_int_equal(cpus[0].attend, banks);
	assert_int_equal(cpus[0].raised[0] & 1u << FIRST_SGI, 1u << FIRST_SGI);
}

static void test_two_are_new(void **state)
{
	(void)state;
	vgic_short_raise(&cpus[0], FIRST_SGI);
	vgic_short_raise(&cpus[0], SECOND_SGI);
	check_left_to_the_long_way(1);
}

static void test_a_line_changed_too(void **state)
{
	(void)state;
	assert_int_equal(vgic_set_line_private(&gic, 0, PPI, true), 1);
	vgic_short_raise(&cpus[0], FIRST_SGI);
	check_left_to_the_long_way(1);
}

static void test_a_shared_one_is_new_too(void **state)
{
	(void)state;
	vgic_short_raise(&cpus[0], FIRST_SGI);
	vgic_raise_at(&gic, 0, SPI);
	check_left_to_the_long_way(1 | 1u << SPI / 32);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_entered)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing_is_new),
		TEST(test_one_is_new),
		TEST(test_two_are_new),
		TEST(test_a_line_changed_too),
		TEST(test_a_shared_one_is_new_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
