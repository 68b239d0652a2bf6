/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holding: hypervisor/flow/hold/sync.c and mark.c, with what flow/run/run.c and flow/deliver/irq.c do on the held vCPU's side. Every pCPU runs a
 * vCPU and may hold the others, be held, be off for a while, all at the same time.
 *
 * What must be: a holder never finds a vCPU whose list registers count, or whose pCPU has an owner word in hand, sees what was folded, and what it changes is
 * seen by who goes on (`owner`, an owner word that flow/own/carry.c writes). And everybody comes to an end.
 *
 * ASKS and IDLES: how often each pCPU holds the others, and takes interrupts while it is off. DIRECT: this vCPU has
 * direct delivery, and no kick reaches it.
 */
#define live(p) (p)
#define hold(p) (PCPUS + (p))
#define busy(p) (2 * PCPUS + (p))
#define marked(p) (3 * PCPUS + (p)) /* odd while it is marked; here it counts to 3 */
#define OWNER (4 * PCPUS)
#define WORDS (4 * PCPUS + 1)
#include "memory.pml"

#ifndef DIRECT
#define DIRECT PCPUS
#endif

/* What is true, whoever knows it. */
bool counts[PCPUS]; /* the list registers of this vCPU are the truth */
bool in_hand[PCPUS]; /* its pCPU has read an owner word, or will soon */
bit was_busy[PCPUS];
bit owner;
bool moving; /* the lock that orders the holders' changes */

/* flow/deliver/present.c: present_fold() */
inline present_fold()
{
	load(seen, live(me));
	if
	:: seen ->
#ifdef PLANTED_LIVE_FALLS_BEFORE_THE_FOLD
		store_release(live(me), 0);
#endif
		was_busy[me] = 1 - was_busy[me];
		store(busy(me), was_busy[me]);
		counts[me] = false;
		folded = true;
#ifdef PLANTED_FOLD_WITHOUT_RELEASE
		store(live(me), 0)
#elif !defined(PLANTED_LIVE_FALLS_BEFORE_THE_FOLD)
		store_release(live(me), 0)
#endif
	:: else -> skip
	fi
}

/* flow/hold/sync.c: sync_go_live() */
inline sync_go_live()
{
	do
	:: store(live(me), 1);
#ifndef PLANTED_NO_FENCE_IN_GO_LIVE
		fence();
#endif
#ifdef PLANTED_HOLD_WITHOUT_ACQUIRE
		load(seen, hold(me));
#else
		load_acquire(seen, hold(me));
#endif
		if
		:: !seen -> break
		:: else -> skip
		fi;
#ifndef PLANTED_LIVE_WHILE_IT_WAITS
		store_release(live(me), 0);
#endif
#ifdef PLANTED_HOLD_WITHOUT_ACQUIRE
		sees(hold(me), 0);
#else
		atomic { sees(hold(me), 0) -> acquired() };
#endif
#ifdef PLANTED_LIVE_WITHOUT_ANOTHER_LOOK
		store(live(me), 1);
		break
#endif
	od;
	counts[me] = true
}

/* flow/hold/mark.c */
inline count()
{
	mark = (mark + 1) & 3;
	store_release(marked(me), mark)
}

inline mark_idle()
{
	do
	:: count(); /* mark_set() */
#ifndef PLANTED_NO_FENCE_IN_MARK
		fence();
#endif
#ifdef PLANTED_MARK_WITHOUT_A_LOOK
		break
#endif
#ifdef PLANTED_IDLE_LOOKS_WITHOUT_ACQUIRE
		load(seen, hold(me));
#else
		load_acquire(seen, hold(me));
#endif
		if
		:: !seen -> break
		:: else -> skip
		fi;
#ifndef PLANTED_MARKED_WHILE_IT_WAITS
		count(); /* mark_clear() */
#endif
#ifdef PLANTED_IDLE_LOOKS_WITHOUT_ACQUIRE
		sees(hold(me), 0)
#else
		atomic { sees(hold(me), 0) -> acquired() }
#endif
#ifdef PLANTED_MARKED_WHILE_IT_WAITS
		;
		count()
#endif
	od
}

/* flow/run/run.c: run_attend(), of which only holding concerns us here */
inline run_attend()
{
	do
	:: load(seen, hold(me));
#ifndef PLANTED_ATTEND_WITHOUT_FOLD
		if
		:: seen -> present_fold()
		:: else -> skip
		fi;
#endif
		/* refresh() */
		if
		:: folded -> sync_go_live()
		:: else -> skip
		fi;
		folded = false;
		load(seen, hold(me));
		if
		:: !seen -> break
		:: else -> skip
		fi
	od;
	load(seen, OWNER); /* an interrupt comes: flow/deliver/irq_short.c */
	assert(seen == owner)
}

