/* SPDX-License-Identifier: Apache-2.0 */
/*
 * While delivery is direct, the guest's accesses to its GIC, and interrupts that others raise, become
 * accesses to the physical GIC.
 */
#include "vgic_direct.h"

/* Each access becomes one to the physical GIC; no vCPU is held for it, whatever access it is. */
static void test_accesses_become_the_physical_ones(void **state)
{
	static const uint32_t offsets[] = {GIC_IGROUPR, GIC_ISENABLER, GIC_ICENABLER, GIC_ISPENDR,
									   GIC_ICPENDR, GIC_ISACTIVER, GIC_ICACTIVER};
	const uint32_t bit = BIT_OF(RESERVED), linked = bit | BIT_OF(LINKED_EDGE) | BIT_OF(LINKED_LEVEL);

	(void)state;
	prepare(0, RESERVED, PRIORITY);
	go_direct();
	for (unsigned i = 0; i < ARRAY_COUNT(offsets); i++) {
		struct vgic_access access = {
			.offset = offsets[i] + RESERVED / 32 * 4, .size_bytes = 4, .write = true, .value = UINT32_MAX};
		struct vgic_effects e = {.vcpu = 1};

		vgic_dist_access(&gic, 1, &access, &e);
		assert_int_equal(e.hold | e.fold, 0);
		assert_int_equal(e.bank, RESERVED / 32);
		assert_int_equal(e.relink, offsets[i] == GIC_IGROUPR ? linked & ~bit : 0);
		assert_int_equal(e.enable, offsets[i] == GIC_ISENABLER ? linked & ~bit : 0);
		assert_int_equal(e.disable, offsets[i] == GIC_ICENABLER ? linked : 0);
		assert_int_equal(e.pend, offsets[i] == GIC_ISPENDR ? linked : 0);
		assert_int_equal(e.unpend, offsets[i] == GIC_ICPENDR ? linked : 0);
		assert_int_equal(e.activate, offsets[i] == GIC_ISACTIVER ? linked : 0);
		assert_int_equal(e.deactivate, offsets[i] == GIC_ICACTIVER ? linked : 0);
		access.write = false;
		e = (struct vgic_effects){.vcpu = 1};
		vgic_dist_access(&gic, 1, &access, &e);
		assert_int_equal(e.hold | e.fold, 0);
		assert_int_equal(e.ask_pending, offsets[i] == GIC_ISPENDR || offsets[i] == GIC_ICPENDR ? linked : 0);
		assert_int_equal(e.ask_active,
						 offsets[i] == GIC_ISACTIVER || offsets[i] == GIC_ICACTIVER ? linked : 0);
	}
	assert_false(vgic_has_active(&gic));
	assert_int_equal(gic.spi[0].pending & linked, 0);
	check_direct();
}

/* A vCPU that writes the redistributor of another one does so there. */
static void test_private_accesses_name_their_owner(void **state)
{
	const uint64_t frame = GICR_STRIDE + GICR_SGI_BASE;
	struct vgic_effects e;

	(void)state;
	go_direct();
	e = write_size(0, false, frame + GIC_ISPENDR, 4, BIT_OF(SGI) | BIT_OF(SGI_OF_EL2));
	assert_int_equal(e.vcpu, 1);
	assert_int_equal(e.pend, BIT_OF(SGI));
	assert_int_equal(e.attend, 1u << 1);
	forward(1);
	assert_int_equal(cpus[1].private.pending, BIT_OF(SGI_OF_EL2)); /* has no physical one */
	assert_int_equal(cpus[0].private.pending, 0);
}

