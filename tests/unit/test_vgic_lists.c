/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queue and list registers: which interrupts are chosen, which are left out, and how those that were left out
 * end. Some tests here and in test_vgic_changes.c are mistakes that hypervisors have made in this place;
 * tests/model/ explores the rest.
 */
#include "vgic_lists.h"

#define ALL_LISTED (ICH_HCR_EN | ICH_HCR_TDIR) /* of a VM with several vCPUs */

static void test_many_are_queued_as_each_by_itself(void **state)
{
	static struct vgic_queue one_by_one, many;
	uint8_t priority[32];

	(void)state;
	for (unsigned i = 0; i < 32; i++)
		priority[i] = (uint8_t)(i * 7 % 5 << 3);
	for (unsigned bank = 0; bank < 3; bank++)
		for (uint32_t bits = 0x80010115 >> bank, left = bits; left; left &= left - 1)
			vgic_queue_add(&one_by_one, priority[__builtin_ctz(left)],
						   bank * 32 + (uint32_t)__builtin_ctz(left));
	for (unsigned bank = 0; bank < 3; bank++)
		vgic_queue_add_many(&many, priority, bank, 0x80010115 >> bank);
	vgic_queue_add_many(&many, priority, 3, 0);
	assert_memory_equal(&many, &one_by_one, sizeof(many));
}

static void test_queue_is_a_priority_queue(void **state)
{
	static struct vgic_queue queue;
	static uint8_t priority[1024];
	uint32_t x = 1, last = 0;

	(void)state;
	memset(&queue, 0, sizeof(queue));
	for (uint32_t n = 0; n < 1024; n++) {
		x = x * 1664525 + 1013904223;
		priority[n] = (uint8_t)(x >> 24) & 0xf8;
		vgic_queue_add(&queue, priority[n], n);
		assert_int_equal(queue.count, n + 1);
		assert_true(vgic_queue_has(&queue, n));
	}
	for (uint32_t n = 0; n < 1024; n += 3)
		vgic_queue_remove(&queue, priority[n], n);
	for (uint32_t left = 1024 - 342; left; left--) {
		uint32_t best = vgic_queue_best(&queue);

		assert_int_not_equal(best, VGIC_NONE);
		assert_int_not_equal(best % 3, 0);
		assert_true(priority[best] >= last);
		last = priority[best];
		vgic_queue_remove(&queue, priority[best], best);
	}
	assert_int_equal(vgic_queue_best(&queue), VGIC_NONE);
	assert_int_equal(queue.levels, 0);
}

static void test_images(void **state)
{
	(void)state;
	prepare(0, LINKED_EDGE, 0xa0);
	assert_int_equal(vgic_lr_image(&gic.spi[0], LINKED_EDGE), LR_HW | LR_GROUP | FIELD_PUT(LR_PINTID, 140) |
																  FIELD_PUT(LR_PRIORITY, 0xa0) | LINKED_EDGE);
	set_priority(0, SPI, 0x48);
	assert_int_equal(vgic_lr_image(&gic.spi[0], SPI), LR_EOI | FIELD_PUT(LR_PRIORITY, 0x48) | SPI);
	assert_int_equal(vgic_lr_image(&cpus[0].private, 3), 3);
}

static void test_best_first_and_all_in_the_end(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 8; n++) {
		prepare(0, 60 + n, (uint8_t)(0x80 + 8 * (7 - n)));
		vgic_raise_shared(&gic, 60 + n);
	}
	enter(0);
	assert_int_equal(cpus[0].hcr & ICH_HCR_NPIE, ICH_HCR_NPIE);
	for (uint32_t n = 8; n--;) {
		assert_int_equal(acknowledge(0), 60 + n);
		end(0, 60 + n);
		if (n == 4)
			enter(0); /* NPIE */
	}
	enter(0);
	assert_int_equal(acknowledge(0), VGIC_NONE);
	assert_int_equal(cpus[0].hcr, ALL_LISTED);
}

