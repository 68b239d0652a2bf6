/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Direct delivery begins and ends in the model: an interrupt that is pending before is pending afterwards,
 * once. Each interrupt is tried in each state that it can be in when the VM is held. And what keeps delivery
 * from being direct.
 */
#include "vgic_direct.h"

/* How often the guest gets it through list registers, if its line falls when it is handled. */
static unsigned count_deliveries(unsigned v, uint32_t vintid)
{
	for (unsigned count = 0;; count++) {
		uint32_t got;

		take_linked(v, vintid);
		enter(v);
		got = acknowledge(v);
		if (got == VGIC_NONE)
			return count;
		assert_int_equal(got, vintid);
		set_line(v, vintid, false);
		if (*find(v, vintid, LR_ACTIVE) & LR_HW)
			physical(v, vintid)->active &= ~BIT_OF(vintid);
		end(v, vintid);
		fold(v);
	}
}

/* To direct delivery, perhaps back, and how often it comes then. */
static void check_way(unsigned v, uint32_t vintid, unsigned what)
{
	bool pending = what & (PENDED | HAPPENED);

	set_up_direct(NULL);
	make_happen(v, vintid, what);
	assert_false(vgic_has_active(&gic));
	go_direct();
	assert_int_equal(reads_pending(v, vintid), pending);
	if (bank_of(v, vintid)->linked & BIT_OF(vintid))
		assert_int_equal((pending_in(physical(v, vintid)) & BIT_OF(vintid)) != 0, pending);
	go_virtual();
	assert_int_equal(reads_pending(v, vintid), pending);
	assert_int_equal(count_deliveries(v, vintid), pending && what & ENABLED);
	assert_int_equal(reads_pending(v, vintid), pending && !(what & ENABLED));
	assert_int_equal(physical(v, vintid)->active, 0);
}

static void test_there_and_back(void **state)
{
	static const uint32_t vintids[] = {SGI,         SGI_OF_EL2,   TIMER,    LINKED_PPI,
									   LINKED_EDGE, LINKED_LEVEL, RESERVED, UNLINKED};

	(void)state;
	for (unsigned i = 0; i < ARRAY_COUNT(vintids); i++)
		for (unsigned what = 0; what < HAPPENINGS; what++)
			for (unsigned v = 0; v < (vintids[i] < GIC_PRIVATE_COUNT ? 2 : 1); v++)
				check_way(v, vintids[i], what);
}

/*
 * The same for an interrupt that comes while delivery is direct, and has not been forwarded when that ends.
 */
static void test_raised_and_not_forwarded(void **state)
{
	static const uint32_t vintids[] = {SGI, SGI_OF_EL2, RESERVED, UNLINKED};

	for (unsigned i = 0; i < ARRAY_COUNT(vintids); i++)
		for (unsigned forwarded = 0; forwarded < 2; forwarded++) {
			set_up_direct(state);
			make_happen(0, vintids[i], ENABLED | GROUP1 | OTHER_TRIGGER);
			go_direct();
			vgic_raise_at(&gic, 0, vintids[i]);
			if (forwarded)
				forward(0);
			check_direct();
			go_virtual();
			assert_int_equal(count_deliveries(0, vintids[i]), 1);
		}
}

/* All at once, so that a mask with too many or too few bits shows. */
static void test_all_at_once(void **state)
{
	uint32_t expected[BANKS] = {BIT_OF(SGI) | BIT_OF(TIMER) | BIT_OF(LINKED_PPI),
								BIT_OF(LINKED_EDGE) | BIT_OF(RESERVED)};

	(void)state;
	make_happen(0, SGI, ENABLED | GROUP1 | HAPPENED);
	make_happen(0, SGI_OF_EL2, ENABLED | GROUP1 | PENDED);
	make_happen(0, TIMER, ENABLED | GROUP1 | HAPPENED);
	make_happen(0, LINKED_PPI, ENABLED | HAPPENED | TAKEN);
	make_happen(0, LINKED_EDGE, ENABLED | GROUP1 | HAPPENED | TAKEN);
	make_happen(0, LINKED_LEVEL, ENABLED | GROUP1);
	make_happen(0, RESERVED, GROUP1 | PENDED);
	make_happen(0, UNLINKED, ENABLED | PENDED);
	go_direct();
	assert_int_equal(pending_in(&private_bank[0]), expected[0]);
	assert_int_equal(pending_in(&private_bank[1]), 0);
	assert_int_equal(pending_in(&shared_bank[1]), expected[1]);
	assert_int_equal(cpus[0].private.pending, BIT_OF(SGI_OF_EL2));
	assert_int_equal(gic.spi[0].pending, BIT_OF(UNLINKED));
}

