/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device with several interrupts goes from one VM to another in pieces: how much of it in one hold, and
 * that all is as before if the move is refused.
 */
#include "carry_vms.h"

static void it_goes_as_a_whole(void **state)
{
	(void)state;
	write_bit(GIVER, GIC_ISPENDR, intids[7]);
	assert_int_equal(move_to(RECEIVER, 1), MOVE_DONE);
	assert_int_equal(seen.holds, FIRST_HOLD_OF_ARRIVAL + HOLDS_TO_LEAVE);
	look(&after);
	assert_ptr_equal(after.holder, vm_of(RECEIVER));
	assert_int_equal(after.moves, IRQS);
	for (unsigned i = 0; i < IRQS; i++) {
		assert_ptr_equal(after.irq[i].owner, vm_of(RECEIVER));
		assert_true(after.irq[i].enabled);
		assert_int_equal(after.irq[i].pending, i == 0 || i == 1 || i == 7);
		assert_int_equal(after.irq[i].route, vm_of(RECEIVER)->vcpu[1]->pcpu);
	}
}

/* A device that lists one interrupt twice has it once. */
static void an_interrupt_that_is_listed_twice(void **state)
{
	(void)state;
	for (unsigned v = 0; v < VM_COUNT; v++)
		box.config.vm[v].device[0].irq[5] = box.config.vm[v].device[0].irq[4];
	*shared_word(intids[5]) = 0;
	assert_int_equal(move_to(RECEIVER, MOVE_AS_ROUTED), MOVE_DONE);
	assert_int_equal(box.irqs.history[intids[4]].move_count, 1);
	assert_int_equal(count_owned(vm_of(RECEIVER)), IRQS - 1);
}

/*
 * The same with a vCPU that was asked for: when the move is refused, the receiver's routes are as they were.
 */
static void a_vm_that_does_not_answer(void **state)
{
	for (unsigned hold = 0; hold < FIRST_HOLD_OF_ARRIVAL; hold++) {
		set_up(state);
		seen.deaf_from = hold;
		seen.deaf_count = 1;
		expect_refusal(1, MOVE_BUSY);
	}
}

static void a_distributor_that_does_not_answer(void **state)
{
	for (unsigned call = 1; call <= IRQS; call++) {
		set_up(state);
		fake_gic_set_stuck_once(call);
		expect_refusal(1, MOVE_FAILED);
	}
}

static void registers_that_cannot_be_had(void **state)
{
	(void)state;
	seen.registers_fail = true;
	expect_refusal(1, MOVE_FAILED);
}

/* A VM that has none of the interrupts has the registers: it is not held, and loses them. */
static void registers_of_a_third(void **state)
{
	(void)state;
	seen.holder = vm_of(THIRD);
	assert_int_equal(move_to(RECEIVER, MOVE_AS_ROUTED), MOVE_DONE);
	assert_ptr_equal(seen.holder, vm_of(RECEIVER));
}

/*
 * The VM that has the interrupts already gets the registers, with the routes that were asked for, in pieces,
 * too.
 */
static void registers_alone(void **state)
{
	(void)state;
	seen.holder = vm_of(THIRD);
	assert_int_equal(move_to(GIVER, 1), MOVE_DONE);
	look(&after);
	assert_ptr_equal(seen.holder, vm_of(GIVER));
	assert_int_equal(after.moves, 0);
	assert_int_equal(seen.holds, 1 + HOLDS_TO_LEAVE);
	for (unsigned i = 0; i < IRQS; i++)
		assert_int_equal(after.irq[i].route, vm_of(GIVER)->vcpu[1]->pcpu);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_goes_as_a_whole),
		TEST(an_interrupt_that_is_listed_twice),
		TEST(a_vm_that_does_not_answer),
		TEST(a_distributor_that_does_not_answer),
		TEST(registers_that_cannot_be_had),
		TEST(registers_of_a_third),
		TEST(registers_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
