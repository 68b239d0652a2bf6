/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words that several pCPUs share, as Arm's memory model lets pCPUs see them (Arm DDI 0487, The AArch64
 * Application Level Memory Model), approximated by two delays of each pCPU:
 *
 *   unsent  A store is seen by its own pCPU at once, and by all others together at some later moment.
 *           Stores to different words may become visible in either order.
 *   late    A load may give the value before the newest, once, if the newest became visible since this
 *           pCPU's last acquire or fence: so loads may be reordered among each other.
 *
 * Not covered: a load that is done after a later store of its pCPU (allowed by Arm without a dependency, an
 * acquire or a release); values older than the one before the newest; two stores of a pCPU to one word that
 * are both on their way. What Arm gives beyond C11, that an LDAR waits for an earlier STLR, is not relied on.
 *
 * STRONG: neither delay, for worlds of three pCPUs in which the order of whole steps matters.
 *
 * A model that includes this defines PCPUS, 2 or 3, and WORDS, and calls these from a process with a local
 * `me`, its pCPU. The names are those of base/atomic.h.
 */
byte memory[WORDS];
byte older[WORDS];
byte stored[PCPUS * WORDS]; /* of those that are unsent; else 0 */
int unsent[PCPUS];          /* a bit for each word */
int late[PCPUS];
bool sgi[PCPUS]; /* a kick is pending at the pCPU's interface */

#define has(mask, word) ((mask) >> (word) & 1)
#define mine(word) stored[me * WORDS + (word)]
#define newest(word) (has(unsent[me], word) -> mine(word) : memory[word])
#if PCPUS == 2
#define all_unsent (unsent[0] | unsent[1])
#else
#define all_unsent (unsent[0] | unsent[1] | unsent[2])
#endif

inline make_late(pcpu, other, word)
{
	if
	:: other != pcpu && memory[word] != older[word] -> late[other] = late[other] | 1 << (word)
	:: else -> late[other] = late[other] & ~(1 << (word))
	fi
}

inline become_visible(pcpu, word)
{
	older[word] = memory[word];
	memory[word] = stored[pcpu * WORDS + (word)];
	stored[pcpu * WORDS + (word)] = 0;
	unsent[pcpu] = unsent[pcpu] & ~(1 << (word));
	make_late(pcpu, 0, word);
	make_late(pcpu, 1, word);
#if PCPUS > 2
	make_late(pcpu, 2, word);
#endif
	if
	:: late[0] >> (word) & 1 -> skip
	:: late[1] >> (word) & 1 -> skip
#if PCPUS > 2
	:: late[2] >> (word) & 1 -> skip
#endif
	:: else -> older[word] = 0 /* no pCPU can see it: fewer states */
	fi
}

#ifndef STRONG
/* Stores become visible at any time, in any order. */
active proctype visibility()
{
	byte pcpu, word;

end_visible:
	do
	:: atomic {
		all_unsent != 0 ->
		if
		:: unsent[0] != 0 -> pcpu = 0
		:: unsent[1] != 0 -> pcpu = 1
#if PCPUS > 2
		:: unsent[2] != 0 -> pcpu = 2
#endif
		fi;
		do
		:: has(unsent[pcpu], word) -> break
		:: unsent[pcpu] >> (word + 1) != 0 -> word++
		od;
		d_step {
			become_visible(pcpu, word);
			pcpu = 0;
			word = 0
		}
	   }
	od
}
#endif

inline send(word, value)
{
#ifdef STRONG
	memory[word] = value
#else
	mine(word) = value;
	unsent[me] = unsent[me] | 1 << (word)
#endif
}

inline store(word, value)
{
	atomic {
		!has(unsent[me], word); /* one store at a time is on its way */
		send(word, value)
	}
}

/* Pairs with load_acquire(): all stores before it are visible when it is. */
inline store_release(word, value)
{
	atomic {
		unsent[me] == 0;
		send(word, value)
	}
}

inline load(to, word)
{
	atomic {
		if
		:: !has(unsent[me], word) && has(late[me], word) -> to = older[word]
		:: to = newest(word)
		fi;
		late[me] = late[me] & ~(1 << (word))
	}
}

inline load_acquire(to, word)
{
	atomic {
		load(to, word);
		late[me] = 0
	}
}

/*
 * A loop that reads until the word has the value continues when this is true: sooner or later it sees the
 * newest value. With acquired() after it in one step, it reads by load-acquire.
 */
#define sees(word, value) (newest(word) == (value))
inline acquired()
{
	late[me] = 0
}

/* atomic_add() and the like: one at a time; others may see its store after later loads of this pCPU. */
inline change(word, value)
{
	atomic {
		unsent[me] == 0 && !has(all_unsent, word);
		late[me] = 0;
		send(word, value)
	}
}

/* atomic_swap(): the same, with the value before. */
inline swap(was, word, value)
{
	atomic {
		unsent[me] == 0 && !has(all_unsent, word);
		late[me] = 0;
		was = memory[word];
		send(word, value)
	}
}

/* __atomic_thread_fence(__ATOMIC_SEQ_CST), DMB ISH. */
inline fence()
{
	atomic {
		unsent[me] == 0;
		late[me] = 0
	}
}

/* base/lock.h. Tickets make it fair; here it is enough that every wait ends. */
inline lock_acquire(lock)
{
	atomic {
		!lock -> lock = true;
		late[me] = 0
	}
}

inline lock_release(lock)
{
	atomic {
		unsent[me] == 0;
		lock = false
	}
}

/* machine/gic/interface.c: send(): DSB ISHST before the SGI. */
inline gic_kick(pcpu)
{
	atomic {
#ifndef PLANTED_KICK_WITHOUT_BARRIER
		unsent[me] == 0;
#endif
		sgi[pcpu] = true
	}
}
