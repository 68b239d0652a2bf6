/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Owner words in hand: hypervisor/flow/hold/mark.c, with irq_away_take_marked() of flow/deliver/irq_away.c, withdraw() and
 * adopt() of flow/own/carry.c. A shared interrupt, pending by a latch, goes to another VM and back while it comes. On
 * the pCPUs that it is routed to, a third VM runs, so that the VMs which a move holds are not there: the move only
 * waits for the mark.
 *
 * What must be: each interrupt is handled once, by the VM that owns it then, and is active while it is handled; nothing
 * is lost, nothing doubled (two that are pending at once are one); and everything comes to an end.
 *
 * COMES, MOVES: how often it is pended, and how often it moves. TAKERS: the pCPUs to which it is routed, 0 and, with
 * two, 2: each move routes it to the other one. LEVEL: it is a level that a guest pends by GICD_ISPENDR, else an edge
 * of a device. DIRECT: this VM has direct delivery.
 *
 * The GIC does one thing at a time. The two VMs' guests are seen only as they handle what was raised: under the lock,
 * since a move holds their vCPUs (hold.pml).
 */
#define marked(p) (p) /* odd while it is marked; here it counts to 3 */
#define WORD PCPUS           /* the owner word: a VM, or MOVING, with LATCHED or without */
#define raised(vm) (PCPUS + 1 + (vm)) /* in the model of the VM */
#define WORDS (PCPUS + 3)
#include "memory.pml"

#define MOVING 2
#define LATCHED 1 /* IRQ_WORD_LATCHED */

#ifndef DIRECT
#define DIRECT 2
#endif
#ifndef LEVEL
#define LEVEL 0
#endif

/* The interrupt at the physical GIC, with the pCPU to which it is routed. */
bool is_enabled, is_pending, is_active;
byte route;

/* In the models, with the locks: what comes was latched. Of an edge it is so at any time. */
bool latched[2];

/* What is true, whoever knows it. */
byte owner;
byte out; /* those that came and were not handled */

#define comes_to_el2(p) (is_enabled && is_pending && !is_active && route == (p) && owner != DIRECT)

/* It is pended. While it is pending, another one is the same one. */
inline pend()
{
	if
	:: is_pending -> out--
	:: else -> is_pending = true
	fi
}

/* machine/gic: an edge of a device */
proctype device()
{
	byte comes = COMES;

end_device:
	do
	:: atomic { !LEVEL && comes > 0 && !is_pending -> comes--; out++; is_pending = true }
	od
}

/* flow/deliver/irq_away.c: give_back() */
inline give_back(again)
{
#ifndef PLANTED_NOT_GIVEN_BACK
	atomic {
		if
		:: again -> pend()
		:: else -> skip
		fi
	};
#endif
	atomic { assert(is_active); is_active = false } /* the GIC leaves open what else it would do */
}

/* flow/hold/mark.c */
#define next_mark ((mark + 1) & 3)

inline mark_set()
{
	mark = next_mark;
	store_release(marked(me), mark);
#ifndef PLANTED_NO_FENCE_IN_MARK
	fence()
#else
	skip
#endif
}

inline mark_clear()
{
	mark = next_mark;
#ifdef PLANTED_MARK_CLEARED_WITHOUT_RELEASE
	store(marked(me), mark)
#else
	store_release(marked(me), mark)
#endif
}

/* flow/deliver/irq.c: take_batch(), take_for_another(); irq_away.c: irq_away_take_marked() */
proctype taker(byte me)
{
	byte names, mark;

end_guest:
	do
	:: atomic { comes_to_el2(me) -> is_pending = false; is_active = true };
#ifdef PLANTED_WORD_NOT_READ_AGAIN
		load(names, WORD);
#endif
#ifndef PLANTED_NO_MARK
		mark_set();
#endif
#ifndef PLANTED_WORD_NOT_READ_AGAIN
		load(names, WORD);
#endif
		if
#ifndef PLANTED_RAISED_DIRECTLY
		:: names == DIRECT -> give_back(true)
		:: names < MOVING && names != DIRECT ->
#else
		:: names < MOVING ->
#endif
#ifndef PLANTED_MARK_CLEARED_TOO_EARLY
			change(raised(names), 1)
#else
			mark_clear();
			change(raised(names), 1);
			mark_set()
#endif
#ifdef PLANTED_EDGES_ALONE_GO_BACK
		:: names >= MOVING -> give_back(!LEVEL)
#else
		:: names >= MOVING -> give_back(names == MOVING + LATCHED)
#endif
		fi;
#ifndef PLANTED_NO_MARK
		mark_clear()
#endif
	od
}

