/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts that a pCPU takes for a VM that does not run there, also while their owner changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "irq_vms.h"

static void test_it_is_raised_where_it_belongs(void **state)
{
	(void)state;
	come(SPI, true);
	assert_int_equal(take_in_guest(), 0); /* nothing of this interrupt is for the vCPU here */
	assert_true(is_raised(THERE));
	assert_false(is_raised(HERE));
	assert_true(gic_is_active(HERE, SPI)); /* until its guest ends it */
	assert_int_equal(seen.marks, 1);
	assert_false(seen.marked);
	assert_int_equal(seen.notifications, 1);
	assert_int_equal(irq_detours(&box.irqs, NULL, SPI)->queued, 1);
}

/* An interrupt of the VM that runs here needs no mark: the vCPU here is live. */
static void test_its_own_needs_no_mark(void **state)
{
	(void)state;
	*shared_word(SPI) = 0;
	assert_int_equal(irq_give(shared_word(SPI), HERE, SPI), OK);
	come(SPI, true);
	take_in_guest();
	assert_true(is_raised(HERE));
	assert_int_equal(seen.marks, 0);
}

static bool leaves_latched;

static void leave(void)
{
	assert_int_equal(gic_disable(0, SPI), OK);
	irq_take_away(shared_word(SPI), leaves_latched);
}

static void move(void)
{
	leave();
	assert_int_equal(irq_give(shared_word(SPI), HERE, SPI), OK);
	assert_int_equal(irq_give(shared_word(SPI), THERE, SPI), ERR_CONFLICT);
	leave();
	assert_int_equal(irq_give(shared_word(SPI), THERE, SPI), OK);
}

/*
 * While it moves it goes back to the physical GIC: an edge, and a level that a guest has pended, is pended
 * again; any other level has its line.
 */
static void test_it_goes_back_while_it_moves(void **state)
{
	for (unsigned i = 0; i < 8; i++) {
		bool edge = i & 1, at_the_last_moment = i & 2, pended = i & 4;
		uint32_t intid;

		set_up(state);
		leaves_latched = edge || pended;
		come(SPI, edge);
		intid = gic_acknowledge_group0();
		if (at_the_last_moment)
			seen.meanwhile = leave;
		else
			leave();
		assert_int_equal(irq_from_guest_group0(&vcpus[HERE].frame, intid), 0);
		assert_false(is_raised(THERE) || is_raised(HERE));
		assert_false(gic_is_active(HERE, SPI));
		fake_gic_set_line(SPI, false);
		assert_int_equal(gic_is_pending(HERE, SPI), edge || pended);
		assert_int_equal(box.irqs.shared[SPI].count, 0); /* it was not taken */
		assert_int_equal(seen.notifications, 0);
		assert_int_equal(box.pcpu[HERE].unowned_interrupts, 0);
		assert_int_equal(seen.marks, 1);
		assert_false(seen.marked);
	}
}

/* The same where its vCPU is away. */
static void test_it_goes_back_at_the_last_moment(void **state)
{
	(void)state;
	live_here(THERE, true);
	leaves_latched = true;
	come(SPI, true);
	seen.meanwhile = leave;
	assert_int_equal(take_in_guest(), 0);
	assert_false(is_raised(THERE) || is_raised(HERE));
	assert_false(gic_is_active(HERE, SPI));
	assert_true(gic_is_pending(HERE, SPI));
	assert_int_equal(box.irqs.shared[SPI].count, 0);
	assert_int_equal(seen.marks, 1);
	assert_false(seen.marked);
}

/* The owner word that counts is the one that is read after the mark is set. */
static void test_it_is_raised_at_its_new_owner(void **state)
{
	(void)state;
	*shared_word(SPI) = 0;
	assert_int_equal(irq_give(shared_word(SPI), THERE, SPI + 1), OK);
	come(SPI, true);
	seen.meanwhile = move;
	take_in_guest();
	assert_true(is_raised(THERE));
	assert_int_equal(vcpus[THERE].vgic.raised[SPI / 32], BIT_OF(SPI));
}

/* Its VM ends meanwhile, and its model is for the next start. */
static void test_it_is_dropped_behind_the_end(void **state)
{
	(void)state;
	live_here(THERE, true);
	box.vm[THERE].ended = true;
	come(SPI, true);
	assert_int_equal(take_in_guest(), 0);
	assert_false(is_raised(THERE) || gic_is_active(HERE, SPI) || gic_is_pending(HERE, SPI));
	assert_false(seen.marked);
}

/* EL2 acknowledged it for its last owner; delivery to its new owner is direct. */
static void test_it_goes_back_for_direct_delivery(void **state)
{
	(void)state;
	*shared_word(SPI) = 0;
	assert_int_equal(irq_give(shared_word(SPI), THERE, SPI), OK);
	box.vm[THERE].vgic.direct = true;
	come(SPI, true);
	take_in_guest();
	assert_false(is_raised(THERE));
	assert_true(gic_is_pending(HERE, SPI));
	assert_false(gic_is_active(HERE, SPI));
	assert_false(seen.marked);
}

/* The mark is set before the acknowledgement, and not while the hypervisor's own interrupts are handled. */
static void test_idle_loop_marks_first(void **state)
{
	(void)state;
	come(SPI, true);
	come(CONSOLE, true);
	irq_take_idle(&vcpus[HERE]);
	assert_true(seen.waits_unacknowledged);
	assert_int_equal(seen.marks, 0); /* but for mark_idle() */
	assert_false(seen.marked);
	assert_true(is_raised(THERE));
	assert_int_equal(seen.notifications, 1);
	assert_int_equal(seen.turns, 1);
	assert_false(gic_is_active(HERE, CONSOLE));
	assert_int_equal(box.pcpu[HERE].long_batches, 0);
}

/*
 * A level without an owner cannot be quieted if the distributor does not answer: the loop ends nevertheless.
 */
static void test_idle_loop_ends(void **state)
{
	(void)state;
	*shared_word(SPI) = 0;
	come(SPI, false);
	fake_gic_set_stuck(true);
	irq_take_idle(&vcpus[HERE]);
	assert_false(seen.marked);
	assert_int_equal(box.pcpu[HERE].unowned_interrupts, irq_detours(&box.irqs, NULL, SPI)->dropped);
	assert_true(box.pcpu[HERE].unowned_interrupts >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_it_is_raised_where_it_belongs, set_up),
		cmocka_unit_test_setup(test_its_own_needs_no_mark, set_up),
		cmocka_unit_test_setup(test_it_goes_back_at_the_last_moment, set_up),
		cmocka_unit_test_setup(test_it_goes_back_while_it_moves, set_up),
		cmocka_unit_test_setup(test_it_is_raised_at_its_new_owner, set_up),
		cmocka_unit_test_setup(test_it_is_dropped_behind_the_end, set_up),
		cmocka_unit_test_setup(test_it_goes_back_for_direct_delivery, set_up),
		cmocka_unit_test_setup(test_idle_loop_marks_first, set_up),
		cmocka_unit_test_setup(test_idle_loop_ends, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
