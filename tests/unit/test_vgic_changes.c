/* SPDX-License-Identifier: Apache-2.0 */
/* Changes while an interrupt is on its way: configuration, route, line; and what is asked of the machine. */
#include "vgic_lists.h"

static void test_linked_disabled_while_active_stays_the_guests(void **state)
{
	struct vgic_effects effects;
	uint32_t bit = 1u << (LINKED_LEVEL - 32);

	(void)state;
	prepare(0, LINKED_LEVEL, 0xa0);
	take(0, LINKED_LEVEL);
	enter(0);
	assert_int_equal(acknowledge(0), LINKED_LEVEL);
	fold(0);
	effects = write_bit(0, GIC_ICENABLER, LINKED_LEVEL);
	assert_int_equal(effects.disable, bit);
	assert_int_equal(effects.deactivate | effects.pend, 0);
	enter(0);
	assert_non_null(find(0, LINKED_LEVEL, LR_ACTIVE));
	fold(0);
	effects = write_bit(0, GIC_ICACTIVER, LINKED_LEVEL);
	assert_int_equal(effects.deactivate, bit);
}

/* Acknowledged by EL2 alone: in the inbox, in the model or in a list register, it goes back. */
static void test_linked_disabled_while_taken_goes_back(void **state)
{
	(void)state;
	for (unsigned where = 0; where < 3; where++) {
		struct vgic_effects effects;

		set_up_lists(NULL);
		prepare(0, LINKED_EDGE, 0xa0);
		prepare(0, LINKED_LEVEL, 0xa0);
		write_bit(0, GIC_ISPENDR, LINKED_LEVEL);
		take(0, LINKED_EDGE);
		take(0, LINKED_LEVEL);
		if (where == 1)
			fold(0);
		if (where == 2)
			enter(0), fold(0);
		effects = write_bit(0, GIC_ICENABLER, LINKED_EDGE);
		assert_int_equal(effects.pend, 1u << (LINKED_EDGE - 32));
		assert_int_equal(effects.deactivate, effects.pend);
		effects = write_bit(0, GIC_ICENABLER, LINKED_LEVEL);
		assert_int_equal(effects.pend, 1u << (LINKED_LEVEL - 32)); /* pended by ISPENDR, without a line */
		assert_int_equal(effects.deactivate, effects.pend);
		enter(0);
		assert_int_equal(acknowledge(0), VGIC_NONE);
	}
}

static void test_unpend_reaches_the_inbox(void **state)
{
	struct vgic_effects effects;

	(void)state;
	prepare(0, SPI, 0xa0);
	prepare(0, LINKED_EDGE, 0xa0);
	vgic_raise_shared(&gic, SPI);
	take(0, LINKED_EDGE);
	assert_true(read_bit(0, GIC_ISPENDR, SPI));
	assert_true(read_bit(0, GIC_ISPENDR, LINKED_EDGE));
	vgic_raise_shared(&gic, SPI);
	write_bit(0, GIC_ICPENDR, SPI);
	effects = write_bit(0, GIC_ICPENDR, LINKED_EDGE);
	assert_int_equal(effects.unpend, 1u << (LINKED_EDGE - 32));
	assert_int_equal(effects.deactivate, effects.unpend);
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
}

/*
 * An SGI or PPI that is pending gets enabled: the vCPU must be told to look, or the interrupt waits for ever.
 */
static void test_private_enabled_while_pending_is_attended(void **state)
{
	(void)state;
	write_bit(0, GIC_ISPENDR, 3);
	enter(0);
	assert_int_equal(cpus[0].attend, 0);
	assert_int_equal(write_bit(0, GIC_ISENABLER, 3).attend, 1);
	assert_int_equal(cpus[0].attend, 1);
	enter(0);
	assert_int_equal(acknowledge(0), 3);
}

