/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interrupt that a guest makes active by GICD_ISACTIVER: it was never acknowledged, and no EOI of it will
 * come.
 */
#include "vgic_lists.h"

static bool is_simple(void)
{
	vgic_forget_forced(&gic, &cpus[0]);
	return vgic_is_simple(&cpus[0]);
}

/* Made active by the guest, not by ICC_IAR: the list registers are chosen anew, so that ICC_DIR finds it. */
static void test_isactiver_is_attended(void **state)
{
	(void)state;
	prepare(0, SPI, 0xa0);
	enter(0);
	assert_int_equal(write_bit(0, GIC_ISACTIVER, SPI).attend, 1);
	here[0].lrs.occupied = here[0].lrs.given = 0;
	vgic_attend(&gic, &cpus[0], 0, &folded.attend);
	assert_false(vgic_place(&gic, &cpus[0], VMCR_BOTH, &here[0].lrs));
	enter(0);
	assert_non_null(find(0, SPI, LR_ACTIVE));
}

/*
 * EOIcount counts interrupts that the guest acknowledged, and none that it made active by GICD_ISACTIVER,
 * however high their priority.
 */
static void test_eoi_count_skips_what_nobody_acknowledged(void **state)
{
	(void)state;
	here[0].lrs.count = 1;
	prepare(0, SPI, 0xa0);
	prepare(0, SPI + 1, 0x10);
	prepare(0, SPI + 2, 0xa8);
	write_bit(0, GIC_ISPENDR, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	fold(0);
	write_bit(0, GIC_ISACTIVER, SPI + 1);
	write_bit(0, GIC_ISPENDR, SPI + 2);
	enter(0);
	assert_non_null(find(0, SPI + 2, LR_PENDING));
	assert_false(is_simple());
	end(0, SPI);
	fold(0);
	assert_false(read_bit(0, GIC_ISACTIVER, SPI));
	assert_true(read_bit(0, GIC_ISACTIVER, SPI + 1));
	write_bit(0, GIC_ICACTIVER, SPI + 1);
	enter(0);
	assert_true(is_simple());
}

/* A linked one ends in its list register, without an exit: a fold finds that it has ended. */
static void test_ended_in_its_list_register(void **state)
{
	(void)state;
	prepare(0, LINKED_EDGE, 0xa0);
	write_bit(0, GIC_ISACTIVER, LINKED_EDGE);
	enter(0);
	assert_false(is_simple());
	end(0, LINKED_EDGE);
	fold(0);
	write_bit(0, GIC_ICENABLER, LINKED_EDGE);
	enter(0);
	assert_true(is_simple());
}

/*
 * When it has ended on one vCPU, it comes to another one as any interrupt does: evicted there, its EOI
 * counts.
 */
static void test_routed_elsewhere_after_its_end(void **state)
{
	(void)state;
	here[1].lrs.count = 1;
	prepare(0, LINKED_EDGE, 0xa0);
	prepare(1, SPI, 0x40);
	write_size(0, true, GICD_IROUTER + SPI * 8, 8, 1);
	write_bit(0, GIC_ISACTIVER, LINKED_EDGE);
	enter(0);
	end(0, LINKED_EDGE);
	fold(0);
	write_size(0, true, GICD_IROUTER + LINKED_EDGE * 8, 8, 1);
	enter(1);
	here[1].lrs.value[0] =
		vgic_lr_image(&gic.spi[0], LINKED_EDGE) | LR_PENDING; /* by flow/deliver/irq_short.c */
	assert_int_equal(acknowledge(1), LINKED_EDGE);
	vgic_raise_shared(&gic, SPI);
	enter(1);
	assert_int_equal(acknowledge(1), SPI);
	end(1, SPI);
	end(1, LINKED_EDGE);
	enter(1);
	assert_int_equal(folded.deactivate_count, 1);
	assert_int_equal(folded.deactivate[0], PHYSICAL(LINKED_EDGE));
}

/* vCPU 0 comes to EL2 in the handler of a linked level. */
static void come_from_its_handler(void)
{
	prepare(0, LINKED_LEVEL, 0xa0);
	take(0, LINKED_LEVEL);
	enter(0);
	assert_int_equal(acknowledge(0), LINKED_LEVEL);
	fold(0);
}

/* If another VM ends the physical one, it comes to the other vCPU: so no list register holds it meanwhile. */
static void test_routed_elsewhere_while_active(void **state)
{
	(void)state;
	come_from_its_handler();
	write_size(0, true, GICD_IROUTER + LINKED_LEVEL * 8, 8, 1);
	enter(0);
	assert_null(find(0, LINKED_LEVEL, LR_ACTIVE));
	assert_false(is_simple());
	take(1, LINKED_LEVEL);
	enter(1);
	assert_null(find(1, LINKED_LEVEL, LR_PENDING));
	end(0, LINKED_LEVEL);
	fold(0);
	assert_int_equal(folded.deactivate_count, 0); /* that would be the interrupt that came */
	assert_int_equal(folded.relink_banks, 1u << LINKED_LEVEL / 32);
	assert_int_equal(folded.attend, 1u << 1);
	enter(1);
	assert_non_null(find(1, LINKED_LEVEL, LR_PENDING));
}

/* The same without a route: the EOI of the first must not end the second. */
static void test_comes_again_while_active(void **state)
{
	(void)state;
	come_from_its_handler();
	take(0, LINKED_LEVEL);
	enter(0);
	assert_null(find(0, LINKED_LEVEL, LR_ACTIVE));
	end(0, LINKED_LEVEL);
	fold(0);
	assert_int_equal(folded.deactivate_count, 0);
	enter(0);
	assert_non_null(find(0, LINKED_LEVEL, LR_PENDING));
}

/* The handler is on vCPU 0, and the guest ends it by GICD_ICACTIVER. */
static void test_deactivated_while_routed_elsewhere(void **state)
{
	struct vgic_effects effects;

	(void)state;
	come_from_its_handler();
	write_size(0, true, GICD_IROUTER + LINKED_LEVEL * 8, 8, 1);
	effects = write_bit(0, GIC_ICACTIVER, LINKED_LEVEL);
	assert_int_equal(effects.relink, 1u << (LINKED_LEVEL % 32));
	assert_int_equal(effects.deactivate, 1u << (LINKED_LEVEL % 32));
}

static void test_deactivated_when_it_has_come_again(void **state)
{
	(void)state;
	come_from_its_handler();
	take(0, LINKED_LEVEL);
	assert_int_equal(write_bit(0, GIC_ICACTIVER, LINKED_LEVEL).deactivate, 0);
	enter(0);
	assert_non_null(find(0, LINKED_LEVEL, LR_PENDING));
}

/* An interrupt of another vCPU, never used before: the queues of that vCPU change, so it is held first. */
static void test_its_vcpu_is_held(void **state)
{
	struct vgic_access access = {
		.offset = GIC_ISACTIVER + 4, .size_bytes = 4, .write = true, .value = 1u << (SPI % 32)};
	struct vgic_effects effects = {.vcpu = 0};

	(void)state;
	write_size(0, true, GICD_IROUTER + SPI * 8, 8, 1);
	vgic_dist_access(&gic, 0, &access, &effects);
	assert_int_equal(effects.hold, 1u << 1);
	assert_false(vgic_queue_has(&cpus[1].active, SPI));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_lists)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_isactiver_is_attended),
		TEST(test_eoi_count_skips_what_nobody_acknowledged),
		TEST(test_ended_in_its_list_register),
		TEST(test_routed_elsewhere_after_its_end),
		TEST(test_routed_elsewhere_while_active),
		TEST(test_comes_again_while_active),
		TEST(test_deactivated_while_routed_elsewhere),
		TEST(test_deactivated_when_it_has_come_again),
		TEST(test_its_vcpu_is_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