/* A level that is pending by its line alone ends when the line falls, whatever the delivery is by then. */
static void test_a_line_leaves_no_latch(void **state)
{
	static const uint32_t vintids[] = {TIMER, RESERVED};

	for (unsigned i = 0; i < ARRAY_COUNT(vintids); i++) {
		set_up_direct(state);
		make_happen(0, vintids[i], ENABLED | GROUP1 | HAPPENED);
		go_direct();
		go_virtual();
		assert_true(reads_pending(0, vintids[i]));
		set_line(0, vintids[i], false);
		assert_int_equal(count_deliveries(0, vintids[i]), 0);
	}
}

/*
 * A level that is pending by GICD_ISPENDR alone: its device, whose line is low, is read before the guest
 * takes it.
 */
static void test_a_latch_outlives_a_look_at_the_line(void **state)
{
	static const uint32_t vintids[] = {TIMER, RESERVED};

	for (unsigned i = 0; i < ARRAY_COUNT(vintids); i++)
		for (unsigned up = 0; up < 2; up++) {
			set_up_direct(state);
			make_happen(0, vintids[i], ENABLED | GROUP1 | PENDED);
			set_line(0, vintids[i], up);
			go_direct();
			set_line(0, vintids[i], false);
			forward(0);
			assert_true(latched(0, vintids[i]));
		}
}

/* Enabled they may be, as boot code enables all there are; one that is raised cannot come. */
static void test_strangers(void **state)
{
	static const uint32_t strangers[] = {UNLINKED, UNLINKED + 10, SGI_OF_EL2};

	(void)state;
	prepare(0, SGI, PRIORITY);
	prepare(1, TIMER, PRIORITY);
	prepare(0, RESERVED, PRIORITY);
	prepare(0, LINKED_EDGE, PRIORITY);
	prepare(1, LINKED_PPI, PRIORITY);
	vgic_expect(&gic, UNLINKED, true); /* another VM has it first */
	for (unsigned i = 0; i < ARRAY_COUNT(strangers); i++)
		prepare(0, strangers[i], PRIORITY);
	go_direct();
	assert_int_equal(vgic_stranger(&gic), VGIC_NONE);
	for (unsigned i = 0; i < ARRAY_COUNT(strangers); i++) {
		act(0, GIC_ISPENDR, strangers[i]);
		forward(0);
		assert_int_equal(vgic_stranger(&gic), strangers[i]);
		write_bit(0, GIC_ICENABLER, strangers[i]);
		assert_int_equal(vgic_stranger(&gic), VGIC_NONE);
		write_bit(0, GIC_ISENABLER, strangers[i]);
		act(0, GIC_ICPENDR, strangers[i]);
		assert_int_equal(vgic_stranger(&gic), VGIC_NONE);
	}
}

/* What has no physical interrupt is left to its own vCPU, which finds out. */
static void test_another_pcpu_leaves_strangers(void **state)
{
	struct vgic_forwarded forwarded;

	(void)state;
	prepare(1, SGI_OF_EL2, PRIORITY);
	prepare(1, SGI, PRIORITY);
	go_direct();
	assert_int_equal(vgic_send_sgi(&gic, 2, SGI_OF_EL2, true), 2);
	assert_int_equal(vgic_send_sgi(&gic, 2, SGI, true), 2);
	cpus[1].attend = 0;
	forwarded = vgic_forward(&gic, 1, 0, false);
	assert_int_equal(forwarded.pend, BIT_OF(SGI));
	assert_true(forwarded.left);
	assert_int_equal(cpus[1].attend, 1);
	assert_false(forwarded.stranger);
	cpus[1].attend = 0;
	forwarded = vgic_forward(&gic, 1, 0, true);
	assert_int_equal(forwarded.pend, 0);
	assert_false(forwarded.left);
	assert_true(forwarded.stranger);
	assert_int_equal(vgic_stranger(&gic), SGI_OF_EL2);
}

/* An interrupt that has left the VM is no stranger: it may come back. If the guest itself raises it, it is
 * one. */
static void test_what_left_is_no_stranger(void **state)
{
	bool known;

	(void)state;
	prepare(0, LINKED_EDGE, PRIORITY);
	go_direct();
	physical(0, LINKED_EDGE)->latch = BIT_OF(LINKED_EDGE);
	assert_true(vgic_is_latched(&gic, LINKED_EDGE));
	assert_false(vgic_leave(&gic, LINKED_EDGE, &known)); /* it is still pending at the physical GIC */
	assert_false(known);
	assert_int_equal(vgic_stranger(&gic), VGIC_NONE);
	act(0, GIC_ISPENDR, LINKED_EDGE);
	forward(0);
	assert_true(reads_pending(0, LINKED_EDGE));
	assert_true(vgic_join(&gic, LINKED_EDGE, PHYSICAL(LINKED_EDGE), false, false));
	check_direct();
}

