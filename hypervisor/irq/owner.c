/* SPDX-License-Identifier: Apache-2.0 */
#include "irq/owner.h"

enum err irq_give(uint64_t *word, unsigned vcpu, uint32_t vintid)
{
	if (irq_kind(*word) != IRQ_NOBODY && irq_kind(*word) != IRQ_MOVING)
		return ERR_CONFLICT;
	atomic_store(word, FIELD_PUT(IRQ_WORD_KIND, IRQ_GUEST) | FIELD_PUT(IRQ_WORD_VCPU, vcpu) | vintid);
	return OK;
}

void irq_take_away(uint64_t *word, bool latched)
{
	atomic_store(word, FIELD_PUT(IRQ_WORD_KIND, IRQ_MOVING) | (latched ? IRQ_WORD_LATCHED : 0));
}

enum err irq_give_hypervisor(uint64_t *word)
{
	if (irq_kind(*word) != IRQ_NOBODY)
		return ERR_CONFLICT;
	atomic_store(word, FIELD_PUT(IRQ_WORD_KIND, IRQ_HYPERVISOR));
	return OK;
}

void irq_make_ready(uint64_t *word, unsigned vcpu, uint64_t image)
{
	atomic_store(word, irq_tag(vcpu) | IRQ_WORD_PENDING | image);
}

void irq_spoil(uint64_t *word)
{
	atomic_store(word, atomic_load(word) & ~(IRQ_WORD_READY | IRQ_WORD_PENDING));
}
