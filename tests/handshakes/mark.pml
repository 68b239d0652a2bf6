/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owner words in hand: hypervisor/flow/hold/mark.c, with take_for_another() of flow/deliver/irq.c and withdraw() and adopt() of
 * flow/own/carry.c. A shared interrupt, an edge, is moved to another VM and back while it comes. On the pCPU that it is
 * routed to runs a third VM, so nobody who is held is there: whoever moves it only waits for the mark.
 *
 * What must be: each edge is taken once, by the VM that owns the interrupt then; nothing is lost, nothing doubled; and
 * everything comes to an end.
 *
 * COMES, MOVES: how often the device raises it, and how often it moves.
 *
 * The GIC does one thing at a time. The two VMs' guests are seen only as they take what was raised: under the lock,
 * since a move holds their vCPUs (hold.pml).
 */
#define marked(p) (p)
#define WORD PCPUS           /* the owner word: a VM, or MOVING */
#define raised(vm) (PCPUS + 1 + (vm)) /* in the model of the VM */
#define WORDS (PCPUS + 3)
#include "memory.pml"

#define MOVING 2
#define TAKER 0 /* the pCPU that the interrupt is routed to */

/* The interrupt at the physical GIC. */
bool is_enabled, is_pending, is_active;

/* What is true, whoever knows it. */
byte owner;
byte out; /* edges that came and were not taken by a guest */

/* machine/gic: a device's edge, an acknowledgement. */
proctype device()
{
	byte comes = COMES;

end_device:
	do
	:: atomic { comes > 0 && out == 0 -> comes--; out++; is_pending = true }
	od
}

/* flow/deliver/irq.c: take_one() to take_for_another() */
proctype taker(byte me)
{
	byte names;

end_guest:
	do
	:: atomic { is_enabled && is_pending && !is_active -> is_pending = false; is_active = true };
#ifdef PLANTED_WORD_NOT_READ_AGAIN
		load(names, WORD);
#endif
#ifndef PLANTED_NO_MARK
		store(marked(me), 1); /* mark_set() */
#endif
#ifndef PLANTED_NO_FENCE_IN_MARK
		fence();
#endif
#ifndef PLANTED_WORD_NOT_READ_AGAIN
		load(names, WORD);
#endif
		if
		:: names != MOVING ->
#ifndef PLANTED_MARK_CLEARED_TOO_EARLY
			change(raised(names), 1)
#else
			store_release(marked(me), 0);
			change(raised(names), 1)
#endif
		:: else ->
			/* give_back() */
#ifndef PLANTED_NOT_GIVEN_BACK
			is_pending = true;
#endif
			is_active = false
		fi;
#ifdef PLANTED_MARK_CLEARED_WITHOUT_RELEASE
		store(marked(me), 0)
#else
		store_release(marked(me), 0) /* mark_clear() */
#endif
	od
}

/* flow/own/carry.c: both VMs pause. */
inline carry()
{
	/* withdraw() */
	is_enabled = false; /* and RWP */
#ifdef PLANTED_NO_WAIT
	store(WORD, MOVING);
#else
#ifdef PLANTED_WAIT_BEFORE_THE_WORD
	fence();
	atomic { sees(marked(TAKER), 0) -> acquired() };
	store(WORD, MOVING);
#else
	store(WORD, MOVING); /* irq_take_away() */
#ifndef PLANTED_NO_FENCE_IN_WAIT
	fence();
#endif
#ifdef PLANTED_WAIT_WITHOUT_ACQUIRE
	sees(marked(TAKER), 0);
#else
	atomic { sees(marked(TAKER), 0) -> acquired() }; /* mark_wait_all() */
#endif
#endif
#endif
	load(was, raised(owner)); /* vgic_leave() */
	if
	:: was -> change(raised(owner), 0)
	:: else -> skip
	fi;
	is_active = false; /* gic_clear_active() */
	/* adopt() */
	owner = 1 - owner;
	store(WORD, owner);
	atomic { /* gic_enable() */
#ifndef PLANTED_ENABLED_WITHOUT_BARRIER
		unsent[me] == 0;
#endif
		is_enabled = true
	};
	if
	:: was -> is_pending = true /* gic_pend() */
	:: else -> skip
	fi
}

/* A guest of the owner has it in its model, and handles it to its end. */
inline handle()
{
	load_acquire(was, raised(owner));
	if
	:: was ->
		change(raised(owner), 0);
		atomic { assert(out == 1); out-- };
		is_active = false
	:: else -> skip
	fi
}

proctype others(byte me)
{
	byte moves = MOVES;
	byte was; /* it was raised */

end_others:
	do
	:: moves > 0 -> moves--; carry()
	:: newest(raised(owner)) -> handle()
	od
}

inline has_nothing(vm)
{
	assert(!memory[raised(vm)])
}

/* When nothing happens any more, all that came was taken, by who owned it. */
proctype quiet()
{
end_quiet:
	timeout ->
	assert(out == 0 && !is_pending && !is_active && is_enabled);
	has_nothing(0);
	has_nothing(1)
}

init {
	atomic {
		is_enabled = true;
		run taker(TAKER);
		run others(1);
		run device();
		run quiet()
	}
}
