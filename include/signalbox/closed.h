/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupts closed without a call. Two pages of 4 KiB, data only, belong to each vCPU of a VM that asks for
 * them: one that the guest writes, one that it reads. SIGNALBOX_CALL_CLOSED_PAGES gives their address; map
 * them as Normal write-back memory. They are zeroed when the VM starts.
 *
 * While a guest has written `closed`, Signalbox disturbs nobody for its interrupts: it writes no list
 * register, kicks no processor and preempts no other vCPU. It keeps the interrupts, and notes in `pending`
 * that there are some. The guest masks them itself as well, by ICC_PMR_EL1 or PSTATE.I, since one may be on
 * its way already:
 *
 *     mask; signalbox_closed_close(pages, closed);
 *     ...
 *     signalbox_closed_open(pages, 0); unmask;
 *
 * Masked first and unmasked last: a handler in between would run, and could switch threads, with the flag of
 * what it has interrupted.
 *
 * Both words are on one scale, of *urgency*: 0x100 less the GIC's priority, so that 0 is none. What is more
 * urgent than `closed` comes; the rest is withheld.
 *
 * For each vCPU alone: only its own code calls these. Header only, C11 with the builtins of GCC and
 * Clang, without a library.
 */
#ifndef SIGNALBOX_CLOSED_H
#define SIGNALBOX_CLOSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "signalbox/hypercall.h"

#define SIGNALBOX_CLOSED_BYTES 0x2000
#define SIGNALBOX_CLOSED_VERSION 1

#define SIGNALBOX_URGENCY(priority) (0x100u - (priority))
/* For `closed`: nothing; all; all with this priority or a less urgent one, as ICC_PMR_EL1 = priority masks.
 */
#define SIGNALBOX_CLOSED_NOTHING 0u
#define SIGNALBOX_CLOSED_ALL SIGNALBOX_URGENCY(0)
#define SIGNALBOX_CLOSED_FROM(priority) SIGNALBOX_URGENCY(priority)

/* What an interrupt that was withheld would have cost: indices of `avoided`. */
enum signalbox_avoided {
	SIGNALBOX_AVOIDED_INJECTION,  /* a write of a list register */
	SIGNALBOX_AVOIDED_KICK,       /* an exit of another processor */
	SIGNALBOX_AVOIDED_PREEMPTION, /* another vCPU would have been switched out */
	SIGNALBOX_AVOIDED_COUNT
};

/* All words are little-endian. What is not named is zero. */
struct signalbox_closed {
	/* The first page: the guest writes. */
	uint32_t closed;
	uint8_t zero_0004[0xffc];

	/* The second page: the guest reads. */
	uint32_t pending; /* the greatest urgency that is withheld; 0: none */
	uint8_t zero_1004[0x3c];
	uint32_t version;   /* SIGNALBOX_CLOSED_VERSION */
	uint32_t pcpu;      /* the processor that the vCPU lives on */
	uint32_t preempted; /* not 0 while the vCPU would run, and does not */
	uint8_t zero_104c[0x34];
	uint32_t stolen_revision, stolen_attributes; /* stolen time, as in Arm DEN 0057 */
	uint64_t stolen_ns;
	uint8_t zero_1090[0x30];
	uint64_t avoided[SIGNALBOX_AVOIDED_COUNT];
	uint8_t zero_10d8[0xf28];
};
_Static_assert(offsetof(struct signalbox_closed, pending) == 0x1000, "a page for each direction");
_Static_assert(offsetof(struct signalbox_closed, version) == 0x1040, "a cache line for each writer");
_Static_assert(offsetof(struct signalbox_closed, stolen_revision) == 0x1080, "as Arm DEN 0057 aligns it");
_Static_assert(offsetof(struct signalbox_closed, avoided) == 0x10c0, "a cache line for each writer");
_Static_assert(sizeof(struct signalbox_closed) == SIGNALBOX_CLOSED_BYTES, "two pages");

static inline uint32_t signalbox_little_endian(uint32_t word)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? word : __builtin_bswap32(word);
}

/* Closes, or closes more. One store. */
static inline void signalbox_closed_close(struct signalbox_closed *pages, uint32_t closed)
{
	__atomic_store_n(&pages->closed, signalbox_little_endian(closed), __ATOMIC_RELAXED);
}

/*
 * Opens to a lower `closed`. True: something that may come now was withheld, and SIGNALBOX_CALL_OPENED must
 * follow before the guest unmasks. Pairs with the fence in Signalbox, which writes `pending` before it reads
 * `closed`: one of the two sees what the other has written.
 */
static inline bool signalbox_closed_opens_to_call(struct signalbox_closed *pages, uint32_t closed)
{
	__atomic_store_n(&pages->closed, signalbox_little_endian(closed), __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* DMB ISH */
	return signalbox_little_endian(__atomic_load_n(&pages->pending, __ATOMIC_RELAXED)) > closed;
}

#ifdef __aarch64__
/* Another conduit: SIGNALBOX_CLOSED_CONDUIT "smc #0", before this header. */
#ifndef SIGNALBOX_CLOSED_CONDUIT
#define SIGNALBOX_CLOSED_CONDUIT "hvc #0"
#endif
static inline int64_t signalbox_closed_call(uint32_t function)
{
	register uint64_t x0 __asm__("x0") = function;

	__asm__ volatile(SIGNALBOX_CLOSED_CONDUIT : "+r"(x0) : : "x1", "x2", "x3", "memory");
	return (int64_t)x0;
}
#else
/* Elsewhere, in a test on a workstation, the test answers. */
int64_t signalbox_closed_call(uint32_t function);
#endif

/* The guest-physical address of the pages of this vCPU, or a negative error: SIGNALBOX_NOT_SUPPORTED and so
 * on. */
static inline int64_t signalbox_closed_pages(void)
{
	return signalbox_closed_call(SIGNALBOX_CALL_CLOSED_PAGES);
}

/* Opens, with one call if something was withheld that may come now, else with none. */
static inline void signalbox_closed_open(struct signalbox_closed *pages, uint32_t closed)
{
	if (signalbox_closed_opens_to_call(pages, closed))
		(void)signalbox_closed_call(SIGNALBOX_CALL_OPENED);
}

#ifdef __aarch64__
/*
 * Waits for an interrupt, of whatever urgency. PSTATE.I may be set; ICC_PMR_EL1 must let pass what is to
 * wake. What is withheld wakes nobody, so all is open before the wait, and after it.
 */
static inline void signalbox_closed_wait(struct signalbox_closed *pages)
{
	signalbox_closed_open(pages, SIGNALBOX_CLOSED_NOTHING);
	__asm__ volatile("dsb sy\n\twfi" : : : "memory");
}
#endif

#endif
