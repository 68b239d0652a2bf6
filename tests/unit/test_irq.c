/* SPDX-License-Identifier: Apache-2.0 */
/* Owner words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "irq/owner.h"
#include "machine/api/gic_registers.h"

static struct irq_table table;
static struct irq_bank banks[2];

static int set_up(void **state)
{
	(void)state;
	memset(&table, 0, sizeof(table));
	memset(banks, 0, sizeof(banks));
	return 0;
}

static uint64_t *word_of(uint32_t intid)
{
	return irq_word(&table, NULL, intid);
}

static void test_one_owner(void **state)
{
	(void)state;
	assert_int_equal(irq_give(word_of(40), 3, 50), OK);
	assert_int_equal(irq_give(word_of(40), 4, 51), ERR_CONFLICT);
	assert_int_equal(irq_give_hypervisor(word_of(40)), ERR_CONFLICT);
	assert_int_equal(irq_kind(*word_of(40)), IRQ_GUEST);
	assert_int_equal(irq_vcpu(*irq_word(&table, &banks[1], 40)), 3); /* an SPI has one word */
	assert_int_equal(irq_vintid(*word_of(40)), 50);
	assert_int_equal(irq_give_hypervisor(word_of(41)), OK);
	assert_int_equal(irq_give(word_of(41), 1, 41), ERR_CONFLICT);
	assert_int_equal(irq_kind(*word_of(42)), IRQ_NOBODY);
}

static void test_private_interrupts_have_an_owner_in_each_bank(void **state)
{
	(void)state;
	assert_int_equal(irq_give(irq_word(&table, &banks[0], 27), 1, 27), OK);
	assert_int_equal(irq_give(irq_word(&table, &banks[1], 27), 2, 27), OK);
	assert_int_equal(irq_give_hypervisor(irq_word(&table, &banks[0], 26)), OK);
	assert_int_equal(irq_give(irq_word(&table, &banks[0], 26), 1, 26), ERR_CONFLICT);
	assert_int_equal(irq_vcpu(*irq_word(&table, &banks[0], 27)), 1);
	assert_int_equal(irq_vcpu(*irq_word(&table, &banks[1], 27)), 2);
	assert_int_equal(irq_kind(*irq_word(&table, &banks[0], 26)), IRQ_HYPERVISOR);
	assert_int_equal(irq_kind(*irq_word(&table, &banks[1], 26)), IRQ_NOBODY);
	assert_ptr_not_equal(irq_detours(&table, &banks[0], 27), irq_detours(&table, &banks[1], 27));
	assert_ptr_equal(irq_detours(&table, &banks[0], 40), irq_detours(&table, &banks[1], 40));
}

/*
 * Only a ready word of this very vCPU agrees with the vCPU's tag, and the rest of the word is the list
 * register.
 */
static void test_tag_and_image(void **state)
{
	uint64_t image = LR_HW | LR_GROUP | FIELD_PUT(LR_PINTID, 1019) | FIELD_PUT(LR_PRIORITY, 0xf8) | 987;
	uint64_t *word = word_of(1019);

	(void)state;
	assert_int_equal(irq_give(word, 63, 987), OK);
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

/* No possible word has the tag that a vCPU carries while nothing may be written directly. */
static void test_nothing_agrees_with_never(void **state)
{
	(void)state;
	for (unsigned vcpu = 0; vcpu < VCPU_MAX; vcpu++)
		assert_int_not_equal((irq_tag(vcpu) ^ IRQ_TAG_NEVER) & IRQ_WORD_TAG, 0);
	assert_int_equal(irq_give_hypervisor(word_of(50)), OK);
	assert_int_not_equal((*word_of(50) ^ IRQ_TAG_NEVER) & IRQ_WORD_TAG, 0);
	assert_int_not_equal((*word_of(51) ^ IRQ_TAG_NEVER) & IRQ_WORD_TAG, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_one_owner, set_up),
		cmocka_unit_test_setup(test_private_interrupts_have_an_owner_in_each_bank, set_up),
		cmocka_unit_test_setup(test_tag_and_image, set_up),
		cmocka_unit_test_setup(test_nothing_agrees_with_never, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
