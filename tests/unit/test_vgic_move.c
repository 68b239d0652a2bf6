/* SPDX-License-Identifier: Apache-2.0 */
/* A shared interrupt leaves a VM, and comes to another one: which of its state goes along. */
#include "vgic_lists.h"

#define BIT_OF(vintid) (1u << ((vintid) % 32))

static bool is_linked(uint32_t vintid)
{
	return gic.spi[vintid / 32 - 1].linked & BIT_OF(vintid);
}

/* EL2 has taken it and the guest has not seen it: an edge must be pended again, a level has its line. */
static void test_pending_leaves(void **state)
{
	static const struct {
		uint32_t vintid;
		bool pended, attended, pending, latched;
	} rows[] = {
		{LINKED_EDGE, false, true, true, true},
		{LINKED_EDGE, false, false, true, true},
		{LINKED_LEVEL, false, true, false, false},
		{LINKED_LEVEL, true, true, true, true},
	};

	for (unsigned n = 0; n < ARRAY_COUNT(rows); n++) {
		bool latched, known;

		set_up_lists(state);
		prepare(0, rows[n].vintid, 0xa0);
		if (rows[n].pended)
			write_bit(0, GIC_ISPENDR, rows[n].vintid);
		take(0, rows[n].vintid);
		if (rows[n].attended)
			enter(0);
		fold(0);
		assert_false(vgic_is_active(&gic, rows[n].vintid));
		latched = vgic_is_latched(&gic, rows[n].vintid);
		assert_int_equal(vgic_leave(&gic, rows[n].vintid, &known), rows[n].pending);
		assert_true(known);
		assert_int_equal(latched, rows[n].latched);
		assert_false(is_linked(rows[n].vintid));
		enter(0);
		assert_int_equal(acknowledge(0), VGIC_NONE);
	}
}

/* With force: the EOI of the handler ends it in the model, and no physical one. */
static void test_active_leaves(void **state)
{
	bool known;

	(void)state;
	prepare(0, LINKED_EDGE, 0xa0);
	take(0, LINKED_EDGE);
	enter(0);
	assert_int_equal(acknowledge(0), LINKED_EDGE);
	fold(0);
	assert_true(vgic_is_active(&gic, LINKED_EDGE));
	assert_false(vgic_leave(&gic, LINKED_EDGE, &known));
	assert_true(known);
	assert_true(vgic_is_active(&gic, LINKED_EDGE));
	enter(0);
	assert_int_equal(*find(0, LINKED_EDGE, LR_ACTIVE) & LR_HW, 0);
	end(0, LINKED_EDGE);
	fold(0);
	assert_int_equal(folded.deactivate_count, 0);
	assert_false(vgic_is_active(&gic, LINKED_EDGE));
}

/* It comes with the trigger that the guest has chosen, and with what the guest has pended meanwhile. */
static void test_joins(void **state)
{
	(void)state;
	vgic_expect(&gic, SPI, true);
	assert_int_equal(gic.spi[SPI / 32 - 1].edge & BIT_OF(SPI), BIT_OF(SPI));
	prepare(0, SPI, 0xa0);
	enter(0);
	assert_false(vgic_join(&gic, SPI, PHYSICAL(SPI), false, false));
	assert_true(is_linked(SPI));
	take(0, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	assert_int_equal(FIELD_GET(LR_PINTID, *find(0, SPI, LR_ACTIVE)), PHYSICAL(SPI));
}

static void test_joins_pended(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	write_bit(0, GIC_ISPENDR, SPI);
	fold(0);
	assert_true(vgic_join(&gic, SPI, PHYSICAL(SPI), false, false));
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE); /* it comes as a physical one */
}

/* The same when its vCPU has not heard of it yet. */
static void test_joins_raised(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	fold(0);
	assert_int_equal(vgic_raise_shared(&gic, SPI), 1);
	assert_true(vgic_join(&gic, SPI, PHYSICAL(SPI), false, false));
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
}

/*
 * A level that waits at the physical GIC by GICD_ISPENDR alone: the next owner must know, or it is lost if it
 * is taken and then moves once more.
 */
static void test_joins_latched(void **state)
{
	bool known;

	(void)state;
	prepare(0, LINKED_LEVEL, 0xa0);
	write_bit(0, GIC_ISPENDR, LINKED_LEVEL);
	fold(0);
	assert_true(vgic_is_latched(&gic, LINKED_LEVEL));
	assert_false(vgic_leave(&gic, LINKED_LEVEL, &known));
	assert_false(known); /* it is pending, and active nowhere */
	assert_false(vgic_join(&gic, LINKED_LEVEL, PHYSICAL(LINKED_LEVEL), false, true));
	take(0, LINKED_LEVEL);
	fold(0);
	assert_true(vgic_leave(&gic, LINKED_LEVEL, &known));
	assert_true(known);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_lists)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pending_leaves), TEST(test_active_leaves), TEST(test_joins),
		TEST(test_joins_pended),   TEST(test_joins_raised),  TEST(test_joins_latched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
