/* SPDX-License-Identifier: Apache-2.0 */
/*
 * List registers that are chosen anew while levels fall: the choice is as if these levels had not been there.
 * And which frame is entered next.
 */
#include "direct_vm.h"
#include "flow/box/turn.h"
#include "flow/deliver/guest_timer.h"
#include "flow/deliver/irq.h"
#include "flow/deliver/mute.h"
#include "flow/deliver/ring.h"
#include "flow/hold/seize.h"
#include "flow/housekeeping/housekeeping.h"
#include "flow/life/life.h"
#include "flow/run/run.h"

#define LR_COUNT 2

void sync_go_live(struct vcpu *vcpu)
{
	vcpu->live = 1;
}

void sync_end_live(struct vcpu *vcpu)
{
	vcpu->live = 0;
}

bool turn_is_wanted(void)
{
	return false;
}

/* No test here needs any of these functions. */
bool turn_begin(void)
{
	return false;
}

void turn_end(void) {}
void turn_put_off(void) {}

void housekeeping_work(void) {}

/* The idle loop, a letter for each turn: what life_step() answers. */
static const char *turns;
static unsigned takes, leaves;

/* It comes with a kick, which is taken at once. */
static struct vcpu *comes;

void irq_take_idle(const struct vcpu *vcpu)
{
	assert_ptr_equal(vcpu, pcpu_here()->vcpu);
	takes++;
	if (vcpu) /* if it ran, it is stopped before this pCPU takes any interrupt in the idle loop */
		assert_int_equal(leaves, takes);
	if (comes)
		atomic_store(&pcpu_here()->vcpu, comes);
}

enum life_next life_step(struct vcpu *vcpu)
{
	assert_ptr_equal(vcpu, &vcpus[0]);
	switch (*turns++) {
	case 'w':
		return LIFE_WAITS;
	case 'g':
		return LIFE_GOES_ON;
	case 's': /* and its VM stops at once */
		vcpu->stopping = VCPU_PARKS;
		return LIFE_ENTERS;
	default:
		return LIFE_ENTERS;
	}
}

void life_stop_vcpu(struct vcpu *vcpu)
{
	vcpu->stopping = VCPU_GOES_ON;
	leaves++;
}

/* No vCPU here shares its pCPU: see tests/unit/test_share.c. */
bool life_stop_if_blocked(struct vcpu *vcpu)
{
	(void)vcpu;
	return false;
}

uint64_t irq_take_waiting(struct vcpu *vcpu)
{
	(void)vcpu;
	fail();
	return 0;
}

bool life_must_end(const struct vcpu *vcpu)
{
	(void)vcpu;
	fail();
	return false;
}

bool life_has_work(const struct vcpu *vcpu)
{
	(void)vcpu;
	fail();
	return false;
}

void timer_set(enum timer_slot slot, uint64_t deadline)
{
	(void)slot;
	(void)deadline;
	fail();
}

void guest_timer_update(struct vcpu *vcpu)
{
	(void)vcpu;
	fail();
}

bool mute_is_late(const struct vcpu *vcpu)
{
	(void)vcpu;
	return false;
}

void mute_repeated(struct vcpu *vcpu)
{
	(void)vcpu;
}

void ring_wait(struct vcpu *vcpu)
{
	(void)vcpu;
}

void seize_answer(struct vcpu *vcpu)
{
	(void)vcpu;
}

static void choose_anew(void)
{
	present_fold(&vcpus[0]);
	assert_ptr_equal(run_attend(&vcpus[0].frame), &vcpus[0].frame);
}

static int set_up_run(void **state)
{
	static const uint32_t by_priority[] = {UNLINKED, SGI, VIRTUAL_TIMER, LEVEL};

	set_up(state);
	fake_gic_set_lr_count(LR_COUNT);
	box.gic.lr_count = LR_COUNT;
	guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
	for (unsigned i = 0; i < ARRAY_COUNT(by_priority); i++)
		guest_prepare(0, by_priority[i], (uint8_t)(0xa0 - 8 * i));
	vcpus[0].live = 1;
	choose_anew();
	return 0;
}

/* The interrupt comes, and its handler begins. */
static void handle(uint32_t vintid)
{
	vgic_raise_at(model(), 0, vintid);
	choose_anew();
	assert_int_equal(fake_guest_acknowledge(1), vintid);
}

/* EL2 has taken the interrupt, and then its line falls. */
static void take_and_fall(uint32_t intid)
{
	fake_gic_set_line(intid, true);
	assert_int_equal(gic_acknowledge_group0(), intid);
	gic_drop_group0(intid);
	vgic_raise_at(model(), 0, intid);
	fake_gic_set_line(intid, false);
}

/* Its list register; 0: it is not listed. */
static uint64_t listed(uint32_t vintid)
{
	for (unsigned n = 0; n < LR_COUNT; n++)
		if (gic_lr_read(n) & (LR_PENDING | LR_ACTIVE) && FIELD_GET(LR_VINTID, gic_lr_read(n)) == vintid)
			return gic_lr_read(n);
	return 0;
}

