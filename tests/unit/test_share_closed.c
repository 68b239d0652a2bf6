/* SPDX-License-Identifier: Apache-2.0 */
/* The pages of vCPUs that share a pCPU: what they have closed disturbs nobody, and what they lose is told. */
#include "shared_vms.h"

static struct signalbox_closed pages[VCPUS];

/* Called by nothing here: these tests call run_attend() themselves. */
int64_t signalbox_closed_call(uint32_t function)
{
	(void)function;
	return SIGNALBOX_NOT_SUPPORTED;
}

static int set_up_with_pages(void **state)
{
	int result = set_up(state);

	memset(pages, 0, sizeof(pages));
	for (unsigned v = 0; v < VCPUS; v++) {
		vcpus[v].pages = vcpus[v].vgic.closed.pages = &pages[v];
		vcpus[v].pages_are_new = true;
		vcpus[v].vm->psci.has_closed_flag = true;
	}
	return result;
}

static uint64_t kicks(void)
{
	return vcpus[A0].irqs.slot[gic_kick_attend(false)].count +
		   vcpus[B].irqs.slot[gic_kick_attend(false)].count;
}

static void run_alone(unsigned v)
{
	assert_int_equal(raise(v, SOFTWARE), v);
	handle(SOFTWARE);
	expect_nothing();
}

/* The guest's call, from beginning to end. */
static void call(unsigned v)
{
	assert_ptr_equal(entered, &vcpus[v].frame);
	vgic_closed_take_back(&vcpus[v].vgic.closed);
	if (run_must_attend(&vcpus[v]))
		entered = run_attend(entered);
	assert_int_equal(pages[v].pending, 0);
}

static void what_is_closed_waits_for_the_call(void **state)
{
	uint64_t before;

	(void)state;
	run_alone(A0);
	before = kicks();
	signalbox_closed_close(&pages[A0], SIGNALBOX_CLOSED_ALL);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	expect_nothing();
	assert_int_equal(kicks(), before);
	assert_int_equal(pages[A0].pending, SIGNALBOX_URGENCY(0));
	assert_int_equal(pages[A0].avoided[SIGNALBOX_AVOIDED_KICK], 1);
	assert_true(signalbox_closed_opens_to_call(&pages[A0], SIGNALBOX_CLOSED_NOTHING));
	call(A0);
	handle(SOFTWARE);
	assert_false(signalbox_closed_opens_to_call(&pages[A0], SIGNALBOX_CLOSED_NOTHING));
}

/* A device's, on the processor that its vCPU runs on. */
static void what_comes_to_its_own_processor_is_not_listed(void **state)
{
	(void)state;
	run_alone(B);
	signalbox_closed_close(&pages[B], SIGNALBOX_CLOSED_ALL);
	fake_gic_set_line(DEVICE, true);
	assert_int_equal(irq_from_guest_closed_group0(entered, gic_acknowledge_group0()), 0);
	expect_nothing();
	assert_int_equal(pages[B].avoided[SIGNALBOX_AVOIDED_INJECTION], 1);
	assert_true(signalbox_closed_opens_to_call(&pages[B], SIGNALBOX_CLOSED_NOTHING));
	call(B);
	handle(DEVICE);
	fake_gic_set_line(DEVICE, false);
	fake_gic_set_line(DEVICE, true);
	assert_int_equal(irq_from_guest_closed_group0(entered, gic_acknowledge_group0()), 0);
	handle(DEVICE); /* open: it is in a list register at once */
	assert_int_equal(pages[B].avoided[SIGNALBOX_AVOIDED_INJECTION], 1);
}

/* Of EL2's own: whatever is closed. */
static void a_kick_is_attended_to(void **state)
{
	(void)state;
	run_alone(B);
	signalbox_closed_close(&pages[B], SIGNALBOX_CLOSED_ALL);
	fake_gic_set_line(DEVICE, true);
	gic_kick(HERE);
	assert_int_not_equal(irq_from_guest_closed_group0(entered, gic_acknowledge_group0()), 0);
	entered = run_attend(entered);
	handle(DEVICE);
}

/* Whatever the one that runs has closed, a more urgent one has its turn. */
static void another_one_wakes_and_is_chosen(void **state)
{
	(void)state;
	vcpus[B].turn.priority = 20;
	run_alone(A0);
	signalbox_closed_close(&pages[A0], SIGNALBOX_CLOSED_ALL);
	fake_gic_set_line(DEVICE, true);
	assert_int_not_equal(irq_from_guest_closed_group0(entered, gic_acknowledge_group0()), 0);
	entered = run_attend(entered);
	assert_ptr_equal(entered, &vcpus[B].frame);
	handle(DEVICE);
}

