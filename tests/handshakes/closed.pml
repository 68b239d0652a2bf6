/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The closed flag: hypervisor/vgic/closed.c, with include/signalbox/closed.h on the guest's side. pCPU 0 runs a vCPU
 * whose guest closes its interrupts, opens them in one step or two, waits while they are closed, and comes to EL2 for
 * other reasons. The others raise interrupts of this vCPU, at any time.
 *
 * What must be: no interrupt is taken in a window in which the guest has closed it; when nothing happens any more, all
 * that may come have been taken, and a vCPU that waits has been woken; the guest calls at most once for each interrupt
 * that was withheld.
 *
 * Urgencies are 1 and 2; `closed` is 0 (open), 1 (the urgent one still comes) or 2 (all are withheld).
 * RAISES: how often each of the others raises its interrupt. CLOSES, WAITS, EXITS: how often the guest does these. LAST:
 * what it leaves closed in the end.
 */
#define CLOSED 0  /* the guest's page */
#define PENDING 1 /* the page that it reads: the best urgency withheld */
#define ATTEND 2  /* vgic_cpu.attend with `raised`: an interrupt of each of the others */
#define WAITING 3 /* the vCPU waits at EL2: the flag is ignored */
#define WORDS 4
#include "memory.pml"

#define NEEDS(source) (source)            /* the urgency of the interrupt of this pCPU */
#define bit_of(source) (1 << ((source) - 1))

/* What is true, whoever knows it. */
byte window; /* what the guest has closed; from the end of closing to the beginning of opening */
byte withheld, calls;
byte listed; /* in list registers */
byte mask;   /* the guest's ICC_PMR_EL1, or its PSTATE.I */
bool rests;  /* it waits at EL2 */

/* vgic/vgic.c: notify_many() */
inline raise()
{
	change(ATTEND, memory[ATTEND] | bit_of(me))
}

/* An atomic maximum, as change() is an atomic addition. */
inline raise_word()
{
	atomic {
		unsent[me] == 0 && !has(all_unsent, PENDING);
		best = (memory[PENDING] > NEEDS(me) -> memory[PENDING] : NEEDS(me));
		change(PENDING, best);
		best = 0
	}
}

/* vgic/closed.c: it is written whatever stood there, so that the pCPU that takes it back sees the raise, too. */
inline raise_pending()
{
#ifdef PLANTED_PENDING_OVERWRITTEN
	change(PENDING, NEEDS(me))
#elif defined(PLANTED_PENDING_NOT_WRITTEN_WHEN_IT_STANDS)
	load(seen, PENDING);
	if
	:: seen < NEEDS(me) -> raise_word()
	:: else -> skip
	fi
#else
	raise_word()
#endif
}

/* vgic/closed.c: may_come() */
inline may_come()
{
	load(seen, CLOSED);
	comes = NEEDS(me) > seen;
#ifndef PLANTED_FLAG_HEEDED_WHILE_IT_WAITS
	load(seen, WAITING);
	comes = comes || seen
#endif
}

/* vgic/closed.c: vgic_closed_withholds() */
inline withhold()
{
	may_come();
	if
	:: comes -> skip
	:: else ->
		withheld++;
#ifndef PLANTED_PENDING_NOT_SET
		raise_pending();
#endif
#ifndef PLANTED_NO_FENCE_IN_WITHHOLD
		fence();
#endif
#ifndef PLANTED_NO_SECOND_LOOK
		may_come()
#endif
	fi
}

proctype sender(byte me)
{
	byte raises = RAISES, seen, best;
	bool comes;

end_sender:
	do
	:: raises > 0 ->
		raises--;
#ifdef PLANTED_WITHHELD_BEFORE_IT_IS_RAISED
		withhold();
		raise();
#else
		raise();
		withhold();
#endif
		if
		:: comes -> gic_kick(0)
		:: else -> skip
		fi;
		comes = false
	od
}

/* vgic/closed.c: vgic_closed_take_back() */
inline take_back()
{
	load(seen, PENDING);
	if
#ifdef PLANTED_TAKEN_BACK_WITHOUT_BARRIER
	:: seen -> store(PENDING, 0)
#elif defined(PLANTED_NEVER_TAKEN_BACK)
	:: seen -> skip
#else
	:: seen -> swap(seen, PENDING, 0)
#endif
	:: else -> skip
	fi
}

