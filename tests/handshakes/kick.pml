/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kicks: a pCPU that wants something of another one writes a reason and kicks it (machine/gic/interface.c:
 * send()). pCPU 0 is wanted, in its guest, in WFI, or off. The others raise an interrupt of its vCPU
 * (vgic/vgic.c: notify()), ask its vCPU to come (flow/life/life.c, flow/hold/seize.c), or have work for
 * housekeeping (flow/housekeeping/housekeeping.c), all at any time.
 *
 * Must hold: when nothing happens any more, pCPU 0 has seen every reason.
 *
 * RAISES, ASKS, WORKS: how often each of the others does these. EXITS, WAITS, OFFS: how often the guest of
 * pCPU 0 comes to EL2 by itself, waits there, is off. RESTS: how often the console's work finds that it has
 * no turn yet.
 */
#define ATTEND 0 /* vgic_cpu.attend */
#define RAISED 1 /* vgic_cpu.raised, a bit for each of the others */
#define SELDOM 2 /* vcpu.asked and stopping */
#define DUE 3    /* of housekeeping */
#define WORK 4   /* what housekeeping must see: for example a count of log lines, or asked_at */
#define WORDS 5
#include "memory.pml"

bool notified; /* SGI 14 is pending; sgi[0] is SGI 15 */
bool lock;     /* of the VM */
byte done;     /* what housekeeping has seen of WORK */
pid wanted_pid;

#define wanted (notified || sgi[0])

/* machine/gic/interface.c: gic_notify(), which differs from gic_kick() only in the SGI */
inline gic_notify()
{
	atomic {
#ifndef PLANTED_KICK_WITHOUT_BARRIER
		unsent[me] == 0;
#endif
		notified = true
	}
}

/* vgic/vgic.c: notify(), flow/deliver/notify.c: notify_vcpus() */
inline raise()
{
#ifdef PLANTED_ATTEND_BEFORE_RAISED
	change(ATTEND, 1);
	change(RAISED, memory[RAISED] | me);
#else
	change(RAISED, memory[RAISED] | me);
	change(ATTEND, 1);
#endif
	gic_notify()
}

/* flow/life/life.c: stop_all(), flow/hold/seize.c: seize_ask() */
inline ask()
{
	lock_acquire(lock);
#ifdef PLANTED_KICK_BEFORE_THE_REASON
	gic_kick(0);
	store_release(SELDOM, 1);
#else
	store_release(SELDOM, 1);
	gic_kick(0);
#endif
	lock_release(lock)
}

/* flow/hold/seize.c: begin_watch(), flow/box/turn.c: turn_want() */
inline have_work()
{
	lock_acquire(lock);
	load(seen, WORK);
	store(WORK, seen + 1);
#ifdef PLANTED_DUE_LOOKED_AT_AND_WRITTEN
	load(seen, DUE);
	if
	:: !seen -> store(DUE, 1)
	:: else -> skip
	fi;
#else
	swap(seen, DUE, 1);
#endif
	if
	:: !seen -> gic_kick(0)
	:: else -> skip
	fi;
	lock_release(lock)
}

proctype other(byte me)
{
	byte raises = RAISES, asks = ASKS, works = WORKS, seen;

end_other:
	do
	:: raises > 0 -> raises--; raise()
	:: asks > 0 -> asks--; ask()
	:: works > 0 -> works--; have_work()
	od
}

/* flow/housekeeping/housekeeping.c: housekeeping_work() */
inline housekeeping_work()
{
#ifdef PLANTED_WORK_LOOKED_AT_BEFORE_DUE
	load(seen, WORK);
	done = seen;
	swap(seen, DUE, 0)
#else
	swap(seen, DUE, 0);
	if
	:: seen -> load(seen, WORK); done = seen
	:: else -> skip
	fi
#endif
}

/* flow/run/run.c: attend_seldom(); flow/life/life.c: life_step() */
inline attend_seldom()
{
	lock_acquire(lock);
	store(SELDOM, 0);
	lock_release(lock)
}

/* vgic/lr.c: drain() */
inline drain(word)
{
	load(seen, word);
	if
#ifdef PLANTED_DRAINED_WITHOUT_A_SWAP
	:: seen -> store(word, 0)
#else
	:: seen -> swap(seen, word, 0)
#endif
	:: else -> skip
	fi
}