/* All list registers hold active interrupts, and one is pending: it must be listed, or NPIE never stops. */
static void test_all_active_and_one_pending_is_no_storm(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 5; n++)
		prepare(0, 60 + n, (uint8_t)(0xc0 - 8 * n));
	for (uint32_t n = 0; n < 4; n++) {
		vgic_raise_shared(&gic, 60 + n);
		enter(0);
		assert_int_equal(acknowledge(0), 60 + n);
	}
	vgic_raise_shared(&gic, 64);
	enter(0);
	assert_non_null(find(0, 64, LR_PENDING));
	assert_int_equal(cpus[0].hcr & ICH_HCR_NPIE, 0);
	assert_int_equal(cpus[0].hcr & ICH_HCR_LRENPIE, ICH_HCR_LRENPIE);
}

/* Which active interrupts are spilled, and what an ICC_EOIR that only counts has ended. */
static void test_spilled_active_is_completed_by_the_count(void **state)
{
	(void)state;
	here[0].lrs.count = 2;
	for (uint32_t n = 0; n < 4; n++)
		prepare(0, 60 + n, (uint8_t)(0xc0 - 8 * n));
	for (uint32_t n = 0; n < 4; n++) {
		vgic_raise_shared(&gic, 60 + n);
		enter(0);
		assert_int_equal(acknowledge(0), 60 + n);
	}
	enter(0);
	for (uint32_t n = 4; n--;)
		end(0, 60 + n); /* the two best are listed; the others are counted, best first */
	assert_int_equal(here[0].eoi_count, 2);
	enter(0);
	for (uint32_t n = 0; n < 4; n++)
		assert_false(read_bit(0, GIC_ISACTIVER, 60 + n));
}

static void test_overflow_deactivates_the_right_linked_one(void **state)
{
	(void)state;
	here[0].lrs.count = 1;
	prepare(0, LINKED_LEVEL, 0xc0);
	prepare(0, LINKED_EDGE, 0xb0);
	prepare(0, SPI, 0xa0);
	take(0, LINKED_LEVEL);
	enter(0);
	assert_int_equal(acknowledge(0), LINKED_LEVEL);
	take(0, LINKED_EDGE);
	enter(0);
	assert_int_equal(acknowledge(0), LINKED_EDGE);
	write_bit(0, GIC_ISPENDR, SPI);
	enter(0);
	assert_int_equal(acknowledge(0), SPI);
	end(0, SPI);
	end(0, LINKED_EDGE);
	fold(0);
	assert_int_equal(folded.deactivate_count, 1);
	assert_int_equal(folded.deactivate[0], PHYSICAL(LINKED_EDGE));
	assert_true(read_bit(0, GIC_ISACTIVER, LINKED_LEVEL));
}

/* ICC_DIR traps, and ends the interrupt that it names by GICD_ICACTIVER. */
static void test_trapped_dir_names_the_one(void **state)
{
	(void)state;
	here[0].lrs.count = 1;
	prepare(0, LINKED_LEVEL, 0xc0);
	prepare(0, SPI, 0xa0);
	take(0, LINKED_LEVEL);
	enter(0);
	assert_int_equal(acknowledge(0), LINKED_LEVEL);
	write_bit(0, GIC_ISPENDR, SPI);
	enter(0);
	assert_int_equal(cpus[0].hcr & ICH_HCR_TDIR, ICH_HCR_TDIR);
	assert_int_equal(acknowledge(0), SPI);
	fold(0);
	assert_int_equal(write_bit(0, GIC_ICACTIVER, LINKED_EDGE).deactivate, 0);
	assert_int_equal(write_bit(0, GIC_ICACTIVER, LINKED_LEVEL).deactivate, 1u << (LINKED_LEVEL % 32));
	assert_false(read_bit(0, GIC_ISACTIVER, LINKED_LEVEL));
	assert_true(read_bit(0, GIC_ISACTIVER, SPI));
}

static void test_sgi_twice_and_from_two(void **state)
{
	(void)state;
	prepare(1, 5, 0xa0);
	assert_int_equal(vgic_send_sgi(&gic, 2, 5, true), 2);
	assert_int_equal(vgic_send_sgi(&gic, 2, 5, true), 2);
	enter(1);
	assert_int_equal(acknowledge(1), 5);
	vgic_send_sgi(&gic, 2, 5, true); /* while it is active: afterwards */
	enter(1);
	assert_int_equal(acknowledge(1), VGIC_NONE);
	end(1, 5);
	assert_int_equal(acknowledge(1), 5);
	end(1, 5);
	enter(1);
	assert_int_equal(acknowledge(1), VGIC_NONE);
}

