/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts for vCPUs that share the pCPU and are away from it: taken together, and who runs then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "irq_vms.h"

/* All of them at once; no kick, and a choice only where one was asleep. */
static void test_those_of_a_vcpu_that_is_away_are_taken_together(void **state)
{
	for (unsigned sleeps = 0; sleeps < 2; sleeps++) {
		set_up(state);
		assert_int_equal(irq_give(shared_word(SPI + 1), THERE, SPI + 1), OK);
		live_here(THERE, sleeps);
		come(SPI, true);
		come(SPI + 1, true);
		assert_int_equal(take_in_guest(), sleeps);
		assert_int_equal(vcpus[HERE].chooses, sleeps);
		assert_int_equal(vcpus[THERE].vgic.raised[SPI / 32], BIT_OF(SPI) | BIT_OF(SPI + 1));
		for (uint32_t intid = SPI; intid <= SPI + 1; intid++) {
			assert_true(gic_is_active(HERE, intid)); /* until its guest ends it */
			assert_int_equal(box.irqs.shared[intid].count, 1);
			assert_int_equal(irq_detours(&box.irqs, NULL, intid)->queued, 1);
		}
		assert_int_equal(seen.notifications, 0);
		assert_int_equal(seen.marks, 1);
		assert_false(seen.marked);
	}
}

/* This one runs. */
static void share(uint8_t here, uint8_t there)
{
	struct queue *queue = &box.pcpu[HERE].queue;

	live_here(THERE, true);
	vcpus[HERE].turn.priority = here;
	vcpus[THERE].turn.priority = there;
	queue_ready(queue, 0);
	fake_counter_advance(100);
	assert_int_equal(queue_choose(queue, cpu_counter()).vcpu, 0);
}

/* The guest that runs is more urgent: it runs on at once, and the other is ready from now on. */
static void test_one_that_is_less_urgent_wakes_without_a_choice(void **state)
{
	for (uint8_t there = 4; there <= 6; there++) {
		struct queue *queue = &box.pcpu[HERE].queue;
		const struct account *account = &vcpus[THERE].turn.account;
		uint64_t woken;

		set_up(state);
		share(5, there);
		come(SPI, true);
		woken = cpu_counter();
		assert_int_equal(take_in_guest(), there >= 5);
		assert_int_equal(vcpus[HERE].chooses, there >= 5);
		if (there >= 5)
			continue;
		assert_false(vcpus[THERE].sleeps);
		fake_counter_advance(1000);
		queue_wait(queue, 0);
		assert_int_equal(queue_choose(queue, woken + 1000).vcpu, 1);
		assert_int_equal(account->wakes, 1);
		assert_int_equal(account->wait_worst, 1000);
	}
}

/* Interrupts of several vCPUs and banks come in one batch: each raise has those of one. */
static void test_banks_and_vcpus_are_told_apart(void **state)
{
	static const struct {
		unsigned vcpu;
		uint32_t vintid;
	} owners[] = {{THERE, 70}, {THERE, 71}, {THERE, 33}, {THIRD, 72}, {THERE, 73}, {THIRD, 40}, {THIRD, 41}};
	uint32_t raised[3][4] = {{0}};

	(void)state;
	make_vm(THIRD);
	fake_cpu_select(HERE);
	live_here(THERE, false);
	live_here(THIRD, false);
	*shared_word(SPI) = 0;
	for (unsigned n = 0; n < ARRAY_COUNT(owners); n++) {
		assert_int_equal(irq_give(shared_word(SPI + n), owners[n].vcpu, owners[n].vintid), OK);
		come(SPI + n, true);
		raised[owners[n].vcpu - THERE][owners[n].vintid / 32] |= BIT_OF(owners[n].vintid);
	}
	assert_int_equal(take_in_guest(), 0);
	for (unsigned vcpu = THERE; vcpu <= THIRD; vcpu++)
		for (unsigned b = 0; b < 3; b++) {
			assert_int_equal(vcpus[vcpu].vgic.raised[b], raised[vcpu - THERE][b]);
			assert_int_equal(vcpus[vcpu].vgic.attend >> b & 1, raised[vcpu - THERE][b] != 0);
		}
	assert_int_equal(seen.marks, 1);
}

/* Its vCPU lives on another pCPU, which is told. */
static void test_one_for_another_pcpu_is_told_there(void **state)
{
	(void)state;
	vcpus[HERE].shares = true;
	vcpus[THERE].sleeps = true;
	come(SPI, true);
	assert_int_equal(take_in_guest(), 0);
	assert_true(is_raised(THERE));
	assert_true(vcpus[THERE].sleeps);
	assert_int_equal(seen.notifications, 1);
	assert_int_equal(seen.marks, 1);
}

/* Others come between those of the vCPU that is away: each goes where it belongs. */
static void test_a_batch_is_for_several(void **state)
{
	(void)state;
	assert_int_equal(irq_give(shared_word(SPI + 1), HERE, SPI + 1), OK);
	assert_int_equal(irq_give(shared_word(SPI + 2), THERE, SPI + 2), OK);
	live_here(THERE, true);
	for (uint32_t intid = SPI; intid <= SPI + 2; intid++)
		come(intid, true);
	assert_int_equal(take_in_guest(), 1);
	assert_int_equal(vcpus[THERE].vgic.raised[SPI / 32], BIT_OF(SPI) | BIT_OF(SPI + 2));
	assert_int_equal(vcpus[HERE].vgic.raised[SPI / 32], BIT_OF(SPI + 1));
	assert_int_equal(seen.marks, 2);
	assert_false(seen.marked);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_those_of_a_vcpu_that_is_away_are_taken_together, set_up),
		cmocka_unit_test_setup(test_one_that_is_less_urgent_wakes_without_a_choice, set_up),
		cmocka_unit_test_setup(test_banks_and_vcpus_are_told_apart, set_up),
		cmocka_unit_test_setup(test_one_for_another_pcpu_is_told_there, set_up),
		cmocka_unit_test_setup(test_a_batch_is_for_several, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
