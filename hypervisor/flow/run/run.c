/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/run/run.h"

#include "flow/box/turn.h"
#include "flow/deliver/direct.h"
#include "flow/deliver/irq.h"
#include "flow/deliver/present.h"
#include "flow/deliver/ring.h"
#include "flow/hold/seize.h"
#include "flow/housekeeping/housekeeping.h"
#include "flow/life/life.h"
#include "flow/own/delivery.h"
#include "flow/run/share.h"
#include "machine/api/cpu.h"
#include "machine/api/mmu.h"

/* False: the vCPU must not be entered again. */
static __attribute__((noinline)) bool attend_seldom(struct vcpu *vcpu)
{
	if (atomic_load(&vcpu->stopping))
		return false;
	if (atomic_load(&vcpu->asked))
		seize_answer(vcpu);
	if (atomic_load(&vcpu->rings))
		ring_wait(vcpu);
	if (vcpu->ends_direct)
		delivery_end_direct(vcpu);
	return true;
}

/*
 * Of those that share the pCPU. One that was not chosen before may have waited for long already: the console
 * comes behind it.
 */
static struct vcpu *choose(void)
{
	const struct queue *queue = &pcpu_here()->queue;
	int before = queue->runs;
	struct vcpu *vcpu = share_next();

	if (queue->runs != before && vcpu && turn_is_wanted())
		turn_put_off();
	return vcpu;
}

/* The one that is chosen; others run while `vcpu` is held, too. NULL: none, or its VM has something to do
 * first. */
static __attribute__((noinline)) struct vcpu *attend_shared(void)
{
	struct vcpu *vcpu = choose();

	if (!vcpu || (!life_goes_on(vcpu) && life_has_work(vcpu)))
		return NULL;
	if (atomic_load(&vcpu->hold))
		present_fold(vcpu);
	return vcpu;
}

/* It shares its pCPU, and was chosen. Is there nothing else before it is entered? */
static bool is_presented(struct vcpu *vcpu)
{
	return !turn_is_wanted() && present_begin(vcpu) && !run_must_attend(vcpu) && !atomic_load(&vcpu->hold);
}

/* Called after irq_from_guest_*(), and at the end of exits. */
struct frame *run_attend(struct frame *frame)
{
	struct vcpu *vcpu = vcpu_of_frame(frame);

	if (atomic_load(&vcpu->kept)) {
		if (!vcpu->shares)
			present_fold(vcpu); /* it is held */
		else if (!(vcpu = attend_shared()))
			return NULL;
		else if (is_presented(vcpu))
			return &vcpu->frame;
	}
	vcpu->counters.attends++;
	do {
		if (turn_is_wanted() && turn_begin()) {
			present_fold(vcpu); /* no holder must wait for the console */
			housekeeping_work();
			turn_end();
		}
		if (atomic_load_acquire(&vcpu->seldom) && /* pairs with life_stop(), seize_ask(), ring_at() */
			!attend_seldom(vcpu))
			return NULL;
		present_refresh(vcpu);
		if (atomic_load(&vcpu->hold))
			present_fold(vcpu);
	} while (run_must_attend(vcpu));
	return &vcpu->frame;
}

struct frame *run_start(struct vcpu *vcpu)
{
	gic_vif_set_vmcr(0);
	gic_vif_priorities_load(&(struct gic_vif_priorities){{0}, {0}});
	mmu_stage2_enter(vcpu->vm->stage2_root, vcpu->vm->vmid);
	if (box.has_closed_flag)
		guest_choose_vectors(vcpu->vgic.closed.pages);
	return run_attend(&vcpu->frame);
}

/* A resident vCPU that shares its pCPU sleeps, and its guest may have the interface. */
static void take_interrupts(struct pcpu *pcpu)
{
	struct vcpu *vcpu = atomic_load_acquire(&pcpu->vcpu); /* pairs with commit() in build.c */

	if (!pcpu->queue.count) {
		irq_take_idle(vcpu);
		return;
	}
	if (vcpu)
		direct_begin(vcpu);
	irq_take_idle(NULL);
	if (vcpu)
		direct_end(vcpu);
}

/* One turn of the idle loop: the frame to enter, or NULL. */
static struct frame *idle(struct vcpu *vcpu)
{
	enum life_next next;

	if (vcpu && atomic_load(&vcpu->rings)) /* it turned off before it looked */
		ring_wait(vcpu);
	housekeeping_work();
	next = vcpu ? life_step(vcpu) : LIFE_WAITS;
	if (next == LIFE_ENTERS)
		return run_start(vcpu);
	if (next == LIFE_WAITS && !turn_is_wanted())
		cpu_wait_for_interrupt();
	return NULL;
}

/*
 * The same where several vCPUs share the pCPU. Between a look at what has come and the choice, or behind the
 * choice, there is no work of the console: somebody more urgent may have been woken.
 */
static struct frame *idle_shared(void)
{
	struct vcpu *vcpu = choose();
	bool wanted = turn_is_wanted();

	if (!vcpu) {
		housekeeping_work();
		if (!wanted)
			share_wait(); /* work that is wanted by now comes with a kick */
		return NULL;
	}
	if (wanted && life_has_work(vcpu) && turn_begin()) {
		present_fold(vcpu); /* as in run_attend() */
		housekeeping_work();
		turn_end();
		return NULL;
	}
	if (vcpu->stopping)
		life_stop_vcpu(vcpu);
	switch (life_step(vcpu)) {
	case LIFE_ENTERS:
		return run_start(vcpu);
	case LIFE_WAITS:
		return vcpu->entered && !life_has_work(vcpu) ? run_attend(&vcpu->frame) : NULL;
	default:
		return NULL;
	}
}

struct frame *run_idle(void)
{
	struct pcpu *pcpu = pcpu_here();
	struct frame *frame;

	do {
		if (pcpu->vcpu)
			life_stop_vcpu(pcpu->vcpu); /* it ran until now, or was about to */
		take_interrupts(pcpu);          /* what a kick tells of is read behind it: there is no second kick */
		frame = pcpu->queue.count
					? idle_shared()
					: idle(atomic_load_acquire(&pcpu->vcpu)); /* pairs with commit() in build.c */
	} while (!frame);
	return frame;
}