/* flow/hold/mark.c: mark_wait() */
inline mark_wait(p)
{
	load_acquire(standing, marked(p));
#ifdef PLANTED_WAIT_WITHOUT_ACQUIRE
	!(standing & 1) || !sees(marked(p), standing);
#else
	atomic { !(standing & 1) || !sees(marked(p), standing) -> acquired() };
#endif
	standing = 0
}

inline mark_wait_all()
{
#ifndef PLANTED_NO_FENCE_IN_WAIT
	fence();
#endif
	mark_wait(0);
#if TAKERS > 1
	mark_wait(2)
#else
	skip
#endif
}

/* flow/own/carry.c: it leaves. */
inline withdraw()
{
	is_enabled = false; /* and RWP */
	latch = latched[owner]; /* vgic_is_latched() */
#ifdef PLANTED_NO_WAIT
	store(WORD, MOVING + latch);
#elif defined(PLANTED_WAIT_BEFORE_THE_WORD)
	mark_wait_all();
	store(WORD, MOVING + latch);
#else
	store(WORD, MOVING + latch); /* irq_take_away() */
	mark_wait_all();
#endif
	load(was, raised(owner)); /* vgic_leave() */
	if
	:: was -> change(raised(owner), 0)
	:: else -> skip
	fi;
	latched[owner] = !LEVEL;
	if
#ifdef PLANTED_CLEARED_WHATEVER_THE_MODEL_KNOWS
	:: true -> is_active = false
#else
	:: was -> is_active = false /* gic_clear_active() */
	:: else -> skip
#endif
	fi;
}

/* flow/own/carry.c */
inline stays_latched()
{
#ifndef PLANTED_LATCH_OF_PENDING_ONES_ALONE
	under_way = is_active;
#endif
#ifdef PLANTED_PENDING_BEFORE_ACTIVE
	under_way = is_pending;
	latch = latch && (under_way || is_active)
#else
	latch = latch && (under_way || is_pending)
#endif
}

/* flow/own/carry.c: it arrives. */
inline adopt()
{
#ifdef PLANTED_GIVEN_BEFORE_IT_JOINS
	store(WORD, owner);
#endif
	stays_latched();
	load(news, raised(owner)); /* vgic_join(): its guest may have pended it meanwhile */
	if
	:: news -> change(raised(owner), 0); was = true
	:: else -> skip
	fi;
	latched[owner] = !LEVEL || was || latch;
#ifndef PLANTED_GIVEN_BEFORE_IT_JOINS
	store(WORD, owner); /* irq_give() */
#endif
	route = (TAKERS - 1) * (2 - route);
	atomic { /* gic_enable() */
#ifndef PLANTED_ENABLED_WITHOUT_BARRIER
		unsent[me] == 0;
#endif
		is_enabled = true
	};
	atomic {
		if
		:: was -> pend() /* gic_pend() */
		:: else -> skip
		fi
	};
	was = false;
	latch = false;
	news = false;
	under_way = false
}

/* flow/own/carry.c: both VMs pause. */
inline carry()
{
	withdraw();
	owner = 1 - owner;
	adopt()
}

/*
 * A guest of the owner has it in its model, and handles it to its end. A level that is pending by nothing else is so by
 * its latch.
 */
inline handle()
{
	load_acquire(was, raised(owner));
	if
	:: was ->
		change(raised(owner), 0);
		if
		:: owner == DIRECT -> atomic { pend() } /* flow/deliver/notify.c: notify_directly() */
		:: owner != DIRECT && latched[owner] -> atomic { assert(out >= 1 && is_active); out-- }
		:: else -> skip /* flow/deliver/sample.c: its line is down */
		fi;
		if
		:: owner != DIRECT -> atomic { assert(is_active); is_active = false }
		:: else -> skip
		fi
	:: else -> skip
	fi;
	was = false
}

/* With direct delivery without EL2. */
inline handle_directly()
{
	is_pending = false;
	is_active = true;
	out--
}

proctype others(byte me)
{
	byte moves = MOVES, comes = COMES * LEVEL, standing;
	bit was, news, latch, under_way;

end_others:
	do
	:: moves > 0 -> moves--; carry()
	:: newest(raised(owner)) -> handle()
	:: atomic { owner == DIRECT && is_enabled && is_pending && !is_active -> handle_directly() };
		is_active = false
	:: atomic { comes > 0 && out == 0 -> comes--; out++; latched[owner] = true; is_pending = true } /* GICD_ISPENDR */
	od
}

inline has_nothing(vm)
{
	assert(!memory[raised(vm)])
}

/* When nothing happens any more, all that came was handled, by the VM that owned it. */
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
		latched[0] = !LEVEL;
		latched[1] = !LEVEL;
		run taker(0);
#if TAKERS > 1
		run taker(2);
#endif
		run others(1);
		run device();
		run quiet()
	}
}
