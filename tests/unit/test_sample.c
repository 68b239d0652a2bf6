/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A level that falls after EL2 has taken its interrupt, and before the guest has: if it waits in the model by
 * its line alone, the line is read again before it is listed, and when the guest reads its pending state.
 */
#include "direct_vm.h"

#define PRIORITY 0xa0

/* vCPU 0 has both timers' lines and the SPIs; none was taken yet. */
static int set_up_virtual(void **state)
{
	set_up(state);
	guest_write(GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1);
	guest_prepare(0, LEVEL, PRIORITY);
	guest_prepare(0, EDGE, PRIORITY);
	guest_prepare(0, VIRTUAL_TIMER, PRIORITY);
	return 0;
}

/* As EL2 does when the owner does not simply run here: active physically, pending in the model. */
static void take(uint32_t intid)
{
	uint32_t elsewhere = 0;

	assert_int_equal(gic_acknowledge_group0(), intid);
	gic_drop_group0(intid);
	vgic_raise_at(model(), 0, intid);
	assert_true(vgic_attend(model(), &vcpus[0].vgic, 0, &elsewhere));
}

/* Is it listed? */
static bool is_presented(void)
{
	struct vgic_lrs lrs = {.count = 4};
	bool fell;

	assert_true(vgic_place(model(), &vcpus[0].vgic, VMCR_OPEN, &lrs));
	assert_int_equal(lrs.given, 1);
	fell = sample_lines(&vcpus[0], &lrs);
	assert_int_equal(fell, !lrs.given);
	assert_int_equal(lrs.occupied, lrs.given);
	return lrs.given;
}

/* What a read of GICD_ISPENDR, or GICR_ISPENDR0, shows. */
static bool reads_pending(uint32_t vintid)
{
	struct vgic_access access = {.size_bytes = 4, .held = VGIC_ALL_HELD};
	struct vgic_effects effects = {.vcpu = 0};

	access.offset = GIC_ISPENDR + vintid / 32 * 4 + (vintid < GIC_PRIVATE_COUNT ? GICR_SGI_BASE : 0);
	if (vintid < GIC_PRIVATE_COUNT)
		assert_true(vgic_redist_access(model(), 0, &access, &effects));
	else
		vgic_dist_access(model(), 0, &access, &effects);
	access.value |= sample_pending(vcpus[0].vm, effects.vcpu, effects.bank, effects.ask_pending);
	return access.value & BIT_OF(vintid);
}

static const uint32_t levels[] = {LEVEL, VIRTUAL_TIMER};

static void level_stays_up(void **state)
{
	for (unsigned i = 0; i < ARRAY_COUNT(levels); i++) {
		set_up_virtual(state);
		fake_gic_set_line(levels[i], true);
		take(levels[i]);
		assert_true(reads_pending(levels[i]));
		assert_true(is_presented() && gic_is_active(1, levels[i]));
	}
}

/* It is not presented, and is made inactive, so that it comes when the line rises again. */
static void level_falls(void **state)
{
	for (unsigned i = 0; i < ARRAY_COUNT(levels); i++) {
		set_up_virtual(state);
		fake_gic_set_line(levels[i], true);
		take(levels[i]);
		fake_gic_set_line(levels[i], false);
		assert_false(reads_pending(levels[i]));
		assert_false(is_presented() || gic_is_active(1, levels[i]) || reads_pending(levels[i]));
		fake_gic_set_line(levels[i], true);
		take(levels[i]);
		assert_true(is_presented());
	}
}

/* The guest has pended it: that state does not fall with the line. */
static void level_is_latched(void **state)
{
	(void)state;
	guest_write_bit(0, GIC_ISPENDR, LEVEL);
	take(LEVEL);
	assert_true(reads_pending(LEVEL) && is_presented());
}

static void edge_has_no_line(void **state)
{
	(void)state;
	fake_gic_set_line(EDGE, true);
	take(EDGE);
	fake_gic_set_line(EDGE, false);
	assert_true(reads_pending(EDGE) && is_presented());
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_virtual)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(level_stays_up),
		TEST(level_falls),
		TEST(level_is_latched),
		TEST(edge_has_no_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
