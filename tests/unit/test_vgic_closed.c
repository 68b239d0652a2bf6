/* SPDX-License-Identifier: Apache-2.0 */
/* The closed flag on EL2's side: every priority, with every value of the guest's word that makes a
 * difference. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vgic/vgic.h"

static struct signalbox_closed pages;
static struct vgic_closed closed;

/* Called by nothing here: these tests are EL2. */
int64_t signalbox_closed_call(uint32_t function)
{
	(void)function;
	return SIGNALBOX_NOT_SUPPORTED;
}

static int set_up(void **state)
{
	(void)state;
	memset(&pages, 0, sizeof(pages));
	closed = (struct vgic_closed){.pages = &pages};
	return 0;
}

static bool withholds(unsigned priority)
{
	return vgic_closed_withholds(&closed, (uint8_t)priority, SIGNALBOX_AVOIDED_KICK);
}

/* As ICC_PMR_EL1 masks: an interrupt comes if its priority is a lower number. */
static void what_the_same_mask_lets_pass_comes(void **state)
{
	(void)state;
	for (unsigned mask = 0; mask <= 0xff; mask++)
		for (unsigned priority = 0; priority <= 0xff; priority++) {
			pages.closed = SIGNALBOX_CLOSED_FROM(mask);
			pages.pending = 0;
			assert_int_equal(vgic_closed_comes(&closed, (uint8_t)priority), priority < mask);
			assert_int_equal(withholds(priority), priority >= mask);
			assert_int_equal(pages.pending, priority < mask ? 0 : 0x100 - priority);
		}
}

static void zeroed_pages_withhold_nothing(void **state)
{
	(void)state;
	for (unsigned priority = 0; priority <= 0xff; priority++)
		assert_false(withholds(priority));
	assert_int_equal(pages.pending, 0);
	assert_int_equal(pages.avoided[SIGNALBOX_AVOIDED_KICK], 0);
}

static void any_larger_word_closes_everything(void **state)
{
	static const uint32_t words[] = {SIGNALBOX_CLOSED_ALL, 0x101, 0x1ff, 0x10000, 0x80000000, UINT32_MAX};

	(void)state;
	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++)
		for (unsigned priority = 0; priority <= 0xff; priority++) {
			pages.closed = words[w];
			assert_true(withholds(priority));
		}
}

static void pending_is_the_greatest_urgency(void **state)
{
	(void)state;
	for (unsigned first = 0; first <= 0xff; first++)
		for (unsigned second = 0; second <= 0xff; second++) {
			pages.closed = SIGNALBOX_CLOSED_ALL;
			pages.pending = 0;
			assert_true(withholds(first));
			assert_true(withholds(second));
			assert_int_equal(pages.pending, 0x100 - (first < second ? first : second));
		}
}

static void what_is_withheld_is_counted_by_what_it_would_have_cost(void **state)
{
	(void)state;
	pages.closed = SIGNALBOX_CLOSED_FROM(0x80);
	for (unsigned way = 0; way < SIGNALBOX_AVOIDED_COUNT; way++)
		for (unsigned n = 0; n <= way; n++) {
			assert_true(vgic_closed_withholds(&closed, 0x80, way));
			assert_false(vgic_closed_withholds(&closed, 0x78, way));
		}
	for (unsigned way = 0; way < SIGNALBOX_AVOIDED_COUNT; way++)
		assert_int_equal(pages.avoided[way], way + 1);
}

static void a_vcpu_without_pages_has_nothing_withheld(void **state)
{
	(void)state;
	closed.pages = NULL;
	for (unsigned priority = 0; priority <= 0xff; priority++) {
		assert_true(vgic_closed_comes(&closed, (uint8_t)priority));
		assert_false(withholds(priority));
	}
	vgic_closed_take_back(&closed);
}

static void nothing_is_withheld_while_it_waits(void **state)
{
	(void)state;
	pages.closed = SIGNALBOX_CLOSED_ALL;
	vgic_closed_wait(&closed);
	assert_false(withholds(0xf8));
	assert_false(withholds(0));
	assert_int_equal(pages.pending, 0);
	vgic_closed_end_wait(&closed);
	assert_true(withholds(0xf8));
}

