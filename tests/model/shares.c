/* SPDX-License-Identifier: Apache-2.0 */
#include "shares.h"

#include <setjmp.h>
#include <stddef.h>

#include "base/assert.h"
#include "flow/box/timer.h"
#include "flow/deliver/guest_timer.h"
#include "flow/hold/sync.h"
#include "flow/housekeeping/housekeeping.h"
#include "flow/life/life.h"
#include "flow/run/run.h"
#include "flow/run/share.h"
#include "lives.h"
#include "machine/api/cpu.h"
#include "machine/api/mmu.h"
#include "oracle.h"
#include "stubs.h"
#include "vm/layout.h"

#define HERE 0
#define EL2_TIMER 26
#define TRIES 12

static jmp_buf turn_over;
static unsigned turns;

static struct pcpu *pcpu(void)
{
	return &box.pcpu[HERE];
}

/* The one that is preferred is more urgent. */
static void set_priorities(void)
{
	for (unsigned v = 0; v < world.plan->vcpu_count; v++)
		world_vcpu(v)->turn.priority = world.prefers == v ? 2 : 1;
}

void shares_loaded(void)
{
	set_priorities();
	pcpu()->queue.ready = 0; /* asked anew before each choice */
	pcpu()->queue.runs = world.runs == WORLD_NOBODY ? QUEUE_NONE : world.runs;
	pcpu()->queue.pays = true; /* none has a budget */
	for (unsigned v = 0; v < world.plan->vcpu_count; v++)
		if (!world_vcpu(v)->away)
			pcpu()->vcpu = world_vcpu(v);
}

void shares_begin(void)
{
	queue_init(&pcpu()->queue);
	hardware_watch(EL2_TIMER);
	box.host.timer_hypervisor_intid = EL2_TIMER;
	for (unsigned v = 0; v < world.plan->vcpu_count; v++) {
		struct vcpu *vcpu = world_vcpu(v);

		vcpu->shares = vcpu->away = true;
		vcpu->notify = gic_kick_word(HERE);
		vcpu->vm->psci.pending |= 1u << vcpu->index;
		vcpu->turn.slice = 1;
		queue_add(&pcpu()->queue, &vcpu->turn);
		world.guest[v].off = true;
	}
	pcpu()->vcpu = NULL;
	world.runs = WORLD_NOBODY;
	set_priorities();
}

/* Its guest is entered; NULL: none is. */
static void enter(struct frame *frame)
{
	world.runs = frame ? (uint8_t)vcpu_of_frame(frame)->number : WORLD_NOBODY;
	world.idle_sleeps = false;
	for (unsigned v = 0; v < world.plan->vcpu_count; v++)
		world.guest[v].off = v != world.runs;
	if (frame)
		world.guest[world.runs].at_el2 = false;
}

/* A turn of the idle loop begins. */
void housekeeping_work(void)
{
	if (world.plan->shares && ++turns > 1)
		longjmp(turn_over, 1);
}

void cpu_wait_for_interrupt(void)
{
	world.idle_sleeps = true;
}

static struct frame *idle_once(void)
{
	hardware.here = HERE;
	turns = 0;
	world.idle_sleeps = false;
	return setjmp(turn_over) ? NULL : run_idle();
}

/* What the life of VMs has come to in a turn. */
static void turn(void)
{
	enum vm_state state[WORLD_CPUS];
	uint32_t parked[WORLD_CPUS];
	struct frame *frame;
	bool sleeps;

	for (unsigned n = 0; n < box.vm_count; n++) {
		state[n] = box.vm[n].state;
		parked[n] = box.vm[n].parked;
	}
	frame = idle_once();
	sleeps = world.idle_sleeps;
	for (unsigned n = 0; n < box.vm_count && world_has_lives(); n++) {
		if (box.vm[n].parked & ~parked[n])
			lives_park(n);
		if (state[n] == VM_STOPPING && box.vm[n].state == VM_STOPPED)
			lives_finish(n);
	}
	enter(frame);
	world.idle_sleeps = !frame && sleeps;
	if (frame && world.reset >> world.runs & 1) {
		unsigned v = world.runs;

		world.reset &= (uint8_t) ~(1u << v);
		if (world_has_lives())
			world_set_up_guest(v, 1);
	}
}

