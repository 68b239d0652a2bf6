/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/deliver/link.h"

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
