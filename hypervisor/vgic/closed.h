/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The closed flag, on EL2's side: may an interrupt that was raised come now, or has the guest closed it? The
 * guest's side, with the pages, is signalbox/closed.h.
 *
 * Which pCPU calls what: one that has raised an interrupt in the model (`raised`, `attend`) asks
 * vgic_withholds() before it lists it, kicks or preempts. The vCPU's own pCPU calls vgic_closed_take_back()
 * before it drains `attend` for the guest's call, and vgic_closed_wait() around a wait at EL2. When the vCPU
 * comes to EL2 for any other reason, what is raised is presented, and `pending` stays: the guest calls in
 * vain, at most once for each interrupt that was withheld. No lock. tests/handshakes/closed.pml explores it.
 *
 * Nothing in the pages is believed beyond "this guest wants no interrupt now". Each word is read once.
 */
#ifndef VGIC_CLOSED_H
#define VGIC_CLOSED_H

#include "base/atomic.h"
#include "signalbox/closed.h"

struct vgic_closed {
	struct signalbox_closed *pages; /* NULL: this vCPU has none, and nothing is withheld. From boot on */
	uint32_t waiting;               /* the vCPU waits at EL2, and the flag is ignored: its own pCPU */
};

/* The rule: what is more urgent than `closed` comes. Any value of the guest's has a meaning. */
static inline bool vgic_closed_may_come(uint32_t closed, uint8_t priority)
{
	return SIGNALBOX_URGENCY(priority) > closed;
}

/* A first look, for the short ways: the interrupt comes. False: vgic_closed_withholds() decides. */
static inline bool vgic_closed_comes(const struct vgic_closed *closed, uint8_t priority)
{
	return !closed->pages || vgic_closed_may_come(atomic_load(&closed->pages->closed), priority);
}

/*
 * An interrupt was raised, with this priority (of several: the most urgent one's; with direct delivery 0,
 * since there the flag is for everything or nothing). True: the guest has closed it, and has to call when it
 * opens; nothing is to be done, and what is `avoided` is counted. False: as if there were no flag.
 */
MUST_USE bool vgic_closed_withholds(struct vgic_closed *closed, uint8_t priority,
									enum signalbox_avoided avoided);

/* The guest has opened and calls: nothing is withheld any more. Before `attend` is drained. */
void vgic_closed_take_back(struct vgic_closed *closed);

/* The vCPU is turned on, with everything open. `attend` is read after this. */
void vgic_closed_open(struct vgic_closed *closed);

/*
 * The vCPU begins to wait for an interrupt at EL2. While it waits nothing is withheld. `attend` is read after
 * this: what was withheld before has not woken anybody.
 */
static inline void vgic_closed_wait(struct vgic_closed *closed)
{
	if (!closed->pages)
		return;
	atomic_store(&closed->waiting, true);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* pairs with the one in vgic_closed_withholds() */
}

static inline void vgic_closed_end_wait(struct vgic_closed *closed)
{
	if (closed->waiting)
		atomic_store(&closed->waiting, false);
}

#endif
