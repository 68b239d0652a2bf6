/* SPDX-License-Identifier: Apache-2.0 */
/* What happens to a device that is moving, and to the two VMs, between two of the holds of its move. */
#include "carry_vms.h"

static void begin_handler(void)
{
	unsigned last = IRQS - 1;

	write_bit(GIVER, GIC_ISACTIVER, intids[last]);
	look(&before);
	for (unsigned i = 0; i < last; i++) /* the interrupts that are on their way must be back */
		before.irq[i] = (typeof(before.irq[i])){.owner = vm_of(GIVER),
												.enabled = true,
												.pending = i < 2,
												.edge = i % 2,
												.route = vm_of(GIVER)->vcpu[0]->pcpu,
												.priority = before.irq[last].priority};
	before.vm[GIVER].linked[0] |= BIT_OF(intids[0]) | BIT_OF(intids[1]) | BIT_OF(intids[2]);
}

static void a_handler_that_begins_meanwhile(void **state)
{
	(void)state;
	seen.event_at = FIRST_HOLD_OF_GIVER + 1;
	seen.event = begin_handler;
	assert_int_equal(move_to(RECEIVER, MOVE_AS_ROUTED), MOVE_ACTIVE);
	look(&after);
	after.vm[GIVER].latched[0] = before.vm[GIVER].latched[0];
	assert_memory_equal(&before, &after, sizeof(before));
}

static void ask_meanwhile(void)
{
	struct move_request request = {.intid = intids[0], .to = vm_of(THIRD), .vcpu = MOVE_AS_ROUTED};

	assert_null(link_owner(intids[0]));
	assert_int_equal(move_interrupt(&request), MOVE_BUSY);
	request.giver = request.caller = vm_of(GIVER);
	assert_int_equal(move_interrupt(&request), MOVE_BUSY);
	request.intid = 66;
	assert_int_equal(move_interrupt(&request), MOVE_DENIED);
	request.giver = NULL;
	assert_int_equal(move_interrupt(&request), MOVE_UNKNOWN);
}

/* The device has no owner for a moment. That is no reason to answer that there is no such interrupt. */
static void who_asks_meanwhile_is_to_ask_again(void **state)
{
	for (unsigned hold = FIRST_HOLD_OF_GIVER + 1; hold <= FIRST_HOLD_OF_ARRIVAL; hold++) {
		set_up(state);
		seen.event_at = hold;
		seen.event = ask_meanwhile;
		assert_int_equal(move_to(RECEIVER, MOVE_AS_ROUTED), MOVE_DONE);
		assert_int_equal(count_owned(vm_of(RECEIVER)), IRQS);
		assert_int_equal(vgic_target(&vm_of(RECEIVER)->vgic, intids[0]), 0);
	}
}

static void become_direct(void)
{
	regroup_all(vm_of(GIVER), true);
}

/*
 * The giver's delivery becomes direct, and the giver never answers again: it gets its interrupts back
 * nevertheless.
 */
static void a_giver_that_never_answers_again(void **state)
{
	(void)state;
	seen.event_at = FIRST_HOLD_OF_GIVER + 1;
	seen.event = become_direct;
	seen.deaf_from = FIRST_HOLD_OF_GIVER + 1;
	seen.deaf_count = 1000;
	assert_int_equal(move_to(RECEIVER, MOVE_AS_ROUTED), MOVE_BUSY);
	assert_int_equal(seen.holds, FIRST_HOLD_OF_GIVER + 2);
	assert_int_equal(count_owned(vm_of(GIVER)), IRQS);
	for (unsigned i = 0; i < IRQS; i++) {
		assert_int_equal(fake_gic_is_group1(0, intids[i]), true);
		assert_true(fake_gic_is_enabled(0, intids[i]));
		assert_int_equal(gic_is_pending(0, intids[i]), i < 2);
	}
}

static void receiver_becomes_direct(void)
{
	regroup_all(vm_of(RECEIVER), true);
}

static void a_receiver_that_never_answers_again(void **state)
{
	for (unsigned hold = FIRST_HOLD_OF_GIVER; hold < FIRST_HOLD_OF_ARRIVAL + HOLDS_TO_LEAVE; hold++) {
		set_up(state);
		seen.event_at = hold;
		seen.event = receiver_becomes_direct;
		seen.deaf_from = hold < FIRST_HOLD_OF_ARRIVAL ? FIRST_HOLD_OF_ARRIVAL : hold;
		seen.deaf_count = 1000;
		assert_int_equal(move_to(RECEIVER, 1), MOVE_DONE);
		assert_int_equal(count_owned(vm_of(RECEIVER)), IRQS);
		for (unsigned i = 0; i < IRQS; i++)
			assert_true(fake_gic_is_enabled(0, intids[i]) && fake_gic_is_group1(0, intids[i]));
	}
}