static void test_edge_while_active_comes_after(void **state)
{
	(void)state;
	write_size(0, true, GIC_ICFGR + 3 * 4, 4, 2 << 4); /* 50: an edge */
	prepare(0, SPI, 0xa0);
	vgic_raise_shared(&gic, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	for (unsigned n = 0; n < 3; n++)
		vgic_raise_shared(&gic, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
	end(0, SPI);
	assert_int_equal(acknowledge(0), SPI);
	end(0, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
}

static void test_level_follows_its_line(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	vgic_set_line_shared(&gic, SPI, true);
	enter(0);
	assert_non_null(find(0, SPI, LR_PENDING));
	assert_int_equal(vgic_set_line_shared(&gic, SPI, true), 0);
	assert_int_equal(vgic_set_line_shared(&gic, SPI, false), 1); /* before it is taken */
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
	vgic_set_line_shared(&gic, SPI, true);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	end(0, SPI);
	enter(0); /* LR.EOI: still up */
	assert_int_equal(acknowledge(0), SPI);
	vgic_set_line_shared(&gic, SPI, false);
	end(0, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
}

static void test_ispendr_on_a_level(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	write_bit(0, GIC_ISPENDR, SPI);
	enter(0);
	fold(0); /* in and out of a list register: still pending, without a line */
	assert_true(read_bit(0, GIC_ISPENDR, SPI));
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	end(0, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
	vgic_set_line_shared(&gic, SPI, true);
	write_bit(0, GIC_ICPENDR, SPI);
	assert_true(read_bit(0, GIC_ISPENDR, SPI)); /* the line is up */
}

/* A line that rises is an edge to a guest that configured it so: private, shared, and routed nowhere. */
static void test_rising_line_as_an_edge(void **state)
{
	(void)state;
	write_size(0, false, GICR_SGI_BASE + GIC_ICFGR + 4, 4, 2 << 8); /* PPI 20 */
	prepare(0, 20, 0xa0);
	vgic_set_line_private(&gic, 0, 20, true);
	vgic_set_line_private(&gic, 0, 20, false);
	enter(0);
	assert_int_equal(acknowledge(0), 20);
	end(0, 20);
	write_size(0, true, GIC_ICFGR + 3 * 4, 4, 2 << 4); /* 50 */
	prepare(0, SPI, 0xa0);
	write_size(0, true, GICD_IROUTER + SPI * 8, 8, 9);
	assert_int_equal(vgic_set_line_shared(&gic, SPI, true), 0);
	write_size(0, true, GICD_IROUTER + SPI * 8, 8, 1);
	enter(0);
	enter(1);
	assert_int_equal(acknowledge(0), VGIC_NONE);
	assert_int_equal(acknowledge(1), SPI);
}

static void test_reroute_while_pending(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	prepare(0, LINKED_EDGE, 0xa0);
	vgic_raise_shared(&gic, SPI);
	take(0, LINKED_EDGE);
	enter(0);
	fold(0);
	assert_int_equal(write_size(0, true, GICD_IROUTER + SPI * 8, 8, 1).attend, 2);
	assert_int_equal(write_size(0, true, GICD_IROUTER + LINKED_EDGE * 8, 8, 1).reroute,
					 1u << (LINKED_EDGE - 32));
	enter(0);
	enter(1);
	assert_int_equal(acknowledge(0), VGIC_NONE);
	assert_non_null(find(1, SPI, LR_PENDING));
	assert_non_null(find(1, LINKED_EDGE, LR_PENDING));
}

/* Raised and not attended to: the old vCPU may be off, so the interrupt must not wait for it. */
static void test_reroute_while_raised(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	prepare(0, LINKED_EDGE, 0xa0);
	vgic_raise_shared(&gic, SPI);
	take(0, LINKED_EDGE);
	write_size(0, true, GICD_IROUTER + SPI * 8, 8, 1);
	write_size(0, true, GICD_IROUTER + LINKED_EDGE * 8, 8, 1);
	enter(1);
	assert_non_null(find(1, SPI, LR_PENDING));
	assert_non_null(find(1, LINKED_EDGE, LR_PENDING));
}

/* A read by the guest does not keep the interrupt from coming. */
static void test_read_while_raised(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	enter(0);
	vgic_raise_shared(&gic, SPI);
	assert_true(read_bit(1, GIC_ISPENDR, SPI));
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
}

/* Active on one vCPU, routed to another, pending again: it comes there, after the first vCPU has ended it. */
static void test_reroute_while_active_then_pending(void **state)
{
	(void)state;
	write_size(0, true, GIC_ICFGR + 3 * 4, 4, 2 << 4);
	prepare(0, SPI, 0xa0);
	vgic_raise_shared(&gic, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	fold(0);
	write_size(0, true, GICD_IROUTER + SPI * 8, 8, 1);
	enter(0);
	vgic_raise_shared(&gic, SPI);
	enter(1);
	assert_int_equal(acknowledge(1), VGIC_NONE);
	assert_int_equal(*find(0, SPI, LR_ACTIVE) & LR_EOI, LR_EOI);
	end(0, SPI);
	fold(0);
	assert_int_equal(folded.attend, 2);
	enter(1);
	assert_int_equal(acknowledge(1), SPI);
}

/* Routed away and back while active: no state is left that keeps it away. */
static void test_reroute_there_and_back(void **state)
{
	(void)state;
	write_size(0, true, GIC_ICFGR + 3 * 4, 4, 2 << 4);
	prepare(0, SPI, 0xa0);
	vgic_raise_shared(&gic, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	for (unsigned to = 2; to--;) {
		fold(0);
		write_size(0, true, GICD_IROUTER + SPI * 8, 8, to);
		enter(0);
	}
	end(0, SPI);
	vgic_raise_shared(&gic, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
}

/* The same when no list register holds it: ended by the count, or by GICD_ICACTIVER and a trapped ICC_DIR. */
static void test_reroute_while_spilled(void **state)
{
	(void)state;
	for (unsigned by_dir = 0; by_dir < 2; by_dir++) {
		set_up_lists(NULL);
		here[0].lrs.count = 1;
		prepare(0, SPI, 0xa0);
		prepare(0, SPI + 1, 0x80);
		write_bit(0, GIC_ISPENDR, SPI);
		enter(0);
		assert_int_equal(acknowledge(0), SPI);
		write_bit(0, GIC_ISPENDR, SPI + 1);
		enter(0);
		assert_int_equal(acknowledge(0), SPI + 1);
		fold(0);
		write_size(0, true, GICD_IROUTER + SPI * 8, 8, 1);
		enter(0);
		write_bit(0, GIC_ISPENDR, SPI);
		enter(1);
		assert_int_equal(acknowledge(1), VGIC_NONE);
		end(0, SPI + 1);
		if (by_dir) {
			assert_int_equal(write_bit(0, GIC_ICACTIVER, SPI).attend, 2);
		} else {
			end(0, SPI), fold(0);
			assert_int_equal(folded.attend, 2);
		}
		enter(1);
		assert_int_equal(acknowledge(1), SPI);
	}
}

/* A pCPU that read the route before it changed raises it at the old vCPU, which passes it on. */
static void test_raised_late_is_passed_on(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	write_size(0, true, GICD_IROUTER + SPI * 8, 8, 1);
	vgic_raise_at(&gic, 0, SPI);
	fold(0);
	assert_int_equal(folded.attend, 2);
	enter(1);
	assert_int_equal(acknowledge(1), SPI);
}

/* Pending ones of a group that the interface has off must not keep others out of the list registers. */
#define GROUP_REASONS (ICH_HCR_VGRP0EIE | ICH_HCR_VGRP0DIE | ICH_HCR_VGRP1EIE | ICH_HCR_VGRP1DIE)

static void test_disabled_group_does_not_fill_list_registers(void **state)
{
	(void)state;
	here[0].lrs.count = 1;
	prepare(0, SPI, 0xa0);
	set_priority(0, SPI + 1, 0x10); /* Group 0 */
	write_bit(0, GIC_ISENABLER, SPI + 1);
	write_bit(0, GIC_ISPENDR, SPI);
	write_bit(0, GIC_ISPENDR, SPI + 1);
	enter_with(0, ICH_VMCR_VENG1);
	assert_non_null(find(0, SPI, LR_PENDING));
	assert_int_equal(cpus[0].hcr & GROUP_REASONS, ICH_HCR_VGRP0EIE);
	enter(0);
	assert_int_equal(cpus[0].hcr & GROUP_REASONS, ICH_HCR_VGRP0DIE | ICH_HCR_VGRP1DIE);
	assert_non_null(find(0, SPI + 1, LR_PENDING));
}

/*
 * It would become pending in the list register when its handler ends, and NPIE would not come for the one
 * with the higher priority.
 */
static void test_active_and_pending_does_not_outrank_what_waits(void **state)
{
	(void)state;
	here[0].lrs.count = 2;
	write_size(0, true, GIC_ICFGR + 3 * 4, 4, 2 << 4);
	prepare(0, SPI, 0xa0);
	prepare(0, SPI + 1, 0x80);
	prepare(0, SPI + 2, 0x88);
	vgic_raise_shared(&gic, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	vgic_raise_shared(&gic, SPI);
	write_bit(0, GIC_ISPENDR, SPI + 1);
	write_bit(0, GIC_ISPENDR, SPI + 2);
	enter(0);
	assert_int_equal(*find(0, SPI, LR_ACTIVE) & (LR_PENDING | LR_EOI), LR_EOI);
	end(0, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI + 1);
}

/* EL2 has taken it and the guest has not: pended once more, it is still pending only once. */
static void test_taken_is_not_pended_again(void **state)
{
	(void)state;
	prepare(0, LINKED_EDGE, 0xa0);
	assert_int_equal(write_bit(0, GIC_ISPENDR, LINKED_EDGE).pend, 1u << (LINKED_EDGE % 32));
	take(0, LINKED_EDGE);
	assert_int_equal(write_bit(0, GIC_ISPENDR, LINKED_EDGE).pend, 0);
	enter(0);
	assert_int_equal(acknowledge(0), LINKED_EDGE);
	fold(0);
	assert_int_equal(write_bit(0, GIC_ISPENDR, LINKED_EDGE).pend, 1u << (LINKED_EDGE % 32));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_lists)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_linked_disabled_while_active_stays_the_guests),
		TEST(test_linked_disabled_while_taken_goes_back),
		TEST(test_unpend_reaches_the_inbox),
		TEST(test_private_enabled_while_pending_is_attended),
		TEST(test_edge_while_active_comes_after),
		TEST(test_level_follows_its_line),
		TEST(test_ispendr_on_a_level),
		TEST(test_rising_line_as_an_edge),
		TEST(test_reroute_while_pending),
		TEST(test_reroute_while_raised),
		TEST(test_read_while_raised),
		TEST(test_reroute_while_active_then_pending),
		TEST(test_reroute_there_and_back),
		TEST(test_reroute_while_spilled),
		TEST(test_raised_late_is_passed_on),
		TEST(test_disabled_group_does_not_fill_list_registers),
		TEST(test_active_and_pending_does_not_outrank_what_waits),
		TEST(test_taken_is_not_pended_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