/* vgic/lr.c: vgic_attend() */
inline vgic_attend()
{
#ifdef PLANTED_RAISED_DRAINED_BEFORE_ATTEND
	drain(RAISED);
	drain(ATTEND)
#else
	drain(ATTEND);
	if
	:: seen -> drain(RAISED)
	:: else -> skip
	fi
#endif
}

/* vgic/short.h: vgic_short_news(), flow/deliver/irq_short.c: take_news(); `too_much`: left to the long way */
inline take_news()
{
	too_much = false;
	load(seen, ATTEND);
	if
	:: !seen -> skip
	:: else ->
		swap(seen, ATTEND, 0); /* atomic_replace(): no other pCPU makes it 0 */
		load(seen, RAISED);
		if
		:: seen == 1 || seen == 2 -> change(RAISED, memory[RAISED] & ~seen)
		:: else ->
#ifndef PLANTED_NEWS_NOT_PUT_BACK
			change(ATTEND, 1);
#endif
			too_much = true
		fi
	fi
}

/* flow/run/run.c: run_must_attend() */
inline must_attend()
{
	load(seen, ATTEND);
	if
	:: seen -> skip
	:: else -> load(seen, SELDOM)
	fi
}

/* machine/gic/interface.c: acknowledged(): the DSB when nothing is left to acknowledge */
inline batch_end()
{
#ifndef PLANTED_BATCH_WITHOUT_BARRIER
	fence()
#else
	skip
#endif
}

proctype wanted_one()
{
	byte me = 0, exits = EXITS, waits = WAITS, offs = OFFS, rests = RESTS, seen;
	bool too_much, timer;

	goto guest;

attend: /* flow/run/run.c: run_attend() */
	do
	:: load(seen, DUE); /* turn_is_wanted() */
		if
		:: seen -> housekeeping_work()
		:: seen && rests > 0 -> /* turn_begin(): it is not its turn yet */
			rests--;
#ifndef PLANTED_RESTS_WITHOUT_A_TIMER
			timer = true
#endif
		:: else -> skip
		fi;
		load_acquire(seen, SELDOM);
		if
		:: seen -> attend_seldom()
		:: else -> skip
		fi;
		vgic_attend(); /* refresh() */
		must_attend();
		if
		:: !seen -> break
		:: else -> skip
		fi
	od;

guest:
end_guest:
	do
	:: atomic { sgi[0] -> sgi[0] = false; notified = false }; batch_end(); goto attend
	:: timer -> timer = false; batch_end(); goto attend
	:: atomic { notified -> notified = false }; batch_end(); take_news();
		if
		:: too_much -> goto attend
		:: else -> skip
		fi
	:: exits > 0 -> exits--; must_attend();
		if
		:: seen -> goto attend
		:: else -> skip
		fi
	:: waits > 0 -> waits--; must_attend(); /* flow/exits/exit.c: exit_wait() */
		if
		:: seen -> goto attend
		:: else ->
#ifdef PLANTED_WAITS_FOR_THE_REASON_IT_HAS_SEEN
			sgi[0] = false;
			notified = false;
#endif
end_wait:
			wanted || timer -> skip
		fi
	:: offs > 0 -> offs--; goto idle
	od;

idle: /* flow/run/run.c: run_idle() */
	do
	::
#ifndef PLANTED_IDLE_LOOKS_BEFORE_IT_ACKNOWLEDGES
		atomic { sgi[0] = false; notified = false; timer = false }; /* irq_take_idle() */
		batch_end();
#endif
		housekeeping_work();
		load_acquire(seen, SELDOM); /* life_step() */
		if
		:: seen -> attend_seldom()
		:: else ->
			if
			:: goto attend /* CPU_ON */
			:: skip
			fi;
#ifdef PLANTED_IDLE_LOOKS_BEFORE_IT_ACKNOWLEDGES
			atomic { sgi[0] = false; notified = false };
			batch_end();
#endif
			load(seen, DUE);
			if
			:: seen -> skip
			:: else ->
end_idle:
				wanted || timer -> skip
			fi
		fi
	od
}

/*
 * When nothing happens any more, every reason has been seen. A vCPU that is off leaves its interrupts where
 * they are.
 */
proctype quiet()
{
end_quiet:
	timeout ->
	assert(!wanted);
	assert(!memory[SELDOM]);
	assert(done == memory[WORK]);
	assert(!memory[RAISED] || wanted_one[wanted_pid]@end_idle)
}



init {
	atomic {
		wanted_pid = run wanted_one();
		run other(1);
#if PCPUS > 2
		run other(2);
#endif
		run quiet()
	}
}