/* And if no guest is entered, the idle loop begins at once. */
static void attend(void)
{
	hardware.here = HERE;
	enter(run_attend(&world_vcpu(world.runs)->frame));
	if (world.runs == WORLD_NOBODY)
		turn();
}

void shares_run(unsigned v)
{
	world.prefers = (uint8_t)v;
	set_priorities();
	if (world.runs != WORLD_NOBODY)
		world_vcpu(world.runs)->chooses = true;
	for (unsigned tries = 0; tries < TRIES; tries++) {
		if (world.runs == WORLD_NOBODY)
			turn();
		else
			attend();
		if (world.runs == v)
			return;
	}
	fault("a guest that is to run is not entered");
}

static bool signals(void)
{
	for (unsigned n = 0; hardware.watched >> n & 1; n++)
		if (hardware_signals(HERE, hardware.watch[n]))
			return true;
	return false;
}

bool shares_take(unsigned v)
{
	struct guest *guest = &world.guest[v];

	if (v != world.runs || guest->at_el2 || !signals())
		return false;
	guest->at_el2 = stubs_take(world_vcpu(v)) != 0;
	return true;
}

bool shares_refresh(unsigned v)
{
	bool maintained;

	if (world.runs == WORLD_NOBODY) {
		if (v != 0 || (world.idle_sleeps && !signals()))
			return false;
		turn();
		return true;
	}
	if (v != world.runs || !world.guest[v].at_el2)
		return false;
	maintained = world_vcpu(v)->refold;
	attend();
	if (world.runs != WORLD_NOBODY)
		oracle_after_refresh(world.runs, maintained && world.runs == v);
	return true;
}

void shares_answer(unsigned v)
{
	hardware.here = HERE;
	hardware_source(HERE, gic_kick_attend(false))->latch = true;
	if (!world.guest[v].at_el2)
		stubs_take(world_vcpu(v));
	attend();
	if (world_vcpu(v)->live)
		fault("a vCPU that is held does not answer");
}

static bool wait(unsigned v)
{
	if (v != world.runs || world.guest[v].at_el2)
		return false;
	hardware.here = HERE;
	hardware_enter_el2(HERE);
	share_sleep(world_vcpu(v));
	if (!run_must_attend(world_vcpu(v)))
		fault("a guest that waits runs on");
	world.guest[v].at_el2 = true;
	return true;
}

/* From another processor, for some time. */
static bool hold(unsigned v, bool begins)
{
	struct vcpu *vcpu = world_vcpu(v);

	if ((vcpu->hold != 0) == begins)
		return false;
	hardware.here = WORLD_CPUS;
	if (!begins)
		sync_release(vcpu->vm, 1u << vcpu->index);
	else if (!sync_hold(vcpu->vm, 1u << vcpu->index, SYNC_PATIENCE_US))
		fault("a vCPU does not let itself be held");
	return true;
}

bool shares_step(const struct step *step)
{
	switch (step->op) {
	case OP_TURN:
		world.prefers ^= 1;
		world.turn = true;
		set_priorities();
		return true;
	case OP_WAIT:
		return wait(step->vcpu);
	default:
		return hold(step->vcpu, step->op == OP_CATCH);
	}
}

static bool is_ready(struct vcpu *vcpu)
{
	bool woken = vcpu->vgic.attend || vcpu->seldom;

	return !vcpu->hold && (life_has_work(vcpu) || (vcpu->entered && (!vcpu->sleeps || woken)));
}

/* Nothing is under way on the processor: what does not happen now never does. */
static void check_settled(unsigned v)
{
	struct vcpu *vcpu = world_vcpu(v);

	if (v == world.runs)
		return;
	if (world.runs == WORLD_NOBODY && is_ready(vcpu))
		fault("the processor sleeps although a vCPU is ready");
	if (world.prefers == v && is_ready(vcpu))
		fault("a vCPU does not run although it is more urgent");
	if (vcpu->vm->state == VM_RUNNING && vcpu->entered && vcpu->sleeps && !vcpu->hold &&
		reference_signals(&world.reference, v))
		fault("lost: a vCPU sleeps although an interrupt is pending, and nothing will wake it");
}

