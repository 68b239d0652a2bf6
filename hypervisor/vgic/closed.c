/* SPDX-License-Identifier: Apache-2.0 */
#include "vgic/closed.h"

static bool may_come(const struct vgic_closed *closed, uint8_t priority)
{
	return vgic_closed_comes(closed, priority) || atomic_load(&closed->waiting);
}

/*
 * The maximum, which is written even if it stands there already: so the pCPU that takes it back after that
 * sees what was raised before.
 */
static void raise_pending(uint32_t *pending, uint32_t urgency)
{
	uint32_t was = atomic_load(pending);

	/* Release: pairs with the swap in vgic_closed_take_back(). */
	while (!atomic_replace(pending, &was, was > urgency ? was : urgency))
		;
}

bool vgic_closed_withholds(struct vgic_closed *closed, uint8_t priority, enum signalbox_avoided avoided)
{
	if (may_come(closed, priority))
		return false;
	raise_pending(&closed->pages->pending, SIGNALBOX_URGENCY(priority));
	/*
	 * Pairs with the ones in signalbox_closed_opens_to_call() and vgic_closed_wait(): either the guest finds
	 * what is pending, or EL2 what was raised, or this pCPU sees that it may come.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (may_come(closed, priority))
		return false;
	atomic_add(&closed->pages->avoided[avoided], 1);
	return true;
}

void vgic_closed_take_back(struct vgic_closed *closed)
{
	/* Acquire: pairs with the release in raise_pending(). What stood there was raised, and `attend` shows it.
	 */
	if (closed->pages && atomic_load(&closed->pages->pending))
		atomic_swap(&closed->pages->pending, 0);
}

void vgic_closed_open(struct vgic_closed *closed)
{
	if (!closed->pages)
		return;
	atomic_store(&closed->pages->closed, SIGNALBOX_CLOSED_NOTHING);
	vgic_closed_take_back(closed);
	/* Pairs with the one in vgic_closed_withholds(): its pCPU sees the store, or the vCPU what it has raised.
	 */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}