/* Its vCPU looks at the line again. Others are looked at when their device is accessed. */
static void test_a_translated_level_that_is_deactivated(void **state)
{
	uint32_t vintid = UNLINKED + 10, b = vintid / 32;

	(void)state;
	vgic_reserve(&gic, 0, vintid, vintid + 1);
	prepare(0, vintid, PRIORITY);
	go_direct();
	forward(0);
	write_bit(0, GIC_ICACTIVER, vintid);
	assert_true(cpus[0].review[b] & BIT_OF(vintid));
	assert_true(cpus[0].attend >> b & 1);
	forward(0);
	write_bit(0, GIC_ICACTIVER, RESERVED);
	assert_false(cpus[0].review[RESERVED / 32] & BIT_OF(RESERVED));
}

static void test_group0(void **state)
{
	static const uint32_t vintids[] = {SGI, LINKED_PPI, RESERVED};

	for (unsigned i = 0; i < ARRAY_COUNT(vintids); i++) {
		set_up_direct(state);
		assert_false(vgic_uses_group0(&gic)); /* after a reset all are in Group 0, and none is enabled */
		prepare(1, vintids[i], PRIORITY);
		assert_false(vgic_uses_group0(&gic));
		write_size(1, vintids[i] >= GIC_PRIVATE_COUNT,
				   vintids[i] < GIC_PRIVATE_COUNT ? GICR_STRIDE + GICR_SGI_BASE + GIC_IGROUPR
												  : GIC_IGROUPR + vintids[i] / 32 * 4,
				   4, 0);
		assert_true(vgic_uses_group0(&gic));
		write_size(0, true, GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP1); /* then it never comes */
		assert_false(vgic_uses_group0(&gic));
		write_size(0, true, GICD_CTLR, 4, GICD_CTLR_ENABLE_GRP0);
		assert_true(vgic_uses_group0(&gic));
		write_bit(1, GIC_ICENABLER, vintids[i]);
		assert_false(vgic_uses_group0(&gic));
	}
}

static struct vgic_effects give_priority(unsigned v, uint32_t vintid, uint8_t priority)
{
	uint64_t at = GIC_IPRIORITYR + vintid;

	if (vintid < GIC_PRIVATE_COUNT)
		at += v * GICR_STRIDE + GICR_SGI_BASE;
	return write_size(v, vintid >= GIC_PRIVATE_COUNT, at, 1, priority);
}

/* Of what is enabled; and who changes that is to look for obstacles again. */
static void test_priorities_in_use(void **state)
{
	static const uint32_t vintids[] = {SGI, LINKED_PPI, RESERVED, UNLINKED};

	for (unsigned i = 0; i < ARRAY_COUNT(vintids); i++) {
		set_up_direct(state);
		assert_false(give_priority(1, vintids[i], 0xf0).reconsider);
		assert_false(vgic_uses_priority(&gic, 0));
		assert_true(write_bit(1, GIC_ISENABLER, vintids[i]).reconsider);
		assert_false(write_bit(1, GIC_ISENABLER, vintids[i]).reconsider);
		assert_true(vgic_uses_priority(&gic, 0xf0));
		assert_true(give_priority(1, vintids[i], 0xe0).reconsider);
		assert_false(vgic_uses_priority(&gic, 0xf0));
		assert_true(vgic_uses_priority(&gic, 0xe0));
		assert_int_equal(vgic_least(bank_of(1, vintids[i]), UINT32_MAX, 0xe0), BIT_OF(vintids[i]));
		assert_int_equal(vgic_least(bank_of(1, vintids[i]), ~BIT_OF(vintids[i]), 0xe0), 0);
	}
}

static void test_active(void **state)
{
	static const uint32_t vintids[] = {SGI, LINKED_PPI, RESERVED, LINKED_EDGE, UNLINKED};

	for (unsigned i = 0; i < ARRAY_COUNT(vintids); i++) {
		unsigned v = vintids[i] < GIC_PRIVATE_COUNT;

		set_up_direct(state);
		prepare(v, vintids[i], PRIORITY);
		take(v, vintids[i]);
		enter(v);
		fold(v);
		assert_false(vgic_has_active(&gic));
		enter(v);
		assert_int_equal(acknowledge(v), vintids[i]);
		fold(v);
		assert_true(vgic_has_active(&gic));
		enter(v);
		end(v, vintids[i]);
		fold(v);
		assert_false(vgic_has_active(&gic));
		write_bit(v, GIC_ISACTIVER, vintids[i]);
		assert_true(vgic_has_active(&gic));
		write_bit(v, GIC_ICACTIVER, vintids[i]);
		assert_false(vgic_has_active(&gic));
	}
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_direct)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_there_and_back),
		TEST(test_raised_and_not_forwarded),
		TEST(test_all_at_once),
		TEST(test_a_line_leaves_no_latch),
		TEST(test_a_latch_outlives_a_look_at_the_line),
		TEST(test_strangers),
		TEST(test_another_pcpu_leaves_strangers),
		TEST(test_a_translated_level_that_is_deactivated),
		TEST(test_what_left_is_no_stranger),
		TEST(test_group0),
		TEST(test_priorities_in_use),
		TEST(test_active),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
