/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asking and seizing: hypervisor/flow/hold/seize.c, with what flow/life/life.c and flow/run/run.c do. A VM
 * with direct delivery, whose guest may block its interface at any moment, is asked, stops, is off, starts
 * again.
 *
 * pCPU 0 does the housekeeping, and starts and stops the VM; vCPU v is on pCPU v + 1. With one vCPU, pCPU 2
 * is the holder that got no answer; with two, pCPU 0 is.
 *
 * Must hold: stage 2 is withheld only while a vCPU that can come is to come, or while the VM stops; it is
 * given back, and no pCPU waits for ever; a life is not seized because an earlier one did not answer.
 *
 * ASKS, STOPS, OFFS: how often these happen. BLOCKS: how often the guest blocks its interface, or lets go of
 * it.
 *
 * That a vCPU was missed is taken from hold.pml: at any moment while a guest with direct delivery runs. There
 * is no time: SEIZE_ANSWER_US may be over at every look at the clock. PATIENT: a VM that is seized gets turns
 * before it is seized again.
 */
#define STATE 0
#define ASKED_AT 1
#define asked(v) (2 + (v))
#define stopping(v) (2 + VCPUS + (v))
#define WORDS (2 + 2 * VCPUS)
#define PCPUS 3
#include "memory.pml"

#define STOPPED 0
#define STARTING 1
#define RUNNING 2
#define STOPPING 3

/* Of the VM, under its lock. */
bool lock, direct, seized;
byte on, pending, parked; /* a bit for each vCPU */

/* What is true, even if no pCPU knows it. */
bool in_guest[VCPUS];
byte at_answer; /* vCPUs that turn off, and answer after that */
byte life, asked_life; /* now; when ASKED_AT was last written */
byte read_at;         /* the value that the housekeeping pCPU has read */
byte seized_at;       /* PATIENT: it does not look again at the value that it wrote itself */

#define everybody ((1 << VCPUS) - 1)
#define bit_of(v) (1 << (v))
#define is_asked(v) sees(asked(v), 1)
#if VCPUS == 1
#define has_asked_vcpu is_asked(0)
#define can_come (is_asked(0) && (on | at_answer) & 1)
#define each(step) step(0)
#else
#define has_asked_vcpu (is_asked(0) || is_asked(1))
#define can_come (is_asked(0) && (on | at_answer) & 1 || is_asked(1) && (on | at_answer) & 2)
#define each(step) step(0); step(1)
#endif

inline vm_lock_release()
{
	assert(!seized || sees(STATE, STOPPING) || sees(STATE, RUNNING) && can_come);
	assert(!(sees(STATE, RUNNING) && has_asked_vcpu && sees(ASKED_AT, 0)));
	assert(sees(STATE, RUNNING) || sees(STATE, STOPPING) || !has_asked_vcpu);
	lock_release(lock)
}

/* A counter value: neither the one that is there, nor one that a pCPU has read. */
#define is_fresh(value) (!sees(ASKED_AT, value) && read_at != value && seized_at != value)
inline begin_watch()
{
	atomic {
		asked_life = life;
		if
		:: is_fresh(1) -> store(ASKED_AT, 1)
		:: else ->
			if
			:: is_fresh(2) -> store(ASKED_AT, 2)
			:: else ->
				if
				:: is_fresh(3) -> store(ASKED_AT, 3)
				:: else -> store(ASKED_AT, 4)
				fi
			fi
		fi
	} /* turn_want(): kick.pml */
}

/* flow/hold/seize.c: seize_ask(), for one vCPU */
inline seize_ask(v)
{
	lock_acquire(lock);
	if
	:: sees(STATE, RUNNING) && direct ->
		if
#ifdef PLANTED_ASKED_THOUGH_OFF
		:: true ->
#else
		:: on & bit_of(v) ->
#endif
			store_release(asked(v), 1);
			gic_kick(v + 1);
			if
			:: sees(ASKED_AT, 0) -> begin_watch()
			:: else -> skip
			fi
		:: else -> skip
		fi
	:: else -> skip
	fi;
	vm_lock_release()
}

