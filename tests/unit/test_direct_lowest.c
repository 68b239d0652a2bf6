/* SPDX-License-Identifier: Apache-2.0 */
/* Direct delivery: the two lowest priorities of a guest, which are one physically. */
#include "direct_guest.h"

#define ICC_DIR SYSREG(3, 0, 12, 11, 1)

static bool comes(uint32_t intid)
{
	gic_pend(vcpus[0].pcpu, intid);
	if (gic_direct_acknowledge() == intid)
		return true;
	gic_unpend(vcpus[0].pcpu, intid);
	return false;
}

/* It comes, unless it is masked, and the guest is told its priority; or direct delivery must end. */
static void with_mask(uint32_t intid, uint8_t priority, unsigned mask)
{
	vcpus[0].ends_direct = false;
	vcpus[0].obstacle = OBSTACLE_NONE;
	guest_writes(ICC_PMR, mask);
	assert_int_equal(vcpus[0].ends_direct, priority == 0xf0 && mask > 0xe0 && mask <= 0xf0);
	if (vcpus[0].ends_direct) {
		assert_int_equal(vcpus[0].obstacle, OBSTACLE_PRIORITY);
		return;
	}
	assert_int_equal(comes(intid), mask > priority);
	if (mask <= priority)
		return;
	assert_int_equal(guest_reads(ICC_RPR), priority);
	gic_direct_end(intid);
	assert_int_equal(guest_reads(ICC_RPR), 0xff);
}

/* One level at the GIC: the guest is told which of the two is running, and cannot mask one alone. */
static void the_two_lowest_priorities(void **state)
{
	static const uint8_t priorities[] = {0xe0, 0xf0};
	static const uint32_t intids[] = {EDGE, SGI};

	for (unsigned i = 0; i < ARRAY_COUNT(intids); i++)
		for (unsigned low = 0; low < 2; low++) {
			set_up_direct(state);
			guest_prepare(0, intids[i], priorities[low]);
			for (unsigned mask = 0; mask < 0x100; mask += 8)
				with_mask(intids[i], priorities[low], mask);
		}
}

/* Whatever comes first: the mask, by whichever vCPU, or the interrupt; or direct delivery comes last. */
static void the_lowest_priority_masked_alone(void **state)
{
	uint64_t vmcr;

	guest_prepare(0, EDGE, 0xe0);
	guest_writes(ICC_PMR, 0xe8);
	assert_false(vcpus[0].ends_direct);
	guest_prepare(0, EDGE, 0xf0);
	obstacle_check(&vcpus[1]);
	assert_true(vcpus[1].ends_direct);
	assert_int_equal(vcpus[1].obstacle, OBSTACLE_PRIORITY);
	guest_write_bit(0, GIC_ICENABLER, EDGE);
	vcpus[1].ends_direct = false;
	obstacle_check(&vcpus[1]);
	assert_false(vcpus[1].ends_direct);

	set_up_direct(state);
	guest_prepare(0, EDGE, 0xf0);
	direct_close(&vcpus[0]);
	vmcr = gic_vif_vmcr() & ~ICH_VMCR_VPMR;
	gic_vif_set_vmcr(vmcr | FIELD_PUT(ICH_VMCR_VPMR, 0xf8));
	direct_refresh(&vcpus[0], true);
	assert_false(vcpus[0].ends_direct);
	direct_close(&vcpus[0]);
	gic_vif_set_vmcr(vmcr | FIELD_PUT(ICH_VMCR_VPMR, 0xf0));
	direct_refresh(&vcpus[0], true);
	assert_true(vcpus[0].ends_direct);
	delivery_end_direct(&vcpus[0]);
	assert_int_equal(box.vm[0].refused, OBSTACLE_PRIORITY);
	assert_false(box.vm[0].vgic.direct);
	/* Its interface is as it was until it is entered. */
	assert_int_equal(delivery_change(&box.vm[0], CONFIG_DELIVERY_DIRECT, NULL), OBSTACLE_PRIORITY);
	guest_write_bit(0, GIC_ICENABLER, EDGE);
	assert_int_equal(delivery_change(&box.vm[0], CONFIG_DELIVERY_DIRECT, NULL), OBSTACLE_NONE);
	direct_refresh(&vcpus[0], true);
	guest_prepare(0, EDGE, 0xf0);
	assert_int_equal(obstacle_of_guest(&box.vm[0], &(uint32_t){0}), OBSTACLE_PRIORITY);
	direct_close(&vcpus[0]);
	assert_false(vcpus[0].divides);
}

/* The mask of a vCPU that is off counts no more. */
static void a_vcpu_that_is_off_masks_nothing(void **state)
{
	(void)state;
	guest_writes(ICC_PMR, 0xf0);
	assert_true(vcpus[0].divides);
	direct_close(&vcpus[0]);
	guest_prepare(0, EDGE, 0xf0);
	obstacle_check(&vcpus[1]);
	assert_false(vcpus[1].ends_direct);
}

/* An interrupt that waits for ICC_DIR_EL1 has no running priority. Accesses meanwhile do not put the next try
 * off. */
static void an_end_in_two_steps_is_waited_for(void **state)
{
	(void)state;
	guest_writes(ICC_CTLR, ICC_CTLR_EOIMODE);
	guest_prepare(0, EDGE, 0xf0);
	assert_true(comes(EDGE));
	gic_direct_end(EDGE);
	guest_writes(ICC_PMR, 0xf0);
	assert_true(vcpus[0].ends_direct);
	delivery_end_direct(&vcpus[0]);
	assert_true(box.vm[0].vgic.direct);
	guest_writes(ICC_PMR, 0xf0);
	assert_false(vcpus[0].ends_direct);
	guest_writes(ICC_DIR, EDGE);
	delivery_end_direct(&vcpus[0]);
	assert_false(box.vm[0].vgic.direct);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_direct)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_two_lowest_priorities),
		TEST(the_lowest_priority_masked_alone),
		TEST(a_vcpu_that_is_off_masks_nothing),
		TEST(an_end_in_two_steps_is_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
