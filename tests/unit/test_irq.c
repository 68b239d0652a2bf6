/* SPDX-License-Identifier: Apache-2.0 */
/* Owner words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "irq/owner.h"
#include "vgic/registers.h"

static struct irq_table table;

static int set_up(void **state)
{
	(void)state;
	memset(&table, 0, sizeof(table));
	return 0;
}

static void test_one_owner(void **state)
{
	(void)state;
	assert_int_equal(irq_give(&table, 0, 40, 3, 50), OK);
	assert_int_equal(irq_give(&table, 0, 40, 4, 51), ERR_CONFLICT);
	assert_int_equal(irq_give_hypervisor(&table, 0, 40), ERR_CONFLICT);
	assert_int_equal(irq_kind(*irq_word(&table, 0, 40)), IRQ_GUEST);
	assert_int_equal(irq_vcpu(*irq_word(&table, 5, 40)), 3); /* an SPI has one word */
	assert_int_equal(irq_vintid(*irq_word(&table, 0, 40)), 50);
	assert_int_equal(irq_give_hypervisor(&table, 0, 41), OK);
	assert_int_equal(irq_give(&table, 0, 41, 1, 41), ERR_CONFLICT);
	assert_int_equal(irq_kind(*irq_word(&table, 0, 42)), IRQ_NOBODY);
}

static void test_private_interrupts_have_an_owner_on_each_pcpu(void **state)
{
	(void)state;
	assert_int_equal(irq_give(&table, 0, 27, 1, 27), OK);
	assert_int_equal(irq_give(&table, 63, 27, 2, 27), OK);
	assert_int_equal(irq_give_hypervisor(&table, 1, 27), OK);
	assert_int_equal(irq_vcpu(*irq_word(&table, 0, 27)), 1);
	assert_int_equal(irq_vcpu(*irq_word(&table, 63, 27)), 2);
	assert_int_equal(irq_kind(*irq_word(&table, 1, 27)), IRQ_HYPERVISOR);
}

/* Only a ready word of this very vCPU agrees with its tag, and what is left of it is the list register. */
static void test_tag_and_image(void **state)
{
	uint64_t image = LR_HW | LR_GROUP | FIELD_PUT(LR_PINTID, 1019) | FIELD_PUT(LR_PRIORITY, 0xf8) | 987;
	uint64_t *word = irq_word(&table, 0, 1019);

	(void)state;
	assert_int_equal(irq_give(&table, 0, 1019, 63, 987), OK);
	for (unsigned vcpu = 0; vcpu < VCPU_MAX; vcpu++)
		assert_int_not_equal((*word ^ irq_tag(vcpu)) & IRQ_WORD_TAG, 0);
	irq_make_ready(word, 63, image);
	for (unsigned vcpu = 0; vcpu < VCPU_MAX; vcpu++)
		assert_int_equal(((*word ^ irq_tag(vcpu)) & IRQ_WORD_TAG) == 0, vcpu == 63);
	assert_int_not_equal((*word ^ IRQ_TAG_NEVER) & IRQ_WORD_TAG, 0);
	assert_int_equal(*word & ~IRQ_WORD_TAG, image | LR_PENDING);
	irq_make_ready(word, 7, image);
	assert_int_equal(irq_vcpu(*word), 7);
	irq_spoil(word);
	assert_int_not_equal((*word ^ irq_tag(7)) & IRQ_WORD_TAG, 0);
	assert_int_equal(irq_kind(*word), IRQ_GUEST);
	assert_int_equal(irq_vcpu(*word), 7);
	assert_int_equal(irq_vintid(*word), 987);
}

/* No word that can be has the tag that a vCPU carries while nothing may be written directly. */
static void test_nothing_agrees_with_never(void **state)
{
	(void)state;
	for (unsigned vcpu = 0; vcpu < VCPU_MAX; vcpu++)
		assert_int_not_equal((irq_tag(vcpu) ^ IRQ_TAG_NEVER) & IRQ_WORD_TAG, 0);
	assert_int_equal(irq_give_hypervisor(&table, 0, 50), OK);
	assert_int_not_equal((*irq_word(&table, 0, 50) ^ IRQ_TAG_NEVER) & IRQ_WORD_TAG, 0);
	assert_int_not_equal((*irq_word(&table, 0, 51) ^ IRQ_TAG_NEVER) & IRQ_WORD_TAG, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_one_owner, set_up),
		cmocka_unit_test_setup(test_private_interrupts_have_an_owner_on_each_pcpu, set_up),
		cmocka_unit_test_setup(test_tag_and_image, set_up),
		cmocka_unit_test_setup(test_nothing_agrees_with_never, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
