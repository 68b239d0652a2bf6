/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stopping: hypervisor/flow/life/life.c, with irq_take_idle() of flow/deliver/irq.c, a move of flow/own/carry.c, and a change of delivery
 * (flow/own/delivery.c), all at any time, each with the locks that it takes.
 *
 * A VM, "this one", has vCPU v on pCPU v. Who stops it, and who moves its shared interrupt to another VM and back, or
 * changes its delivery, are elsewhere, where nothing of this VM is. The interrupt goes to the
 * pCPU ROUTE while it is this VM's. The other VM stands still: all that concerns us of it is that it owns the
 * interrupt or not.
 *
 * What must be: nobody raises an interrupt, or lists it, in another life than it was acknowledged in, or when its owner
 * has changed; no guest with direct delivery runs on, unwatched, while its VM stops; a life begins with an interrupt
 * that is disabled, a model that has nothing of it, and the delivery that is wished; and everything comes to an end.
 *
 * STOPS, MOVES, CHANGES, COMES: how often these happen, and how often the device raises its line.
 *
 * Memory is strong here: all that the steps share they change under a lock, while others are held, or with a mark, and hold.pml has
 * that a holder and who is held see what the other has written.
 */
#define STRONG
#ifndef MUTER
#define MUTER PCPUS /* the vCPU that has muted the interrupt: none */
#endif
#define VCPUS (PCPUS - 1)
#define WORDS 1
#include "memory.pml"

#define STOPPED 0
#define STARTING 1
#define RUNNING 2
#define STOPPING 3

#define NOBODY 0
#define THIS 1
#define OTHER 2

/* Words that are read without a lock. */
byte state;
bool stopping[VCPUS], live[VCPUS], model_direct; /* vgic.direct */
byte marked[VCPUS]; /* odd while it is marked; here it counts to 3 */
byte hold[VCPUS], parked, pending, word;         /* `word`: the owner in the owner word */

bool vm_lock, vgic_lock;

/* The interrupt at the physical GIC; what the model has of it. */
bool is_enabled, line, taken, wanted; /* the model has it enabled */
bool muted[VCPUS];

/* What is true, whoever knows it. */
byte life;
bool in_guest[VCPUS];
bool unwatched; /* it stops, and its vCPUs are not expected to come: flow/hold/seize.c */

#define everybody ((1 << VCPUS) - 1)
#define bit_of(v) (1 << (v))
#if VCPUS == 1
#define each(step) step(0)
#else
#define each(step) step(0); step(1)
#endif

/* flow/deliver/effects.c: quiesce() of the one interrupt. The vgic lock is held. */
inline quiesce_one()
{
	is_enabled = false;
	line = false
}

/* flow/life/life.c: stop_all() */
inline stop_one(v)
{
	stopping[v] = true;
	gic_kick(v)
}

/* flow/life/life.c: life_stop() */
inline life_stop()
{
	lock_acquire(vm_lock);
	if
	:: state == STARTING || state == RUNNING ->
#ifndef PLANTED_PARKED_OF_THE_LAST_STOP
		parked = 0;
#endif
		state = STOPPING;
#ifdef PLANTED_WATCHED_BEFORE_IT_IS_TOLD
		unwatched = !model_direct;
		each(stop_one)
#else
		each(stop_one);
		unwatched = !model_direct /* seize_expect_parking() */
#endif
	:: else -> skip
	fi;
	lock_release(vm_lock)
}

/* flow/hold/mark.c */
inline count()
{
	marked[me] = (marked[me] + 1) & 3
}

inline mark_wait(v)
{
	standing = marked[v];
	atomic { !(standing & 1) || marked[v] != standing -> standing = 0 }
}

/* flow/hold/sync.c: sync_hold(), which hold.pml has in full */
inline hold_one(v)
{
	if
	:: v != me -> atomic { hold[v]++; gic_kick(v) }; !live[v]; mark_wait(v)
	:: else -> skip
	fi
}

inline release_one(v)
{
	if
	:: v != me -> hold[v]--
	:: else -> skip
	fi
}

/* flow/own/carry.c: withdraw(), adopt(): to the other VM, or back from it. All vCPUs are held. */
inline withdraw()
{
	lock_acquire(vgic_lock);
	is_enabled = false;
	word = NOBODY;
	each(mark_wait); /* mark_wait_all() */
	taken = false; /* vgic_leave() */
	lock_release(vgic_lock);
	word = OTHER
}