static void what_is_taken_back_is_not_pending(void **state)
{
	(void)state;
	pages.closed = SIGNALBOX_CLOSED_ALL;
	assert_true(withholds(0x40));
	vgic_closed_take_back(&closed);
	assert_int_equal(pages.pending, 0);
	assert_true(withholds(0xf0));
	assert_int_equal(pages.pending, 0x10);
}

static void one_that_is_turned_on_has_all_open(void **state)
{
	(void)state;
	pages.closed = SIGNALBOX_CLOSED_ALL;
	assert_true(withholds(0x40));
	vgic_closed_open(&closed);
	assert_int_equal(pages.closed, SIGNALBOX_CLOSED_NOTHING);
	assert_int_equal(pages.pending, 0);
	assert_false(withholds(0x40));
	closed.pages = NULL;
	vgic_closed_open(&closed);
}

/* In whatever order it is found; with direct delivery the flag is for everything or nothing. */
static void the_most_urgent_of_what_is_raised_counts(void **state)
{
	static struct vgic gic;
	static struct vgic_cpu cpu;

	(void)state;
	vgic_init(&gic, 96, 5);
	vgic_add_cpu(&gic, &cpu);
	vgic_reset(&gic);
	assert_false(vgic_withholds(&gic, 0, SIGNALBOX_AVOIDED_KICK)); /* it has no pages */
	cpu.closed.pages = &pages;
	pages.closed = SIGNALBOX_CLOSED_FROM(0x80);
	cpu.private.priority[3] = 0xa0;
	cpu.private.priority[5] = 0x40;
	gic.spi[0].priority[1] = 0x90;
	assert_int_equal(vgic_raise_at(&gic, 0, 3), 1);
	assert_true(vgic_withholds(&gic, 0, SIGNALBOX_AVOIDED_KICK));
	assert_int_equal(pages.pending, 0x60);
	assert_int_equal(vgic_set_line_shared(&gic, 33, true), 1);
	assert_true(vgic_withholds(&gic, 0, SIGNALBOX_AVOIDED_KICK));
	assert_int_equal(pages.pending, 0x70);
	assert_int_equal(vgic_raise_at(&gic, 0, 5), 1);
	assert_false(vgic_withholds(&gic, 0, SIGNALBOX_AVOIDED_KICK));
	cpu.raised[0] = 1u << 3;
	gic.direct = true;
	assert_false(vgic_withholds(&gic, 0, SIGNALBOX_AVOIDED_KICK));
	pages.closed = SIGNALBOX_CLOSED_ALL;
	assert_true(vgic_withholds(&gic, 0, SIGNALBOX_AVOIDED_KICK));
}

/* The guest writes its own page and no other word. */
static void only_the_words_that_are_named_change(void **state)
{
	static struct signalbox_closed expected;

	(void)state;
	pages.closed = expected.closed = UINT32_MAX;
	assert_true(withholds(0x20));
	expected.pending = 0xe0;
	expected.avoided[SIGNALBOX_AVOIDED_KICK] = 1;
	assert_memory_equal(&pages, &expected, sizeof(pages));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(what_the_same_mask_lets_pass_comes, set_up),
		cmocka_unit_test_setup(zeroed_pages_withhold_nothing, set_up),
		cmocka_unit_test_setup(any_larger_word_closes_everything, set_up),
		cmocka_unit_test_setup(pending_is_the_greatest_urgency, set_up),
		cmocka_unit_test_setup(what_is_withheld_is_counted_by_what_it_would_have_cost, set_up),
		cmocka_unit_test_setup(a_vcpu_without_pages_has_nothing_withheld, set_up),
		cmocka_unit_test_setup(nothing_is_withheld_while_it_waits, set_up),
		cmocka_unit_test_setup(what_is_taken_back_is_not_pending, set_up),
		cmocka_unit_test_setup(one_that_is_turned_on_has_all_open, set_up),
		cmocka_unit_test_setup(the_most_urgent_of_what_is_raised_counts, set_up),
		cmocka_unit_test_setup(only_the_words_that_are_named_change, set_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