void shares_check(void)
{
	bool settled =
		!signals() && (world.runs == WORLD_NOBODY ? world.idle_sleeps : !world.guest[world.runs].at_el2);

	for (unsigned v = 0; v < world.plan->vcpu_count; v++) {
		struct vcpu *vcpu = world_vcpu(v);

		if (vcpu->live && v != world.runs)
			fault("a vCPU that does not run is live");
		if (vcpu->away != (pcpu()->vcpu != vcpu))
			fault("two vCPUs believe that they are resident, or none");
		if (settled)
			check_settled(v);
	}
}

/* The timers of vCPUs that are away, as far as EL2's timer is set for them. */
void shares_follow(void)
{
	bool due = world.turn;

	for (unsigned v = 0; v < world.plan->vcpu_count; v++)
		due |= (world.armed >> v & 1) && world.timer[v].line;
	hardware.private[HERE][EL2_TIMER].line = due;
}

static unsigned number_of(const struct guest_context *context)
{
	return ((const struct vcpu *)((const char *)context - offsetof(struct vcpu, saved)))->number;
}

/* Of all that a vCPU saves, its timer. */
void guest_save(struct guest_context *out)
{
	struct hardware_source *timer = &hardware.private[HERE][GUEST_VIRTUAL_TIMER_INTID];

	world.timer[number_of(out)].line = timer->line;
	timer->line = false;
}

void guest_load(const struct guest_context *in)
{
	unsigned v = number_of(in);

	hardware.private[HERE][GUEST_VIRTUAL_TIMER_INTID].line = world.timer[v].line;
	world.timer[v].line = false;
}

/* It may pass at any moment; the time is 2 (stubs.c). */
uint64_t guest_timer_deadline(const struct guest_context *context)
{
	return world.timer[number_of(context)].line ? 1 : 3;
}

void timer_set(enum timer_slot slot, uint64_t deadline)
{
	(void)deadline;
	if (slot != TIMER_SHARE) /* OP_TURN is its time */
		panic("timer_set(%u) is reached in exploration\n", slot);
}

void timer_set_of(struct vcpu *vcpu, enum timer_of_vcpu slot, uint64_t deadline)
{
	uint8_t bit = (uint8_t)(1u << vcpu->number), *mask = slot == TIMER_DELIVERY ? &world.retry : &world.armed;

	if (slot != TIMER_DELIVERY && slot != TIMER_AWAY)
		return;
	*mask = (uint8_t)((*mask & ~bit) | (deadline != TIMER_NEVER ? bit : 0));
	shares_follow();
}

uint32_t timer_take_passed(void)
{
	uint32_t passed = world.turn ? 1u << TIMER_SHARE : 0;

	world.turn = false;
	shares_follow();
	return passed;
}

uint32_t timer_take_passed_of(struct vcpu *vcpu)
{
	unsigned v = vcpu->number;

	if (!(world.armed >> v & 1) || !world.timer[v].line)
		return 0;
	timer_set_of(vcpu, TIMER_AWAY, TIMER_NEVER);
	return 1u << TIMER_AWAY;
}

void timer_continue(void) {}

/* No emulated timer is on here. */
void guest_timer_off(struct vcpu *vcpu)
{
	(void)vcpu;
}

void guest_timer_update(struct vcpu *vcpu)
{
	(void)vcpu;
	if (!world.plan->shares)
		panic("guest_timer_update() is reached in exploration\n");
}

/* Elsewhere a vCPU that must stop is kicked, and vcpu->stopping says the same. */
void gic_kick(unsigned pcpu)
{
	if (world.plan->shares)
		hardware_source(pcpu, gic_kick_attend(false))->latch = true;
}

void guest_trap_waits(void) {}
void guest_stop_walks(void) {}

void mmu_forget_translations(void) {}

void guest_reset(uint64_t pc, uint64_t vmpidr)
{
	(void)pc;
	(void)vmpidr;
	world.reset |= (uint8_t)(world.plan->shares << pcpu()->vcpu->number);
}
