/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/run/share.h"

#include "flow/box/reshare.h"
#include "flow/box/timer.h"
#include "flow/box/turn.h"
#include "flow/deliver/guest_timer.h"
#include "flow/deliver/irq.h"
#include "flow/deliver/lists.h"
#include "flow/deliver/present.h"
#include "flow/deliver/private.h"
#include "flow/deliver/ring.h"
#include "flow/life/life.h"
#include "flow/own/away.h"
#include "machine/api/cpu.h"
#include "machine/api/mmu.h"
#include "vm/layout.h"

/* The compiler must not know what the address is: it would compute that anew at each use. */
static inline struct pcpu *here(void)
{
	struct pcpu *pcpu = pcpu_here();

	__asm__("" : "+r"(pcpu));
	return pcpu;
}

/* It is folded: what its model has pending is all there is, unless it is direct, and resident. */
static bool is_woken(const struct vcpu *vcpu)
{
	return (vcpu->direct && guest_has_interrupt()) || atomic_load(&vcpu->vgic.attend) ||
		   atomic_load(&vcpu->seldom) || vcpu->vgic.pending.count;
}

/* Its VM begins or ends, or it is off: what life has to do with it. */
static __attribute__((noinline)) bool has_work(struct vcpu *vcpu)
{
	vcpu->turn.ends = life_must_end(vcpu);
	if (!vcpu->entered && atomic_load(&vcpu->rings)) /* it turned off before it looked */
		ring_wait(vcpu);
	return life_has_work(vcpu);
}

static bool is_ready(struct vcpu *vcpu)
{
	if (atomic_load(&vcpu->hold))
		return false;
	if (!life_goes_on(vcpu) && has_work(vcpu))
		return true;
	if (vcpu->sleeps && is_woken(vcpu))
		vcpu->sleeps = false;
	if (!vcpu->sleeps)
		vgic_closed_end_wait(&vcpu->vgic.closed);
	return vcpu->entered && !vcpu->sleeps;
}

/* Of a queue; QUEUE_NONE: NULL. */
static struct vcpu *vcpu_at(const struct queue *queue, int place)
{
	return place == QUEUE_NONE ? NULL : vcpu_of_turn(queue->vcpu[place]);
}

static __attribute__((noinline)) struct vcpu *choose(struct pcpu *pcpu)
{
	struct queue *queue = &pcpu->queue;
	struct queue_choice choice;

	reshare_look(pcpu);
	for (unsigned n = 0; n < queue->count; n++)
		if (is_ready(vcpu_of_turn(queue->vcpu[n])))
			queue_ready(queue, n);
		else
			queue_wait(queue, n);
	choice = queue_choose(queue, cpu_counter());
	timer_set(TIMER_SHARE, choice.until);
	return vcpu_at(queue, choice.vcpu);
}

/* What it has lost since its VM started: the accounts go on. */
static uint64_t stolen_ns(const struct queue *queue, unsigned n, struct vcpu *vcpu)
{
	uint64_t stolen = queue_stolen(queue, n, queue->since);

	if (vcpu->pages_are_new)
		vcpu->stolen_before = stolen;
	vcpu->pages_are_new = false;
	return cpu_ticks_to_us(stolen - vcpu->stolen_before) * 1000;
}

/* Their pages say who runs, and what that one has lost meanwhile. `before`: who ran, in the queue. */
static void tell_guests(const struct pcpu *pcpu, int before)
{
	const struct queue *queue = &pcpu->queue;
	struct vcpu *left = vcpu_at(queue, before), *runs = vcpu_at(queue, queue->runs);

	if (left && left->pages)
		atomic_store(&left->pages->preempted, queue->ready >> before & 1);
	if (!runs || !runs->pages)
		return;
	atomic_store(&runs->pages->preempted, 0);
	atomic_store(&runs->pages->stolen_ns, stolen_ns(queue, (unsigned)queue->runs, runs));
}

/* Its virtual timer wakes it only where its interrupt could come (effects.c: look_again()). It is folded. */
static uint64_t deadline_away(const struct vcpu *vcpu)
{
	const struct vgic_bank *bank = &vcpu->vgic.private;
	uint64_t deadline;

	if (!((bank->enabled & ~bank->active) >> GUEST_VIRTUAL_TIMER_INTID & 1))
		return TIMER_NEVER;
	deadline = guest_timer_deadline(&vcpu->saved);
	return deadline ? deadline : 1; /* to a slot of ours 0 means never */
}

static __attribute__((noinline)) void switch_out(struct vcpu *vcpu)
{
	vcpu->vmcr = gic_vif_vmcr();
	gic_vif_priorities_save(&vcpu->priorities);
	gic_vif_set_control(0);
	lists_end_maintenance(vcpu); /* its own: the next one's must come */
	guest_save(&vcpu->saved);
	timer_set_of(vcpu, TIMER_AWAY, vcpu->sleeps ? deadline_away(vcpu) : TIMER_NEVER);
	private_leave(vcpu);
}