/* Of several that wait, the most urgent one counts; what the guest lets pass brings the others along. */
static void what_is_more_urgent_comes(void **state)
{
	const unsigned a0 = A0;

	(void)state;
	run_alone(A0);
	write(A0, &a0, GIC_ISENABLER, 1u << 4);
	write(A0, &a0, GIC_IPRIORITYR, UINT64_C(0xf0) << SOFTWARE * 8);
	write(A0, &a0, GIC_IPRIORITYR + 4, 0x40);
	signalbox_closed_close(&pages[A0], SIGNALBOX_CLOSED_FROM(0x80));
	assert_int_equal(raise(A0, SOFTWARE), A0);
	expect_nothing();
	assert_int_equal(pages[A0].pending, 0x100 - 0xf0);
	assert_int_equal(raise(A0, 4), A0);
	handle(4);
}

static void nobody_is_interrupted_for_one_that_is_away(void **state)
{
	uint64_t before;

	(void)state;
	vcpus[B].turn.priority = 20;
	run_alone(A0);
	assert_int_equal(raise(B, SOFTWARE), B);
	before = kicks();
	signalbox_closed_close(&pages[A0], SIGNALBOX_CLOSED_ALL);
	assert_int_equal(raise(A0, SOFTWARE), B);
	assert_int_equal(kicks(), before);
	assert_int_equal(pages[A0].avoided[SIGNALBOX_AVOIDED_PREEMPTION], 1);
	assert_int_equal(pages[A0].avoided[SIGNALBOX_AVOIDED_KICK], 0);
	handle(SOFTWARE);
	assert_int_equal(wait(B), A0);
	handle(SOFTWARE); /* it has come to EL2, so the interrupt is listed; the guest's own mask keeps it out */
}

static void what_is_closed_wakes_one_that_sleeps(void **state)
{
	(void)state;
	run_alone(A0);
	signalbox_closed_close(&pages[A0], SIGNALBOX_CLOSED_ALL);
	assert_int_equal(wait(A0), -1);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
	assert_int_equal(raise(A0, SOFTWARE), A0); /* it waits no more */
	expect_nothing();
	assert_int_equal(wait(A0), A0); /* and does not sleep over what was withheld before */
	handle(SOFTWARE);
}

/* More urgent than all others there, it wakes and takes the pCPU. */
static void one_that_sleeps_and_has_closed_preempts(void **state)
{
	(void)state;
	vcpus[A0].turn.priority = 20;
	run_alone(A0);
	signalbox_closed_close(&pages[A0], SIGNALBOX_CLOSED_ALL);
	assert_int_equal(wait(A0), -1);
	run_alone(B);
	assert_int_equal(raise(A0, SOFTWARE), A0);
	handle(SOFTWARE);
}

static void it_is_told_what_it_has_lost(void **state)
{
	uint64_t lost;

	(void)state;
	vcpus[B].turn.priority = 20;
	run_alone(A0);
	assert_int_equal(pages[A0].stolen_ns, 0);
	assert_int_equal(pages[A0].preempted, 0);
	assert_int_equal(raise(B, SOFTWARE), B);
	handle(SOFTWARE);
	assert_int_equal(pages[A0].preempted, 1);
	assert_int_equal(pass_time(1000), B);
	assert_int_equal(wait(B), A0);
	assert_int_equal(pages[A0].preempted, 0);
	lost = pages[A0].stolen_ns;
	assert_int_equal(lost, cpu_ticks_to_us(1000) * 1000);
	assert_int_equal(pages[B].stolen_ns, 0);
	assert_int_equal(wait(A0), -1); /* asleep it loses nothing */
	assert_int_equal(pages[A0].preempted, 0);
	assert_int_equal(pass_time(1000), -1);
	run_alone(A0);
	assert_int_equal(pages[A0].stolen_ns, lost);
	vcpus[A0].pages_are_new = true; /* its VM starts again */
	assert_int_equal(wait(A0), -1);
	run_alone(A0);
	assert_int_equal(pages[A0].stolen_ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_is_closed_waits_for_the_call, set_up_with_pages),
		cmocka_unit_test_setup(what_comes_to_its_own_processor_is_not_listed, set_up_with_pages),
		cmocka_unit_test_setup(a_kick_is_attended_to, set_up_with_pages),
		cmocka_unit_test_setup(another_one_wakes_and_is_chosen, set_up_with_pages),
		cmocka_unit_test_setup(what_is_more_urgent_comes, set_up_with_pages),
		cmocka_unit_test_setup(nobody_is_interrupted_for_one_that_is_away, set_up_with_pages),
		cmocka_unit_test_setup(what_is_closed_wakes_one_that_sleeps, set_up_with_pages),
		cmocka_unit_test_setup(one_that_sleeps_and_has_closed_preempts, set_up_with_pages),
		cmocka_unit_test_setup(it_is_told_what_it_has_lost, set_up_with_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
