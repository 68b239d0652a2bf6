/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two vCPUs on one pCPU: hypervisor/flow/run/share.c and run.c, with what flow/hold/sync.c and flow/deliver/notify.c do
 * on other pCPUs. pCPU 0 switches between vCPU 0 and vCPU 1, which sleep, come to EL2 and change their urgency
 * at any time. The others raise interrupts of either, and hold either for a while.
 *
 * Must hold: a holder never finds a vCPU whose list registers count, and comes to an end whether its vCPU runs or
 * not. When nothing happens any more, the more urgent vCPU has seen what was raised for it, and the pCPU does not
 * sleep while one has something to see.
 *
 * RAISES, HOLDS: how often each of the others does these. EXITS, WAITS, TURNS: how often a guest comes to EL2, sleeps,
 * and how often the other vCPU becomes the more urgent one.
 */
#define attend(v) (v) /* vgic_cpu.attend */
#define hold(v) (2 + (v))
#define live(v) (4 + (v))
#define WORDS 6
#include "memory.pml"

#define NONE 2

bool counts[2]; /* the list registers of this vCPU are the truth */
bool sleeps[2];
byte urgent; /* the more urgent of them */
byte runs = NONE;

/* flow/deliver/present.c: present_fold() */
inline present_fold(v)
{
	load(seen, live(v));
	if
	:: seen ->
		counts[v] = false;
		store_release(live(v), 0)
	:: else -> skip
	fi
}

/* flow/hold/sync.c: sync_go_live() */
inline sync_go_live(v)
{
	do
	:: store(live(v), 1);
#ifndef PLANTED_NO_FENCE_IN_GO_LIVE
		fence();
#endif
		load_acquire(seen, hold(v));
		if
		:: !seen -> break
		:: else -> skip
		fi;
		store_release(live(v), 0);
		atomic { sees(hold(v), 0) -> acquired() }
	od;
	counts[v] = true
}

/* flow/run/share.c: is_ready() */
inline is_ready(v)
{
	load(seen, hold(v));
	if
	:: seen -> ready[v] = false
	:: else ->
		load(seen, attend(v));
		sleeps[v] = sleeps[v] && !seen;
		ready[v] = !sleeps[v]
	fi
}

/* flow/run/share.c: share_next() */
inline share_next()
{
	is_ready(0);
	is_ready(1);
	if
	:: ready[urgent] -> next = urgent
	:: !ready[urgent] && ready[1 - urgent] -> next = 1 - urgent
	:: else -> next = NONE
	fi;
	if
	:: next != resident ->
#ifndef PLANTED_SWITCH_WITHOUT_FOLD
		present_fold(resident)
#endif
	:: else -> skip
	fi;
	if
	:: next != NONE -> resident = next
	:: else -> skip
	fi
}

/* machine/gic/interface.c: the DSB when nothing is left to acknowledge */
inline batch_end()
{
#ifndef PLANTED_BATCH_WITHOUT_BARRIER
	fence()
#else
	skip
#endif
}

proctype shared()
{
	byte me = 0, exits = EXITS, waits = WAITS, turns = TURNS, seen, next, resident;
	bool ready[2], chooses;

	goto idle;

attend: /* flow/run/run.c: run_attend() */
	runs = NONE;
	load(seen, hold(resident));
	if
	:: seen || chooses ->
		share_next();
		chooses = false;
		if
		:: next == NONE -> goto idle
		:: else -> skip
		fi
	:: else -> skip
	fi;
	do
	:: if /* present_refresh(): of one that is folded */
		:: !counts[resident] -> sync_go_live(resident)
		:: else -> skip
		fi;
		load(seen, attend(resident));
		if
		:: seen -> swap(seen, attend(resident), 0) /* vgic_attend() */
		:: else -> skip
		fi;
		load(seen, hold(resident));
		if
		:: seen -> present_fold(resident)
		:: else -> load(seen, attend(resident))
		fi;
		if
		:: !seen -> break
		:: else -> skip
		fi
	od;

	runs = resident;
guest:
end_guest:
	do
	:: atomic { sgi[0] -> sgi[0] = false };
		batch_end();
#ifndef PLANTED_NO_CHOICE_AFTER_A_KICK
		chooses = true;
#endif
		goto attend
	:: exits > 0 -> exits--; goto attend
	:: turns > 0 -> turns--; urgent = 1 - urgent; chooses = true; goto attend
	:: waits > 0 -> waits--; present_fold(resident); /* share_sleep() */
		sleeps[resident] = true;
		chooses = true;
#ifdef PLANTED_SLEEPS_WITHOUT_A_LOOK
		runs = NONE;
		atomic { sgi[0] -> sgi[0] = false };
		batch_end();
#endif
		goto attend
	od;

idle: /* flow/run/run.c: idle_shared() */
	do
	::
#ifndef PLANTED_IDLE_CHOOSES_BEFORE_IT_ACKNOWLEDGES
		sgi[0] = false; /* irq_take_idle() */
		batch_end();
#endif
		share_next();
		if
		:: next != NONE -> chooses = false; goto attend
		:: else -> skip
		fi;
#ifdef PLANTED_IDLE_CHOOSES_BEFORE_IT_ACKNOWLEDGES
		sgi[0] = false;
		batch_end();
#endif
end_idle:
		sgi[0] -> skip
	od
}

/* flow/deliver/notify.c: notify_vcpus(), to a vCPU that shares its pCPU */
inline raise(v)
{
#ifdef PLANTED_KICK_BEFORE_THE_REASON
	gic_kick(0);
	change(attend(v), 1)
#else
	change(attend(v), 1);
	gic_kick(0)
#endif
}

/* flow/hold/sync.c: sync_hold(), and sync_release() after a look */
inline hold_one(v)
{
	change(hold(v), memory[hold(v)] + 1);
#ifndef PLANTED_NO_FENCE_IN_CALL_IN
	fence();
#endif
	load(seen, live(v));
	if
	:: seen -> gic_kick(0)
	:: else -> skip
	fi;
	atomic { sees(live(v), 0) -> acquired() };
	assert(!counts[v]);
	change(hold(v), memory[hold(v)] - 1);
#ifndef PLANTED_RELEASE_WITHOUT_A_KICK
	gic_kick(0)
#endif
}

proctype other(byte me)
{
	byte raises = RAISES, holds = HOLDS, seen;

end_other:
	do
	:: raises > 0 -> raises--;
		if
		:: raise(0)
		:: raise(1)
		fi
	:: holds > 0 -> holds--;
		if
		:: hold_one(0)
		:: hold_one(1)
		fi
	od
}

proctype quiet()
{
end_quiet:
	timeout ->
	assert(!sgi[0]);
	assert(!memory[attend(urgent)]);
	assert(runs == urgent || sleeps[urgent]);
	assert(runs != NONE || (sleeps[0] && sleeps[1] && !memory[attend(0)] && !memory[attend(1)]))
}

init {
	atomic {
		run shared();
		run other(1);
#if PCPUS > 2
		run other(2);
#endif
		run quiet()
	}
}
