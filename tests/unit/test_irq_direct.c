/* SPDX-License-Identifier: Apache-2.0 */
/* Priorities of direct delivery, every one of them; and what happens too often. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "irq/direct.h"

#define VALUES 256u
#define STEP 16u /* between two priorities that such a guest can tell apart */
#define IMPLEMENTED \
	(0xff00u >> IRQ_DIRECT_BITS_MIN & 0xff) /* of a physical GIC with as few bits as may be \
											 */
#define LOWEST 0xf0u

static unsigned priority(unsigned guest)
{
	return irq_direct_priority((uint8_t)guest) & IMPLEMENTED;
}

static unsigned mask(unsigned guest)
{
	return irq_direct_mask((uint8_t)guest) & IMPLEMENTED;
}

/* ICC_PMR_EL1 lets through what is less. Where it divides the two lowest priorities, it is named. */
static void test_a_mask_lets_through_what_the_guest_meant(void **state)
{
	(void)state;
	for (unsigned guest = 0; guest < LOWEST; guest += STEP)
		for (unsigned v = 0; v < VALUES; v++)
			assert_int_equal(priority(guest) < mask(v), guest < v);
	for (unsigned v = 0; v < VALUES; v++) {
		assert_int_equal(irq_direct_divides((uint8_t)v), (LOWEST - STEP < v) != (LOWEST < v));
		assert_int_equal(priority(LOWEST) < mask(v), LOWEST < v || irq_direct_divides((uint8_t)v));
	}
}

static void test_order_is_kept(void **state)
{
	(void)state;
	for (unsigned a = 0; a < VALUES; a++)
		for (unsigned b = 0; b < VALUES; b++) {
			assert_int_equal(priority(a) < priority(b), a / STEP < b / STEP && a < LOWEST - STEP);
			if (a <= b) {
				assert_true(irq_direct_priority((uint8_t)a) <= irq_direct_priority((uint8_t)b));
				assert_true(irq_direct_mask((uint8_t)a) <= irq_direct_mask((uint8_t)b));
			}
		}
}

/* Whatever the guest writes: EL2's interrupts have a higher priority, and no mask of the guest stops them. */
static void test_never_before_the_hypervisor(void **state)
{
	(void)state;
	for (unsigned v = 0; v < VALUES; v++) {
		assert_true(priority(v) >= IRQ_DIRECT_FIRST);
		assert_true(mask(v) >= IRQ_DIRECT_FIRST);
	}
}

/* With more bits than the guest sees, too: it has written only the bits that it sees. */
static void test_the_running_priority_is_what_the_guest_wrote(void **state)
{
	(void)state;
	assert_int_equal(irq_direct_running(IRQ_DIRECT_IDLE), IRQ_DIRECT_IDLE);
	for (unsigned v = 0; v < VALUES; v++) {
		unsigned guest = v & (0xff00u >> (IRQ_DIRECT_BITS_MIN - 1));

		if (guest >= LOWEST - STEP) /* two that are one level: it is known as the higher one */
			guest = LOWEST - STEP;
		assert_int_equal(irq_direct_running((uint8_t)priority(guest)), guest);
		assert_int_equal(irq_direct_running(irq_direct_priority((uint8_t)guest)), guest);
		if (v < LOWEST - STEP)
			assert_int_equal(irq_direct_running(irq_direct_priority((uint8_t)(v & 0xfe))) & 0xfe, v & 0xfe);
	}
}

static void test_rate(void **state)
{
	const uint64_t window = 1000, begin = 5000;
	struct irq_rate rate = {0};

	(void)state;
	for (unsigned most = 0; most < 4; most++)
		for (unsigned n = 0; n < 3; n++) { /* each window begins at zero */
			uint64_t start = begin + (most * 3 + n) * window;

			for (unsigned event = 0; event < most; event++)
				assert_false(irq_rate_count(&rate, start + event, window, most));
			assert_true(irq_rate_count(&rate, start + (most ? window - 1 : 0), window, most));
		}
	/* This many spread over two windows are not too many, since the counter has begun again between them. */
	rate = (struct irq_rate){.since = UINT64_MAX - window / 2};
	assert_false(irq_rate_count(&rate, UINT64_MAX, window, 2));
	assert_false(irq_rate_count(&rate, 10, window, 2));
	assert_false(irq_rate_count(&rate, window, window, 2));
	assert_false(irq_rate_count(&rate, 2 * window - 1, window, 2));
	assert_true(irq_rate_count(&rate, 2 * window - 1, window, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_mask_lets_through_what_the_guest_meant),
		cmocka_unit_test(test_order_is_kept),
		cmocka_unit_test(test_never_before_the_hypervisor),
		cmocka_unit_test(test_the_running_priority_is_what_the_guest_wrote),
		cmocka_unit_test(test_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