/* The others of its VM here will find its translations, under the VMID that they have, too. */
static void forget_translations(struct vcpu *vcpu)
{
	struct vcpu *other;

	for (unsigned n = 0; (other = pcpu_vcpu(here(), n)); n++)
		if (other->vm == vcpu->vm && other != vcpu)
			other->tlb_is_others = true;
	if (vcpu->tlb_is_others)
		mmu_forget_translations();
	vcpu->tlb_is_others = false;
}

static __attribute__((noinline)) void switch_in(struct vcpu *vcpu)
{
	timer_set_of(vcpu, TIMER_AWAY, TIMER_NEVER);
	guest_stop_walks();
	mmu_stage2_enter(vcpu->vm->stage2_root, vcpu->vm->vmid);
	if (box.has_closed_flag)
		guest_choose_vectors(vcpu->vgic.closed.pages);
	if (vcpu->has_siblings)
		forget_translations(vcpu);
	guest_load(&vcpu->saved);
	guest_trap_waits();
	private_enter(vcpu);
	gic_vif_set_vmcr(vcpu->vmcr);
	gic_vif_priorities_load(&vcpu->priorities);
	vcpu->folded = true;
	vcpu->frame.callee_changed = 1; /* all of its registers are loaded */
	away_enter(vcpu);
}

/* A handler of its is at work, and others wait. */
static struct vcpu *stay(struct pcpu *pcpu, struct vcpu *vcpu)
{
	int chosen = pcpu->queue.runs;

	life_stop_if_blocked(vcpu);
	queue_stay(&pcpu->queue, &vcpu->turn);
	tell_guests(pcpu, chosen);
	timer_set(TIMER_SHARE, vcpu->lingers);
	return vcpu;
}

/* Nobody waits any more, or it was suspended. */
static __attribute__((noinline)) void go_on(struct vcpu *vcpu)
{
	vcpu->lingers = 0;
	present_fold(vcpu);
	away_enter(vcpu);
}

struct vcpu *share_next(void)
{
	struct pcpu *pcpu = here();
	int before = pcpu->queue.runs;
	struct vcpu *last = pcpu->vcpu, *next = choose(pcpu);

	if (last)
		last->chooses = false;
	if (pcpu->queue.runs != before)
		tell_guests(pcpu, before);
	if (next == last) {
		if (last && (last->lingers || last->vm->direct_away))
			go_on(last);
		return next;
	}
	if (last)
		present_rest(last); /* no holder must wait for one that does not run */
	if (!next)
		return NULL;
	if (last && !away_leave(last))
		return stay(pcpu, last);
	if (last)
		switch_out(last);
	atomic_store_release(&pcpu->vcpu, next);
	switch_in(next);
	queue_switched(&pcpu->queue, before, cpu_counter());
	return next;
}

void share_wait(void)
{
	const struct vcpu *resident = here()->vcpu;

	if (resident && resident->direct)
		guest_wait_for_interrupt();
	else
		cpu_wait_for_interrupt();
}

static bool has_news(const struct vcpu *vcpu)
{
	return atomic_load(&vcpu->vgic.attend) | atomic_load(&vcpu->due);
}

/*
 * Nothing else is ready, nothing waits for it, and no interrupt is listed that could wake it. What changes
 * that comes with an interrupt of this pCPU.
 */
static bool may_nap(const struct pcpu *pcpu, const struct vcpu *vcpu)
{
	return pcpu->queue.runs != QUEUE_NONE && pcpu->queue.ready == 1u << pcpu->queue.runs && !vcpu->lingers &&
		   !atomic_load(&vcpu->kept) && !has_news(vcpu) && !occupied_list_registers() && !turn_is_wanted() &&
		   !vcpu->direct && !atomic_load(&vcpu->vm->vgic.direct);
}

/* Until an interrupt has come. True: it is the vCPU's own, or its model has news. */
static bool nap(struct vcpu *vcpu)
{
	cpu_wait_for_interrupt();
	if (irq_take_waiting(vcpu))
		vcpu->chooses = true; /* it may be for another one */
	return occupied_list_registers() || has_news(vcpu);
}

bool share_nap(struct vcpu *vcpu)
{
	struct pcpu *pcpu = here();

	vgic_closed_wait(&vcpu->vgic.closed);
	if (!may_nap(pcpu, vcpu))
		return false;
	queue_nap(&pcpu->queue, cpu_counter());
	if (!nap(vcpu))
		return false;
	queue_nap_ends(&pcpu->queue, cpu_counter());
	vgic_closed_end_wait(&vcpu->vgic.closed);
	return true;
}

void share_sleep(struct vcpu *vcpu)
{
	vgic_closed_wait(&vcpu->vgic.closed);
	present_rest(vcpu);
	if (vcpu->vgic.pending.count)
		present_sample(vcpu); /* an interrupt whose line has fallen since wakes nobody */
	vcpu->sleeps = true;
	vcpu->chooses = true;
}

/* Interrupts that its interface masks wake it, too (flow/run/suspend.c): its model knows those. */
void share_suspend(struct vcpu *vcpu)
{
	present_fold(vcpu);
	if (away_leave(vcpu))
		share_sleep(vcpu);
	else
		vcpu->lingers = 0; /* none waits for the end of its handler */
}