inline give_back()
{
	store(ASKED_AT, 0);
#ifndef PLANTED_STAGE_2_STAYS_AWAY
	seized = false
#endif
}

/* flow/hold/seize.c: seize_answer() */
inline seize_answer()
{
	lock_acquire(lock);
	store(asked(vcpu), 0);
	if
#ifdef PLANTED_GIVEN_BACK_WHILE_OTHERS_ARE_ASKED
	:: sees(STATE, RUNNING) -> give_back()
#elif defined(PLANTED_GIVEN_BACK_WHILE_IT_STOPS)
	:: !has_asked_vcpu -> give_back()
#else
	:: sees(STATE, RUNNING) && !has_asked_vcpu -> give_back()
#endif
	:: else -> skip
	fi;
	vm_lock_release()
}

inline forget(v)
{
#ifndef PLANTED_ASKED_OUTLIVES_THE_STOP
	store(asked(v), 0)
#else
	skip
#endif
}

/* flow/hold/seize.c: seize_end() */
inline seize_end()
{
	lock_acquire(lock);
	each(forget);
	give_back();
	vm_lock_release()
}

/* flow/hold/seize.c: seize() */
inline seize()
{
	lock_acquire(lock);
	if
#ifdef PLANTED_SEIZED_WITHOUT_ANOTHER_LOOK
	:: true ->
#else
	:: sees(ASKED_AT, read_at) ->
#endif
		assert(asked_life == life);
		begin_watch();
#ifdef PATIENT
		seized_at = newest(ASKED_AT);
#endif
		seized = true
	:: else -> skip
	fi;
	vm_lock_release()
}

/* flow/life/life.c: stop_all() */
inline stop_one(v)
{
	store_release(stopping(v), 1);
	gic_kick(v + 1)
}

/* flow/life/life.c: life_stop() */
inline life_stop()
{
	lock_acquire(lock);
	if
	:: sees(STATE, STARTING) || sees(STATE, RUNNING) ->
		parked = 0;
		store_release(STATE, STOPPING);
		each(stop_one);
#ifndef PLANTED_STOPPED_WITHOUT_A_WATCH
		if
		:: direct -> begin_watch()
		:: else -> skip
		fi
#endif
	:: else -> skip
	fi;
	vm_lock_release()
}

/*
 * The housekeeping pCPU, from which the monitor starts and stops the VM; with two vCPUs, it also holds them
 * in vain.
 */
proctype housekeeping()
{
	byte me = 0, asks = (VCPUS == 1 -> 0 : ASKS), stops = STOPS;

end_idle:
	do
	:: atomic { !sees(ASKED_AT, 0) && !sees(ASKED_AT, seized_at) -> load(read_at, ASKED_AT) }; /* seize_watch() */
		if
		:: read_at -> seize()
		:: else -> skip
		fi;
		read_at = 0
	:: stops > 0 -> stops--; life_stop()
	:: stops > 0 -> stops-- /* or not */
	:: asks > 0 && direct && in_guest[0] -> asks--; seize_ask(0)
#if VCPUS > 1
	:: asks > 0 && direct && in_guest[1] -> asks--; seize_ask(1)
#endif
	od
}

#if VCPUS == 1
proctype holder()
{
	byte me = 2, asks = ASKS;

end_guest:
	do
	:: asks > 0 && direct && in_guest[0] -> asks--; seize_ask(0)
	od
}
#endif

inline begin_vcpu(v)
{
	store(stopping(v), 0)
}

/* flow/life/life.c: begin(); the life is direct, or virtual */
inline begin()
{
	life++;
	if
	:: direct = true
	:: direct = false
	fi;
	lock_acquire(lock);
	if
	:: sees(STATE, STARTING) ->
		each(begin_vcpu);
		pending = 1;
		on = 1;
		store_release(STATE, RUNNING)
	:: else -> skip
	fi;
	vm_lock_release()
}

