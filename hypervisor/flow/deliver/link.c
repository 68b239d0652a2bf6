/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/link.h"

#include "base/log.h"

/* 0, which has no owner, if the interrupt is not shared. */
static uint64_t word_of(uint32_t intid)
{
	return intid >= GIC_PRIVATE_COUNT && intid < box.gic.intid_count ? atomic_load(shared_word(intid)) : 0;
}

struct vm *link_owner(uint32_t intid)
{
	uint64_t word = word_of(intid);

	return irq_kind(word) == IRQ_GUEST ? box.vcpu[irq_vcpu(word)]->vm : NULL;
}

bool link_is_moving(uint32_t intid)
{
	return irq_kind(word_of(intid)) == IRQ_MOVING;
}

/* Rare, and kept out of the frequent code. */
__attribute__((noinline, cold)) void link_say_no_answer(struct vm *vm, uint32_t intid)
{
	log_of_limited(&vm->log, LOG_ERROR, "the distributor does not confirm that interrupt %u is disabled",
				   intid);
}