static void test_configuration_follows(void **state)
{
	const uint32_t bit = BIT_OF(RESERVED);
	struct vgic_effects e;

	(void)state;
	prepare(0, RESERVED, PRIORITY);
	go_direct();
	e = write_size(0, true, GIC_IPRIORITYR + RESERVED, 1, 0xff);
	assert_int_equal(e.relink, bit);
	assert_int_equal(gic.spi[0].priority[RESERVED % 32], gic.priority_mask);
	e = write_size(0, true, GIC_ICFGR + RESERVED / 16 * 4, 4, UINT64_C(2) << RESERVED % 16 * 2);
	assert_int_equal(e.retrigger, bit);
	e = write_size(0, true, GICD_IROUTER + RESERVED * 8, 8, 1);
	assert_int_equal(e.reroute, bit);
	assert_int_equal(vgic_target(&gic, RESERVED), 1);
	/* It is pended where it is routed to now. */
	assert_int_equal(vgic_raise_shared(&gic, RESERVED), 1u << 1);
	forward(1);
	assert_int_equal(shared_bank[RESERVED / 32].latch & bit, bit);
	e = write_size(0, true, GICD_CTLR, 4, 0);
	assert_true(e.relink_all);
	/* A PPI keeps the trigger that its physical one has, in both modes. */
	e = write_size(0, false, GICR_SGI_BASE + GIC_ICFGR + 4, 4, UINT32_MAX);
	assert_int_equal(cpus[0].private.edge & (BIT_OF(TIMER) | BIT_OF(LINKED_PPI)), 0);
	go_virtual();
	write_size(0, false, GICR_SGI_BASE + GIC_ICFGR + 4, 4, UINT32_MAX);
	assert_int_equal(cpus[0].private.edge & (BIT_OF(TIMER) | BIT_OF(LINKED_PPI)), 0);
}

/* EL2 does not see the guest's EOI: each look at the device reads its line. */
static void test_lines_are_sampled_again(void **state)
{
	static const uint32_t vintids[] = {TIMER, RESERVED};

	for (unsigned i = 0; i < ARRAY_COUNT(vintids); i++) {
		uint32_t vintid = vintids[i];

		set_up_direct(state);
		prepare(0, vintid, PRIORITY);
		enter(0);
		fold(0);
		set_line(0, vintid, false);
		assert_int_equal(cpus[0].attend, 0); /* nothing is new, and delivery is not direct */
		go_direct();
		set_line(0, vintid, true);
		forward(0);
		assert_true(latched(0, vintid));
		physical(0, vintid)->latch = 0; /* the guest acknowledges and ends it */
		set_line(0, vintid, true);
		forward(0);
		assert_true(latched(0, vintid));
		set_line(0, vintid, false);
		forward(0);
		assert_false(latched(0, vintid));
		act(0, GIC_ISPENDR, vintid); /* what the guest pended outlives the line */
		set_line(0, vintid, false);
		forward(0);
		assert_true(latched(0, vintid));
		set_line(0, vintid, true);
		act(0, GIC_ICPENDR, vintid);
		assert_false(latched(0, vintid));
		forward(0); /* the line is still up */
		assert_true(latched(0, vintid));
	}
}

/* A rising line is an edge; one that stays up, or falls, is none. */
static void test_edges_are_not_sampled(void **state)
{
	(void)state;
	make_happen(0, RESERVED, ENABLED | GROUP1 | OTHER_TRIGGER);
	go_direct();
	set_line(0, RESERVED, true);
	forward(0);
	assert_true(latched(0, RESERVED));
	physical(0, RESERVED)->latch = 0;
	set_line(0, RESERVED, true);
	forward(0);
	assert_false(latched(0, RESERVED));
	set_line(0, RESERVED, false);
	set_line(0, RESERVED, true);
	set_line(0, RESERVED, false);
	forward(0);
	assert_true(latched(0, RESERVED));
}

/* Each vCPU has its own SGI; a vCPU that does not have it in the group drops it. */
static void test_sgis(void **state)
{
	(void)state;
	prepare(0, SGI, PRIORITY);
	prepare(1, SGI, PRIORITY);
	write_size(1, false, GICR_STRIDE + GICR_SGI_BASE + GIC_IGROUPR, 4, 0);
	go_direct();
	assert_int_equal(vgic_send_sgi(&gic, 3, SGI, true), 1);
	forward(0);
	forward(1);
	assert_true(latched(0, SGI));
	assert_false(latched(1, SGI));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_direct)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_accesses_become_the_physical_ones),
		TEST(test_private_accesses_name_their_owner),
		TEST(test_configuration_follows),
		TEST(test_lines_are_sampled_again),
		TEST(test_edges_are_not_sampled),
		TEST(test_sgis),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