/* As flow/life/life.c ends a life, and begins the next. */
static void end_life(unsigned v)
{
	vm_of(v)->state = VM_STOPPING;
	effects_quiesce_shared(vm_of(v));
	vgic_reset(&vm_of(v)->vgic);
}

static void reset_giver(void)
{
	end_life(GIVER);
	vm_of(GIVER)->starts++;
	vm_of(GIVER)->state = VM_RUNNING;
	write_register(GIVER, GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
	write_bit(GIVER, GIC_ISENABLER, intids[1]);
}

static void stop_giver(void)
{
	end_life(GIVER);
}

/* No state of the giver's last life comes to its next one, whether that has begun or not. */
static void a_giver_whose_life_ends_meanwhile(void **state)
{
	static void (*const events[])(void) = {reset_giver, stop_giver};

	for (unsigned n = 0; n < ARRAY_COUNT(events); n++) {
		set_up(state);
		fake_gic_set_line(intids[0], false);
		gic_unpend(0, intids[1]);
		bank_of(GIVER, intids[1])->taken |=
			BIT_OF(intids[1]); /* taken by EL2, and the guest has not seen it */
		seen.registers_fail = true;
		seen.event_at = FIRST_HOLD_OF_ARRIVAL - 1;
		seen.event = events[n];
		assert_int_equal(move_to(RECEIVER, MOVE_AS_ROUTED), MOVE_FAILED);
		assert_int_equal(count_owned(vm_of(GIVER)), IRQS);
		for (unsigned i = 0; i < IRQS; i++) {
			assert_false(gic_is_pending(0, intids[i]));
			assert_int_equal(fake_gic_is_enabled(0, intids[i]), i == 1 && events[n] == reset_giver);
		}
	}
}

static void stop_receiver(void)
{
	end_life(RECEIVER);
}

/* The giver has the other interrupts as a VM that is off has its interrupts. */
static void a_receiver_that_stops_meanwhile(void **state)
{
	for (unsigned hold = FIRST_HOLD_OF_GIVER; hold < FIRST_HOLD_OF_ARRIVAL + HOLDS_TO_LEAVE; hold++) {
		set_up(state);
		seen.event_at = hold;
		seen.event = stop_receiver;
		assert_int_equal(move_to(RECEIVER, MOVE_AS_ROUTED), MOVE_DONE);
		assert_int_equal(count_owned(vm_of(RECEIVER)), IRQS);
		for (unsigned i = 0; i < IRQS; i++)
			assert_false(fake_gic_is_enabled(0, intids[i]));
	}
}

static void write_meanwhile(void)
{
	write_bit(GIVER, GIC_ICENABLER, intids[0]);
	write_bit(GIVER, GIC_ISPENDR, intids[2]);
	write_bit(RECEIVER, GIC_ICENABLER, intids[1]);
	write_bit(RECEIVER, GIC_ISPENDR, intids[3]);
}

/* What either VM writes to a moving interrupt takes effect for the VM that has the interrupt afterwards. */
static void writes_meanwhile_count(void **state)
{
	for (unsigned fails = 0; fails < 2; fails++) {
		set_up(state);
		seen.registers_fail = fails;
		seen.event_at = FIRST_HOLD_OF_GIVER + 2; /* the first six are on their way */
		seen.event = write_meanwhile;
		assert_int_equal(move_to(RECEIVER, MOVE_AS_ROUTED), fails ? MOVE_FAILED : MOVE_DONE);
		assert_int_equal(fake_gic_is_enabled(0, intids[0]), !fails);
		assert_int_equal(fake_gic_is_enabled(0, intids[1]), fails);
		assert_int_equal(gic_is_pending(0, intids[2]), fails);
		assert_int_equal(gic_is_pending(0, intids[3]), !fails);
	}
}

static void activate_meanwhile(void)
{
	write_bit(RECEIVER, GIC_ISACTIVER, intids[7]);
}

/* Its next owner has made it active since that VM was asked: so it arrives active, and ends as any other. */
static void active_when_it_arrives(void **state)
{
	(void)state;
	seen.event_at = FIRST_HOLD_OF_GIVER;
	seen.event = activate_meanwhile;
	assert_int_equal(move_to(RECEIVER, MOVE_AS_ROUTED), MOVE_DONE);
	assert_true(gic_is_active(0, intids[7]));
	write_bit(RECEIVER, GIC_ICACTIVER, intids[7]);
	assert_false(gic_is_active(0, intids[7]));
	assert_int_equal(bank_of(RECEIVER, intids[7])->active, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_handler_that_begins_meanwhile),
		TEST(who_asks_meanwhile_is_to_ask_again),
		TEST(a_giver_that_never_answers_again),
		TEST(a_receiver_that_never_answers_again),
		TEST(a_giver_whose_life_ends_meanwhile),
		TEST(a_receiver_that_stops_meanwhile),
		TEST(writes_meanwhile_count),
		TEST(active_when_it_arrives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