inline adopt_locked()
{
	word = THIS;
	if
	:: state == RUNNING -> is_enabled = true; taken = true /* vgic_join(): it may be pending */
	:: else -> quiesce_one()
	fi
}

inline adopt()
{
	word = NOBODY;
	lock_acquire(vgic_lock);
	adopt_locked();
	lock_release(vgic_lock)
}

/* flow/own/carry.c: arrive_one(), of a device, with nobody held. That is for direct delivery, where list registers, which are
 * not in this model, have nothing. */
inline arrive()
{
	lock_acquire(vgic_lock);
	if
	:: model_direct -> adopt_locked()
	:: else -> skip
	fi;
	lock_release(vgic_lock)
}

inline move()
{
#ifndef PLANTED_MOVED_WITHOUT_A_HOLD
	each(hold_one);
#endif
	if
	:: word == THIS -> withdraw()
	:: word == OTHER && state == RUNNING -> adopt()
	:: else -> skip
	fi;
#ifndef PLANTED_MOVED_WITHOUT_A_HOLD
	each(release_one)
#endif
}

/* flow/own/delivery.c: deliver(), to direct */
inline deliver()
{
	each(hold_one);
	lock_acquire(vgic_lock);
	if
#ifdef PLANTED_DELIVERED_IN_ANY_STATE
	:: true -> model_direct = true
#else
	:: state == RUNNING -> model_direct = true
	:: else -> skip
#endif
	fi;
	lock_release(vgic_lock);
	each(release_one)
}

proctype elsewhere(byte stops; byte moves; byte changes; byte comes)
{
	byte me = PCPUS - 1, standing;

end_elsewhere:
	do
	:: stops > 0 -> stops--; life_stop()
	:: moves > 0 -> moves--; move()
	:: moves > 0 && word == OTHER -> moves--; arrive()
	:: changes > 0 -> changes--; deliver()
	:: comes > 0 && is_enabled -> comes--; line = true /* the device */
	od
}

/*
 * flow/deliver/irq.c: take_batch(): acknowledged, the owner word read, raised in the owner's model or listed. Its vCPU is
 * live, or the pCPU marked, or should be.
 */
inline take_interrupt()
{
	atomic {
		is_enabled && line && word != OTHER && me == ROUTE ->
		line = false;
		acknowledged_in = life
	};
	owner = word;
	if
	:: owner == THIS ->
		assert(word == THIS && life == acknowledged_in);
		assert(state != STOPPED && state != STARTING);
		taken = true
	:: else -> skip /* take_unowned() */
	fi
}

/* flow/hold/sync.c: sync_go_live() */
inline sync_go_live()
{
	do
	:: live[me] = true;
		if
		:: hold[me] == 0 -> break
		:: else -> skip
		fi;
		live[me] = false;
		hold[me] == 0
	od
}

/* flow/hold/mark.c: mark_idle() */
inline mark_idle()
{
	do
	:: count(); /* mark_set() */
		if
		:: hold[me] == 0 -> break
		:: else -> skip
		fi;
		count(); /* mark_clear() */
		hold[me] == 0
	od
}

inline irq_take_idle()
{
#ifndef PLANTED_IDLE_NOT_MARKED
	mark_idle();
#endif
	sgi[me] = false;
	if
	:: take_interrupt()
	:: true -> skip /* it comes too late for this batch, or there is none */
	fi;
#ifndef PLANTED_IDLE_NOT_MARKED
	count() /* mark_clear() */
#endif
}

/* flow/life/life.c: park() */
inline park()
{
	live[me] = false; /* free_pcpu() */
	in_guest[me] = false;
	lock_acquire(vm_lock);
	pending = pending & ~bit_of(me);
	parked = parked | bit_of(me);
	lock_release(vm_lock);
#ifndef PLANTED_PARKED_WITHOUT_A_KICK
	gic_kick(0)
#endif
}

/* flow/life/life.c: take_interrupts_away() */
inline take_interrupts_away()
{
	lock_acquire(vgic_lock); /* effects_quiesce_shared() */
	if
	:: word == THIS -> quiesce_one()
	:: else -> skip
	fi;
#ifndef PLANTED_TAKEN_AWAY_WITHOUT_A_WAIT
	each(mark_wait);
#endif
#ifdef PLANTED_RESET_WITH_ANOTHER_LOCK
	lock_release(vgic_lock);
	lock_acquire(vgic_lock);
#endif
	wanted = false; /* vgic_reset() */
	taken = false;
	lock_release(vgic_lock);
	lock_acquire(vgic_lock); /* delivery_end() */
#ifndef PLANTED_DELIVERY_NOT_ENDED
	model_direct = false;
#endif
	lock_release(vgic_lock)
}

