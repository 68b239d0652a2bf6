/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/run/share.h"

#include "flow/box/timer.h"
#include "flow/deliver/effects.h"
#include "flow/deliver/guest_timer.h"
#include "flow/deliver/present.h"
#include "flow/life/life.h"
#include "machine/api/cpu.h"
#include "machine/api/mmu.h"

static struct vcpu *member(const struct pcpu *pcpu, unsigned seat)
{
	return (struct vcpu *)((char *)pcpu->queue.vcpu[seat] - offsetof(struct vcpu, turn));
}

static uint64_t deadline_of(const struct vcpu *vcpu)
{
	/* The resident one may be about to leave: its deadline counts, too. */
	uint64_t virtual = guest_timer_deadline(vcpu->away ? &vcpu->saved : NULL);
	uint64_t emulated = ptimer_deadline(&vcpu->timer);

	return virtual < emulated ? virtual : emulated;
}

/* It is folded: what its model has pending is all there is. */
static bool is_woken(const struct vcpu *vcpu, uint64_t now)
{
	return atomic_load(&vcpu->vgic.attend) || atomic_load(&vcpu->seldom) || vcpu->vgic.pending.count ||
		   deadline_of(vcpu) <= now;
}

/*
 * A sleeper wakes when its model has something for it, or its timer's time has come. The interrupt itself
 * follows when its line is looked at again: from the timer that is loaded then.
 */
static bool is_ready(struct vcpu *vcpu, uint64_t now)
{
	if (atomic_load(&vcpu->hold))
		return false;
	if (life_has_work(vcpu))
		return true;
	if (!vcpu->entered)
		return false;
	if (vcpu->sleeps && is_woken(vcpu, now))
		vcpu->sleeps = false;
	return !vcpu->sleeps;
}

static struct vcpu *choose(struct pcpu *pcpu)
{
	uint64_t now = cpu_counter(), until = UINT64_MAX;
	struct queue_choice choice;

	for (unsigned seat = 0; seat < pcpu->queue.count; seat++) {
		struct vcpu *vcpu = member(pcpu, seat);

		if (is_ready(vcpu, now)) {
			queue_ready(&pcpu->queue, seat);
			continue;
		}
		queue_wait(&pcpu->queue, seat);
		if (vcpu->entered && deadline_of(vcpu) < until)
			until = deadline_of(vcpu);
	}
	choice = queue_choose(&pcpu->queue, now);
	timer_set(TIMER_SHARE, choice.until < until ? choice.until : until);
	return choice.vcpu == QUEUE_NONE ? NULL : member(pcpu, (unsigned)choice.vcpu);
}

static void switch_out(struct vcpu *vcpu)
{
	present_fold(vcpu);
	vcpu->vmcr = gic_vif_vmcr();
	gic_vif_priorities_save(&vcpu->priorities);
	gic_vif_set_control(0);
	timer_set(TIMER_VCPU, TIMER_NEVER);
	guest_save(&vcpu->saved);
	effects_leave(vcpu);
}

static void switch_in(struct vcpu *vcpu, const struct vm *last)
{
	guest_stop_walks();
	mmu_stage2_enter(vcpu->vm->stage2_root, vcpu->vm->vmid);
	if (last == vcpu->vm)
		mmu_forget_translations(); /* each of them believes that its TLB is its own */
	guest_load(&vcpu->saved);
	guest_trap_waits();
	effects_enter(vcpu);
	gic_vif_set_vmcr(vcpu->vmcr);
	gic_vif_priorities_load(&vcpu->priorities);
	vcpu->folded = true;
	vcpu->frame.callee_changed = 1; /* all of its registers are loaded */
	guest_timer_update(vcpu);
}

struct vcpu *share_next(void)
{
	struct pcpu *pcpu = pcpu_here();
	struct vcpu *last = pcpu->vcpu, *next = choose(pcpu);

	if (!next || next == last)
		return next;
	if (last)
		switch_out(last);
	atomic_store_release(&pcpu->vcpu, next);
	switch_in(next, last ? last->vm : NULL);
	return next;
}

void share_sleep(struct vcpu *vcpu)
{
	present_fold(vcpu); /* an interrupt that is still listed, though its line has fallen, wakes nobody */
	vcpu->sleeps = true;
}