/* flow/life/life.c: finish_stop(): it starts again, or is off */
inline finish_stop()
{
	direct = false; /* delivery_end() */
	seize_end();
	lock_acquire(lock);
	if
	:: store_release(STATE, STARTING)
	:: store_release(STATE, STOPPED)
	fi;
	vm_lock_release()
}

/* flow/life/life.c: park() */
inline park()
{
	in_guest[vcpu] = false;
	lock_acquire(lock);
	on = on & ~bit_of(vcpu);
	pending = pending & ~bit_of(vcpu);
	parked = parked | bit_of(vcpu);
	vm_lock_release()
}

/* flow/life/life.c: turn_off() */
inline turn_off()
{
	in_guest[vcpu] = false;
#ifdef PLANTED_ANSWERED_BEFORE_IT_IS_OFF
	seize_answer();
#endif
	lock_acquire(lock);
	on = on & ~bit_of(vcpu);
#ifndef PLANTED_ANSWERED_BEFORE_IT_IS_OFF
	at_answer = at_answer | bit_of(vcpu);
	vm_lock_release();
	seize_answer();
	at_answer = at_answer & ~bit_of(vcpu)
#else
	vm_lock_release()
#endif
}

proctype vcpu_process(byte vcpu)
{
	byte me = vcpu + 1, offs = OFFS, blocks = BLOCKS, ons = 1 + OFFS;
	bool blocked, stop, ask;

end_idle: /* flow/run/run.c: run_idle(), flow/life/life.c: life_step() */
	do
	:: sgi[me] -> sgi[me] = false
	:: sees(STATE, STOPPING) && !(parked & bit_of(vcpu)) -> acquired(); park()
	:: vcpu == 0 && sees(STATE, STOPPING) && parked == everybody -> acquired(); finish_stop()
	:: vcpu == 0 && sees(STATE, STARTING) -> acquired(); begin()
	:: sees(STATE, RUNNING) && pending & bit_of(vcpu) -> /* prepare_to_enter() */
		acquired();
		lock_acquire(lock);
		pending = pending & ~bit_of(vcpu);
		vm_lock_release();
		goto attend
	od;

attend: /* flow/run/run.c: run_attend(), attend_seldom() */
	do
	:: load(stop, stopping(vcpu));
		load(ask, asked(vcpu));
		acquired();
		if
		:: stop -> park(); goto end_idle
		:: !stop && ask -> seize_answer()
		:: else -> break
		fi
	od;
	in_guest[vcpu] = true;

end_guest:
	do
	:: sgi[me] && !(blocked && direct) -> sgi[me] = false; acquired(); goto attend
	:: seized -> goto attend /* it faults: life_answer_seizure() */
	:: blocks > 0 -> atomic { blocks--; blocked = !blocked }
	:: offs > 0 -> offs--; turn_off(); goto end_idle
	:: offs > 0 || blocks > 0 -> atomic { offs = 0; blocks = 0 } /* or it does none of this any more */
#if VCPUS > 1
	:: vcpu == 0 && sees(STATE, RUNNING) && !(on & 2) && ons > 0 -> /* CPU_ON of the other vCPU */
		ons--;
		lock_acquire(lock);
		if
		:: !(on & 2) -> pending = pending | 2; on = on | 2
		:: else -> skip
		fi;
		vm_lock_release();
		gic_kick(2);
		goto attend
#endif
	od
}

/* When nothing happens any more, no work is left. */
proctype quiet()
{
	byte me; /* now all see the same */

end_quiet:
	timeout ->
	assert(!seized && !lock && sees(STATE, RUNNING) || sees(STATE, STOPPED));
	assert(sees(ASKED_AT, 0) && !has_asked_vcpu)
}

init {
	atomic {
		memory[STATE] = STARTING;
		run housekeeping();
		run vcpu_process(0);
#if VCPUS == 1
		run holder();
#else
		run vcpu_process(1);
#endif
		run quiet()
	}
}
