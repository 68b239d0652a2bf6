/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interrupt that comes again because another guest has ended it is not listed twice, not lost, and not
 * muted for ever.
 */
#include "direct_vm.h"
#include "flow/deliver/mute.h"

#define BANK (EDGE / 32) /* of both */

static int set_up_running(void **state)
{
	set_up(state);
	guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
	guest_prepare(0, EDGE, 0xa0);
	guest_prepare(0, LEVEL, 0xa0);
	seen.muted_until = TIMER_NEVER;
	vcpus[0].vgic.attend = 0;
	return 0;
}

static uint64_t listed(uint32_t vintid, uint64_t lr_state)
{
	return vgic_lr_image(&model()->spi[BANK - 1], vintid) | lr_state;
}

static void comes_again(uint32_t vintid)
{
	assert_int_equal(vgic_raise_at(model(), 0, vintid), 1);
	mute_repeated(&vcpus[0]);
}

static void expect_muted(uint32_t vintid, bool pends)
{
	assert_int_equal(vcpus[0].vgic.raised[BANK] & BIT_OF(vintid), 0);
	assert_false(fake_gic_is_enabled(0, vintid));
	assert_int_equal(gic_is_pending(0, vintid), pends);
	assert_int_equal(seen.muted_until, cpu_counter() + cpu_us_to_ticks(MUTE_US));
	mute_expired(&vcpus[0]);
	assert_true(fake_gic_is_enabled(0, vintid));
	assert_int_equal(vcpus[0].muted_banks, 0);
}

static void expect_let_through(uint32_t vintid)
{
	assert_int_equal(vcpus[0].vgic.raised[BANK] & BIT_OF(vintid), BIT_OF(vintid));
	assert_true(fake_gic_is_enabled(0, vintid));
	assert_int_equal(seen.muted_until, TIMER_NEVER);
}

static void the_first_one_is_let_through(void **state)
{
	(void)state;
	gic_lr_write(0, listed(EDGE, LR_ACTIVE));
	comes_again(LEVEL);
	expect_let_through(LEVEL);
}

/* For each list register, in each of its states. An edge that comes while it is active is one more event. */
static void what_is_listed_is_not_listed_again(void **state)
{
	for (unsigned n = 0; n < box.gic.lr_count; n++)
		for (unsigned active = 0; active < 2; active++) {
			set_up_running(state);
			gic_lr_write(n, listed(EDGE, active ? LR_ACTIVE : LR_PENDING));
			comes_again(EDGE);
			expect_muted(EDGE, active);
			set_up_running(state);
			gic_lr_write(n, listed(LEVEL, active ? LR_ACTIVE : LR_PENDING));
			comes_again(LEVEL);
			expect_muted(LEVEL, false);
		}
}

static void what_the_model_has_is_not_taken_again(void **state)
{
	struct vgic_bank *bank = &model()->spi[BANK - 1];

	(void)state;
	bank->taken = BIT_OF(EDGE);
	comes_again(EDGE);
	expect_muted(EDGE, false);
	bank->taken = 0;
	bank->active = BIT_OF(EDGE);
	comes_again(EDGE);
	expect_muted(EDGE, true);
}

/* It waited for the vCPU to look while another one was listed at once; or it came after the first look. */
static void what_is_listed_and_taken_is_seen(void **state)
{
	struct vgic_bank *bank = &model()->spi[BANK - 1];

	(void)state;
	gic_lr_write(0, listed(LEVEL, LR_ACTIVE));
	gic_lr_write(2, listed(EDGE, LR_PENDING));
	assert_false(mute_is_late(&vcpus[0]));
	bank->taken = BIT_OF(EDGE);
	assert_true(mute_is_late(&vcpus[0]));
	bank->taken = BIT_OF(LEVEL);
	assert_true(mute_is_late(&vcpus[0]));
	gic_lr_write(
		0, LEVEL |
			   LR_ACTIVE); /* not with a physical one: it has moved, and another one has this number by now */
	assert_false(mute_is_late(&vcpus[0]));
}

/* A software interrupt with this number, and an interrupt of another VM's device, are not affected. */
static void what_is_not_linked_is_nobodys_to_end(void **state)
{
	(void)state;
	guest_prepare(0, UNLINKED, 0xa0);
	vcpus[0].vgic.attend = 0;
	gic_lr_write(0, UNLINKED | LR_ACTIVE);
	assert_int_equal(vgic_raise_at(model(), 0, UNLINKED), 1);
	mute_repeated(&vcpus[0]);
	assert_int_equal(vcpus[0].vgic.raised[UNLINKED / 32], BIT_OF(UNLINKED));
	assert_int_equal(seen.muted_until, TIMER_NEVER);
}

/* An interrupt that its owner has disabled meanwhile, or has given away, is not enabled for it. */
static void what_has_changed_meanwhile_stays_so(void **state)
{
	bool known;

	(void)state;
	gic_lr_write(0, listed(LEVEL, LR_ACTIVE));
	comes_again(LEVEL);
	gic_lr_write(0, 0);
	guest_write_bit(0, GIC_ICENABLER, LEVEL);
	mute_expired(&vcpus[0]);
	assert_false(fake_gic_is_enabled(0, LEVEL));
	gic_lr_write(0, listed(EDGE, LR_ACTIVE));
	comes_again(EDGE);
	vgic_leave(model(), EDGE, &known);
	mute_expired(&vcpus[0]);
	assert_false(fake_gic_is_enabled(0, EDGE));
}

/* The owner disables and enables one while it handles it, so it may come again, and be muted, many times. */
static void one_does_not_keep_another_muted(void **state)
{
	uint64_t end;

	(void)state;
	gic_lr_write(0, listed(EDGE, LR_ACTIVE));
	gic_lr_write(1, listed(LEVEL, LR_ACTIVE));
	comes_again(EDGE);
	end = cpu_counter() + cpu_us_to_ticks(MUTE_US);
	for (unsigned n = 0; n < 3; n++) {
		fake_counter_advance(cpu_us_to_ticks(MUTE_US / 4));
		comes_again(LEVEL);
		assert_int_equal(seen.muted_until, end);
		effects_unmute(&box.vm[0], LEVEL);
	}
	mute_expired(&vcpus[0]);
	assert_true(fake_gic_is_enabled(0, EDGE));
	comes_again(LEVEL);
	expect_muted(LEVEL, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_first_one_is_let_through, set_up_running),
		cmocka_unit_test_setup(what_is_listed_is_not_listed_again, set_up_running),
		cmocka_unit_test_setup(what_the_model_has_is_not_taken_again, set_up_running),
		cmocka_unit_test_setup(what_is_listed_and_taken_is_seen, set_up_running),
		cmocka_unit_test_setup(what_is_not_linked_is_nobodys_to_end, set_up_running),
		cmocka_unit_test_setup(what_has_changed_meanwhile_stays_so, set_up_running),
		cmocka_unit_test_setup(one_does_not_keep_another_muted, set_up_running),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