static void test_sgi_of_the_other_group_is_dropped(void **state)
{
	(void)state;
	prepare(0, 5, 0xa0);
	write_bit(1, GIC_ISENABLER, 5);
	assert_int_equal(vgic_send_sgi(&gic, 3, 5, true), 1);
	assert_int_equal(vgic_send_sgi(&gic, 3, 5, false), 2);
}

static void test_place_uses_free_ones_only(void **state)
{
	struct vgic_lrs lrs = {.count = 4, .occupied = 0x5};

	(void)state;
	for (uint32_t n = 0; n < 2; n++) {
		prepare(0, 60 + n, 0xa0);
		vgic_raise_shared(&gic, 60 + n);
	}
	assert_true(vgic_attend(&gic, &cpus[0], lrs.occupied, &folded.attend));
	assert_true(vgic_fits(&cpus[0], &lrs));
	assert_true(vgic_place(&gic, &cpus[0], VMCR_BOTH, &lrs));
	assert_int_equal(lrs.given, 0xa);
	assert_int_equal(cpus[0].hcr, ALL_LISTED);
	prepare(0, 62, 0xa0);
	vgic_raise_shared(&gic, 62);
	lrs.occupied = 0xf;
	lrs.given = 0;
	assert_true(vgic_attend(&gic, &cpus[0], lrs.occupied, &folded.attend));
	assert_false(vgic_fits(&cpus[0], &lrs));
	assert_false(vgic_place(&gic, &cpus[0], VMCR_BOTH, &lrs));
	assert_int_equal(lrs.given, 0);
}

/* More wait than list registers are free: the best are listed, and the maintenance interrupt asks for the
 * rest. */
static void test_place_what_does_not_fit(void **state)
{
	struct vgic_lrs lrs = {.count = 4, .occupied = 0x3};

	(void)state;
	for (uint32_t n = 0; n < 3; n++) {
		prepare(0, 60 + n, (uint8_t)(0xa0 - 8 * n));
		vgic_raise_shared(&gic, 60 + n);
	}
	assert_true(vgic_attend(&gic, &cpus[0], lrs.occupied, &folded.attend));
	assert_false(vgic_fits(&cpus[0], &lrs));
	assert_true(vgic_place(&gic, &cpus[0], VMCR_BOTH, &lrs));
	assert_int_equal(lrs.given, 0xc);
	assert_int_equal(FIELD_GET(LR_VINTID, lrs.value[2]), 62);
	assert_int_equal(FIELD_GET(LR_VINTID, lrs.value[3]), 61);
	assert_true(cpus[0].hcr & ICH_HCR_NPIE);
	lrs.occupied = lrs.given = 0;
	assert_false(vgic_fits(&cpus[0], &lrs)); /* the last time it did not */
	assert_true(vgic_place(&gic, &cpus[0], VMCR_BOTH, &lrs));
	assert_int_equal(lrs.given, 1);
	assert_int_equal(cpus[0].hcr, ALL_LISTED);
}

/* With any interrupts in it, each at any level. */
static void test_an_emptied_queue_is_a_new_one(void **state)
{
	static const struct vgic_queue new;
	static struct vgic_queue queue;

	(void)state;
	for (unsigned step = 1; step < VGIC_BANKS_MAX * 32; step += 7) {
		for (uint32_t vintid = step % 5; vintid < VGIC_BANKS_MAX * 32; vintid += step)
			vgic_queue_add(&queue, (uint8_t)(vintid * step), vintid);
		vgic_queue_reset(&queue);
		assert_memory_equal(&queue, &new, sizeof(queue));
	}
}

#define TEST(name) cmocka_unit_test_setup(name, set_up_lists)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_emptied_queue_is_a_new_one),
		TEST(test_many_are_queued_as_each_by_itself),
		TEST(test_queue_is_a_priority_queue),
		TEST(test_images),
		TEST(test_best_first_and_all_in_the_end),
		TEST(test_all_active_and_one_pending_is_no_storm),
		TEST(test_spilled_active_is_completed_by_the_count),
		TEST(test_overflow_deactivates_the_right_linked_one),
		TEST(test_trapped_dir_names_the_one),
		TEST(test_sgi_twice_and_from_two),
		TEST(test_sgi_of_the_other_group_is_dropped),
		TEST(test_place_uses_free_ones_only),
		TEST(test_place_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