/* flow/hold/sync.c: call_in(), for one vCPU */
inline add_hold(p)
{
	if
	:: p != me ->
#ifdef PLANTED_HOLD_IS_A_FLAG
		change(hold(p), 1)
#else
		change(hold(p), memory[hold(p)] + 1)
#endif
	:: else -> skip
	fi
}

inline kick_if_live(p)
{
	if
	:: p != me ->
		load(seen, live(p));
		if
		:: seen -> gic_kick(p)
		:: else -> skip
		fi
	:: else -> skip
	fi
}

/* flow/hold/mark.c */
inline mark_wait(p)
{
#ifdef PLANTED_ANSWER_WITHOUT_ACQUIRE /* either of the two would do */
	load(standing, marked(p));
	!(standing & 1) || !sees(marked(p), standing);
#else
	load_acquire(standing, marked(p));
	atomic { !(standing & 1) || !sees(marked(p), standing) -> acquired() };
#endif
	standing = 0
}

/* flow/hold/sync.c: answers(): its patience may be over whenever a vCPU with direct delivery is live */
inline answers(p)
{
	if
	:: p == me -> skip
#ifdef PLANTED_ANSWER_WITHOUT_ACQUIRE
	:: p != me && sees(live(p), 0) -> skip
#else
	:: atomic { p != me && sees(live(p), 0) -> acquired() }
#endif
	:: p != me && p == DIRECT -> missing = true
	fi;
	if
	:: p == me || missing -> skip
#ifdef PLANTED_MARKS_NOT_WAITED_FOR
	:: p != me && !missing -> skip
#else
	:: p != me && !missing -> mark_wait(p)
#endif
	fi
}

inline look_at(p)
{
	if
	:: p != me ->
		assert(!counts[p] && !in_hand[p]);
		load(seen, busy(p));
		assert(seen == was_busy[p]);
		assert(!counts[p] && !in_hand[p])
	:: else -> skip
	fi
}

inline drop_hold(p)
{
	if
	:: p != me ->
#ifdef PLANTED_HOLD_IS_A_FLAG
		change(hold(p), 0)
#else
		change(hold(p), memory[hold(p)] - 1)
#endif
	:: else -> skip
	fi
}

#if PCPUS == 2
#define all(step) step(0); step(1)
#else
#define all(step) step(0); step(1); step(2)
#endif

/* A move, or any other change with all others held: sync_hold(), the change, sync_release() */
inline hold_others()
{
	missing = false;
#ifndef PLANTED_HOLDER_STAYS_LIVE
	present_fold();
#endif
	all(add_hold);
#ifndef PLANTED_NO_FENCE_IN_CALL_IN
	fence();
#endif
	all(kick_if_live);
	all(answers);
	if
	:: !missing ->
		all(look_at);
		lock_acquire(moving);
		owner = 1 - owner;
		store(OWNER, owner);
		lock_release(moving)
	:: else -> skip
	fi;
#ifdef PLANTED_GIVES_UP_AND_HOLDS_ON
	if
	:: !missing -> all(drop_hold)
	:: else -> skip
	fi
#else
	all(drop_hold)
#endif
}

/* flow/deliver/irq.c: irq_take_idle() */
inline irq_take_idle()
{
#ifndef PLANTED_IDLE_NOT_MARKED
	mark_idle();
#endif
	in_hand[me] = true;
	load(seen, OWNER);
	assert(seen == owner);
	in_hand[me] = false;
#ifndef PLANTED_IDLE_NOT_MARKED
	count() /* mark_clear() */
#endif
}

proctype pcpu(byte me)
{
	byte asks = ASKS, idles = IDLES, seen, mark, standing;
	bool folded, missing;

end_guest: /* the guest runs */
	do
	:: atomic { sgi[me] && me != DIRECT -> sgi[me] = false }; /* acknowledged, with the DSB behind it */
		fence();
		run_attend()
	:: asks > 0 ->
		asks--;
		hold_others();
		run_attend()
	:: idles > 0 -> /* flow/life/life.c: free_pcpu(), and on again */
		idles--;
		present_fold();
		irq_take_idle();
		folded = true;
		run_attend()
	od
}

inline begin(p)
{
	memory[live(p)] = 1;
	counts[p] = true;
	run pcpu(p)
}

init {
	atomic {
		all(begin)
	}
}