/* vgic/lr.c: vgic_attend(), and all that it finds is listed */
inline drain()
{
	load(seen, ATTEND);
	if
	:: seen -> swap(seen, ATTEND, 0); listed = listed | seen
	:: else -> skip
	fi
}

/* flow/run/run.c: run_attend(). What was withheld is presented with all else, and `pending` stays. */
inline attend()
{
	drain()
}

/* flow/exits/call.c: CALL_OPENED, and what follows any exit */
inline call()
{
	calls++;
#ifdef PLANTED_TAKEN_BACK_AFTER_ATTEND
	drain();
	take_back()
#elif defined(PLANTED_TAKEN_BACK_AND_NOT_ATTENDED)
	take_back()
#else
	take_back();
	drain()
#endif
}

/* Between any two instructions of the guest: a kick comes to EL2, or the guest takes what its mask lets pass. */
inline interruption()
{
	do
	:: atomic { sgi[0] -> sgi[0] = false }; fence(); attend()
	:: atomic { listed & 2 && mask < 2 -> assert(window < 2); listed = listed & ~2 }
	:: atomic { listed & 1 && mask < 1 -> assert(window < 1); listed = listed & ~1 }
	:: break
	od
}

/* include/signalbox/closed.h: masked first, so that no handler runs with the flag of what it has interrupted */
inline close(level)
{
#ifndef PLANTED_CLOSED_WITHOUT_MASK
	mask = level;
#endif
	interruption();
	store(CLOSED, level);
	interruption();
	window = level
}

/* include/signalbox/closed.h: signalbox_closed_open() */
inline open(level)
{
	window = level;
#ifdef PLANTED_PENDING_READ_BEFORE_IT_OPENS
	load(pending, PENDING);
	interruption();
	store(CLOSED, level);
#else
	store(CLOSED, level);
#ifndef PLANTED_NO_FENCE_IN_OPEN
	fence();
#endif
	interruption();
	load(pending, PENDING);
#endif
	interruption();
	if
#ifdef PLANTED_CALL_AT_LAST_ALONE
	:: pending > level && level == 0 -> call()
#elif defined(PLANTED_NO_CALL)
	:: pending > level -> skip
#else
	:: pending > level -> call()
#endif
	:: else -> skip
	fi;
	pending = 0;
	assert(calls <= withheld);
	interruption();
	mask = level
}

/* flow/run/suspend.c, or a WFI that traps: interrupts that are masked or closed wake, too. */
inline wait_here()
{
	store(WAITING, 1);
#ifndef PLANTED_NO_FENCE_IN_WAIT
	fence();
#endif
#ifndef PLANTED_WAITS_WITHOUT_ANOTHER_LOOK
	attend();
#endif
	if
	:: listed -> skip
	:: else ->
		rests = true;
end_wait:
		do
		:: atomic { sgi[0] -> sgi[0] = false; rests = false }; fence(); attend();
			if
			:: listed -> break
			:: else -> rests = true
			fi
		od
	fi;
	store(WAITING, 0)
}

proctype guest()
{
	byte me = 0, closes = CLOSES, waits = WAITS, exits = EXITS, seen, pending;

end_guest:
	do
	:: closes > 0 && mask < 2 ->
		closes--;
		if
		:: close(2)
		:: mask < 1 -> close(1)
		fi
	:: mask == 2 -> open(1)
	:: mask > 0 && LAST == 0 -> open(0)
	:: waits > 0 -> waits--; wait_here()
	:: exits > 0 -> exits--; attend()
	:: atomic { sgi[0] -> sgi[0] = false }; fence(); attend()
	:: atomic { listed & 2 && mask < 2 -> assert(window < 2); listed = listed & ~2 }
	:: atomic { listed & 1 && mask < 1 -> assert(window < 1); listed = listed & ~1 }
	od
}

/* When nothing happens any more, nothing waits that may come. */
proctype quiet()
{
end_quiet:
	timeout ->
	assert(!sgi[0]);
	assert(!rests || (!memory[ATTEND] && !listed));
	assert((memory[ATTEND] | listed) >> mask == 0)
}

init {
	atomic {
		run guest();
		run sender(1);
#if PCPUS > 2
		run sender(2);
#endif
		run quiet()
	}
}