/* flow/life/life.c: finish_stop(): the next life begins */
inline finish_stop()
{
	take_interrupts_away();
	lock_acquire(vm_lock);
	state = STARTING;
	lock_release(vm_lock)
}

inline begin_one(v)
{
#ifndef PLANTED_STOPPING_OF_THE_LAST_LIFE
	stopping[v] = false
#else
	skip
#endif
}

inline is_out(v)
{
	assert(!in_guest[v])
}

/* flow/life/life.c: begin(); the first thing that a guest does is to enable the interrupt */
inline begin()
{
	assert(!(word == THIS && is_enabled) && !model_direct);
	each(is_out);
	life++;
	lock_acquire(vgic_lock);
	taken = false; /* vgic_reset() */
	lock_release(vgic_lock);
	lock_acquire(vm_lock);
	assert(!taken);
	unwatched = false;
	if
	:: state == STARTING ->
		each(begin_one);
		pending = everybody; /* the other by CPU_ON: life_cpu_on() */
		state = RUNNING;
		gic_kick(VCPUS - 1)
	:: else -> skip
	fi;
	lock_release(vm_lock)
}

/* Its guest writes GICD_ISENABLER: flow/exits/mmio.c */
inline enable()
{
	lock_acquire(vgic_lock);
	if
	:: word == THIS -> is_enabled = true; wanted = true; muted[me] = (me == MUTER)
	:: else -> skip
	fi;
	lock_release(vgic_lock)
}

/* flow/deliver/mute.c: mute_expired(), by a timer */
inline unmute()
{
	if
	:: muted[me] ->
		lock_acquire(vgic_lock);
		if
		:: word == THIS && wanted -> is_enabled = true
		:: else -> skip
		fi;
		muted[me] = false;
		lock_release(vgic_lock)
	:: true -> skip
	fi
}

proctype pcpu(byte me)
{
	byte owner, acknowledged_in, standing;
	bool direct_here; /* vcpu->direct */

idle: /* flow/run/run.c: run_idle(), flow/life/life.c: life_step() */
	do
	:: irq_take_idle();
		unmute();
		if
		:: state == STOPPING && !(parked & bit_of(me)) -> park()
		:: me == 0 && state == STOPPING && parked == everybody -> finish_stop()
		:: me == 0 && state == STARTING -> begin()
		:: state == RUNNING && pending & bit_of(me) ->
			lock_acquire(vm_lock); /* prepare_to_enter() */
			pending = pending & ~bit_of(me);
			lock_release(vm_lock);
			goto attend
		:: else ->
end_idle:
			sgi[me] || is_enabled && line && word == THIS && me == ROUTE -> skip /* WFI */
		fi
	od;

attend: /* flow/run/run.c: run_attend(); flow/deliver/present.c: present_refresh() */
	do
	:: if
		:: stopping[me] -> park(); goto idle
		:: else -> skip
		fi;
		if
		:: hold[me] -> live[me] = false
		:: else -> skip
		fi;
		if
		:: !live[me] -> sync_go_live()
		:: else -> skip
		fi;
		direct_here = model_direct;
		if
		:: !stopping[me] && !hold[me] -> break
		:: else -> skip
		fi
	od;
	assert(!(direct_here && unwatched));
	if
	:: !in_guest[me] && me == ROUTE -> enable()
	:: else -> skip
	fi;
	in_guest[me] = true;

end_guest:
	do
	:: sgi[me] -> sgi[me] = false; goto attend
	:: take_interrupt(); goto attend
	od
}

inline is_in(v)
{
	assert(in_guest[v])
}

/* When nothing happens any more, the VM runs. */
proctype quiet()
{
end_quiet:
	timeout ->
	assert(state == RUNNING && !pending && !vm_lock && !vgic_lock);
	each(is_in)
}

init {
	atomic {
		state = STARTING;
		word = THIS;
		run pcpu(0);
#if VCPUS > 1
		run pcpu(1);
#endif
		run elsewhere(STOPS, 0, 0, 0);
		run elsewhere(0, MOVES, CHANGES, COMES);
		run quiet()
	}
}
