/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupts that a pCPU takes for a VM that does not run there, also while their owner changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/box/timer.h"
#include "flow/box/turn.h"
#include "flow/deliver/alarm.h"
#include "flow/deliver/direct.h"
#include "flow/deliver/guest_timer.h"
#include "flow/deliver/irq.h"
#include "flow/deliver/mute.h"
#include "flow/deliver/notify.h"
#include "flow/deliver/ring.h"
#include "flow/hold/mark.h"
#include "machine/fake/fake.h"

#define HERE 1 /* pCPU and vCPU of the VM that runs here; THERE: of the one that owns SPI */
#define THERE 2
#define SPI 70
#define CONSOLE 33
#define BIT_OF(intid) (1u << ((intid) % 32))

struct box box;
static struct vcpu vcpus[3];
static struct {
	bool marked;
	unsigned marks, notifications, turns;
	bool waits_unacknowledged; /* SPI was still pending when the idle loop set its mark */
	void (*meanwhile)(void);   /* the actions of another pCPU just before the mark is set */
} seen;

void mark_set(void)
{
	if (seen.meanwhile)
		seen.meanwhile();
	seen.meanwhile = NULL;
	seen.marked = true;
	seen.marks++;
}

void mark_clear(void)
{
	seen.marked = false;
}

void mark_idle(const struct vcpu *vcpu)
{
	assert_ptr_equal(vcpu, &vcpus[HERE]);
	assert_false(seen.marked);
	seen.marked = true;
	seen.waits_unacknowledged |= gic_is_pending(HERE, SPI);
}

bool notify_vcpus(struct vm *vm, uint32_t mask, const struct vcpu *self)
{
	(void)self;
	assert_false(seen.marked); /* a lock may be taken */
	seen.notifications += mask && vm == &box.vm[THERE];
	return false;
}

void turn_want(void)
{
	assert_false(seen.marked); /* the hypervisor's own */
	seen.turns++;
}

uint32_t timer_take_passed(void)
{
	return 0;
}

void timer_continue(void) {}

uint32_t timer_take_passed_of(struct vcpu *vcpu)
{
	(void)vcpu;
	return 0;
}

void guest_timer_update(struct vcpu *vcpu)
{
	(void)vcpu;
}

void alarm_expired(struct vcpu *vcpu)
{
	(void)vcpu;
}

void ring_expired(struct vcpu *vcpu)
{
	(void)vcpu;
}

void mute_expired(struct vcpu *vcpu)
{
	(void)vcpu;
}

void direct_begin(const struct vcpu *vcpu)
{
	(void)vcpu;
}

void direct_end(const struct vcpu *vcpu)
{
	(void)vcpu;
}

static void make_vm(unsigned n)
{
	struct vcpu *vcpu = &vcpus[n];
	struct vm *vm = &box.vm[n];

	*vcpu = (struct vcpu){.vm = vm, .number = n, .pcpu = n, .irq_tag = IRQ_TAG_NEVER};
	vm->vcpu[0] = box.vcpu[n] = box.pcpu[n].vcpu = vcpu;
	vm->vcpu_count = 1;
	vgic_init(&vm->vgic, 96, 5);
	vgic_add_cpu(&vm->vgic, &vcpu->vgic);
	fake_cpu_select(n);
	assert_int_equal(gic_init_pcpu(), OK);
}

/* A device raises it, for this pCPU. */
static void come(uint32_t intid, bool edge)
{
	gic_set_edge(0, intid, edge);
	gic_route(intid, HERE);
	gic_enable(0, intid);
	fake_gic_set_line(intid, true);
}

static int set_up(void **state)
{
	(void)state;
	memset(&box, 0, sizeof(box));
	memset(&seen, 0, sizeof(seen));
	fake_reset();
	assert_int_equal(gic_init_distributor(&(struct gic_place){0}, &box.gic), OK);
	make_vm(HERE);
	make_vm(THERE);
	for (unsigned n = HERE; n <= THERE; n++)
		if (n == THERE)
			vgic_link(&box.vm[n].vgic, 0, SPI, SPI, true);
		else
			vgic_expect(&box.vm[n].vgic, SPI, true);
	for (unsigned n = HERE; n <= THERE; n++)
		vgic_reset(&box.vm[n].vgic);
	assert_int_equal(irq_give(shared_word(SPI), THERE, SPI), OK);
	assert_int_equal(irq_give_hypervisor(shared_word(CONSOLE)), OK);
	box.host.uart_intid = CONSOLE;
	fake_cpu_select(HERE);
	return 0;
}

static bool is_raised(unsigned n)
{
	return vcpus[n].vgic.raised[SPI / 32] & BIT_OF(SPI);
}

static uint64_t take_in_guest(void)
{
	return irq_from_guest_group0(&vcpus[HERE].frame, gic_acknowledge_group0());
}

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

/* Its vCPU is on this pCPU, too. */
static void live_here(unsigned n, bool sleeps)
{
	vcpus[n].pcpu = HERE;
	vcpus[n].sleeps = sleeps;
	vcpus[HERE].shares = true;
}

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
		cmocka_unit_test_setup(test_those_of_a_vcpu_that_is_away_are_taken_together, set_up),
		cmocka_unit_test_setup(test_a_batch_is_for_several, set_up),
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