/* The list register that the level would have got has the other handler's interrupt, and none is left out. */
static void active_ones_get_what_a_fallen_line_leaves(void **state)
{
	(void)state;
	handle(UNLINKED);
	handle(SGI);
	take_and_fall(LEVEL);
	choose_anew();
	assert_int_equal(listed(LEVEL), 0);
	assert_true(listed(SGI) & LR_ACTIVE && listed(UNLINKED) & LR_ACTIVE);
	assert_false(gic_vif_control() & ICH_HCR_LRENPIE);
}

/*
 * An interrupt that is pending behind its own handler waits for the handler's end only while others wait
 * (vgic/lr.c).
 */
static void nothing_is_withheld_for_fallen_lines(void **state)
{
	(void)state;
	handle(SGI);
	vgic_raise_at(model(), 0, SGI);
	take_and_fall(LEVEL);
	take_and_fall(VIRTUAL_TIMER);
	choose_anew();
	assert_true(listed(LEVEL) == 0 && listed(VIRTUAL_TIMER) == 0);
	assert_int_equal(listed(SGI) & (LR_PENDING | LR_ACTIVE | LR_EOI), LR_PENDING | LR_ACTIVE);
	assert_false(gic_vif_control() & ICH_HCR_NPIE);
}

/* An interrupt that waits behind a fallen line gets its list register. */
static void the_next_gets_what_a_fallen_line_leaves(void **state)
{
	(void)state;
	handle(UNLINKED);
	take_and_fall(LEVEL);
	vgic_raise_at(model(), 0, SGI);
	choose_anew();
	assert_true(listed(UNLINKED) & LR_ACTIVE && listed(SGI) & LR_PENDING);
	assert_false(gic_vif_control() & (ICH_HCR_NPIE | ICH_HCR_LRENPIE));
}

/* A second choice has the same result: nothing that was taken meanwhile is lost. */
static void a_choice_is_the_same_again(void **state)
{
	uint64_t before[LR_COUNT];

	(void)state;
	handle(UNLINKED);
	handle(SGI);
	vgic_raise_at(model(), 0, SGI);
	vgic_raise_at(model(), 0, UNLINKED);
	take_and_fall(LEVEL);
	choose_anew();
	for (unsigned n = 0; n < LR_COUNT; n++)
		before[n] = gic_lr_read(n);
	choose_anew();
	for (unsigned n = 0; n < LR_COUNT; n++)
		assert_int_equal(before[n], gic_lr_read(n));
	assert_int_equal(listed(SGI) & (LR_PENDING | LR_ACTIVE), LR_PENDING | LR_ACTIVE);
}

/* A vCPU that was stopped in a handler begins anew with none. */
static void a_stopped_vcpu_is_not_busy(void **state)
{
	const struct gic_vif_priorities active = {.ap1r = {1}};

	(void)state;
	gic_vif_priorities_load(&active);
	present_fold(&vcpus[0]);
	assert_true(vcpus[0].busy);
	assert_ptr_equal(run_attend(&vcpus[0].frame), &vcpus[0].frame);
	present_end(&vcpus[0]);
	assert_false(vcpus[0].busy);
	assert_int_equal(gic_vif_control(), 0);
}

static void who_is_not_to_go_on_has_no_frame(void **state)
{
	(void)state;
	assert_ptr_equal(run_attend(&vcpus[0].frame), &vcpus[0].frame);
	for (unsigned why = VCPU_PARKS; why <= VCPU_TURNS_OFF; why++) {
		vcpus[0].stopping = (uint8_t)why;
		vcpus[0].live = 1;
		assert_null(run_attend(&vcpus[0].frame));
		assert_int_equal(vcpus[0].live, 1); /* it is not stopped yet: the idle loop does that */
	}
}

static void the_idle_loop_answers_the_frame_to_enter(void **state)
{
	(void)state;
	takes = leaves = 0;
	box.pcpu[pcpu_this()].vcpu = &vcpus[0];
	turns = "wgwswge";
	assert_ptr_equal(run_idle(), &vcpus[0].frame);
	assert_int_equal(*turns, 0);
	assert_int_equal(takes, 7);
}

static void a_vcpu_that_comes_behind_the_first_look_is_entered(void **state)
{
	(void)state;
	takes = leaves = 0;
	box.pcpu[pcpu_this()].vcpu = NULL;
	comes = &vcpus[0];
	turns = "e";
	assert_ptr_equal(run_idle(), &vcpus[0].frame);
	assert_int_equal(takes, 1); /* it did not wait for a second kick */
	comes = NULL;
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_run)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(active_ones_get_what_a_fallen_line_leaves),
		TEST(nothing_is_withheld_for_fallen_lines),
		TEST(the_next_gets_what_a_fallen_line_leaves),
		TEST(a_choice_is_the_same_again),
		TEST(a_stopped_vcpu_is_not_busy),
		TEST(who_is_not_to_go_on_has_no_frame),
		TEST(the_idle_loop_answers_the_frame_to_enter),
		TEST(a_vcpu_that_comes_behind_the_first_look_is_entered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
