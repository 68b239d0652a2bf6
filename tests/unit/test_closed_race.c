/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest that opens and closes its interrupts by signalbox/closed.h, beside two pCPUs that raise interrupts
 * of its vCPU as EL2 does. What is raised while the guest closes or opens is not lost; what is closed does
 * not come; a call is made only when something was pending.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "vgic/closed.h"

#define SENDERS 2
#define RAISES 50000
#define HALF SIGNALBOX_CLOSED_FROM(0x80) /* the interrupt of sender 1 comes, that of sender 0 does not */

static const uint8_t priority[SENDERS] = {0xa0, 0x20};

static struct signalbox_closed pages;
static struct vgic_closed closed;
static uint32_t attend; /* vgic_cpu.attend with `raised`: a bit for each sender */
static bool kicked;
/* Of each sender: what it raised last was withheld; it has no more. By the sender, with release. */
static bool withheld[SENDERS], done[SENDERS];

/* By the guest's thread; `taken` is read by the senders, too. */
static uint32_t listed, mask;
static unsigned taken[SENDERS], calls;

static void *send_all(void *number)
{
	size_t me = (size_t)number;

	for (unsigned i = 0; i < RAISES; i++) {
		atomic_store(&withheld[me], false);
		atomic_or(&attend, 1u << me); /* release: pairs with the acquire in rests() */
		if (!vgic_closed_withholds(&closed, priority[me], SIGNALBOX_AVOIDED_KICK))
			atomic_store_release(&kicked, true); /* pairs with the swap in interrupt() */
		else
			atomic_store_release(&withheld[me], true); /* pairs with the acquire in rests() */
		/* Pairs with the release in interrupt(). Often without giving up the processor, so that they meet. */
		for (unsigned looks = 1; atomic_load_acquire(&taken[me]) == i; looks++)
			if (looks % 256 == 0)
				sched_yield();
	}
	atomic_store_release(&done[me], true); /* pairs with the acquire in rests() */
	return NULL;
}

/* EL2 on the guest's pCPU. */
static void run_attend(void)
{
	vgic_closed_take_back(&closed);
	listed |= atomic_swap(&attend, 0);
}

int64_t signalbox_closed_call(uint32_t function)
{
	assert_int_equal(function, SIGNALBOX_CALL_OPENED);
	assert_int_not_equal(pages.pending, 0);
	calls++;
	run_attend();
	return SIGNALBOX_OK;
}

/* Between two instructions of the guest. */
static void interrupt(void)
{
	if (atomic_swap(&kicked, false))
		run_attend();
	for (unsigned s = 0; s < SENDERS; s++)
		if ((listed >> s & 1) && vgic_closed_may_come(mask, priority[s])) {
			listed &= ~(1u << s);
			atomic_store_release(&taken[s], taken[s] + 1); /* pairs with the acquire in send_all() */
		}
}

static void close_to(uint32_t level)
{
	mask = level;
	signalbox_closed_close(&pages, level);
	interrupt();
}

static void open_to(uint32_t level)
{
	signalbox_closed_open(&pages, level);
	mask = level;
	interrupt();
}

static bool sent_all(void)
{
	return atomic_load_acquire(&done[0]) && atomic_load_acquire(&done[1]);
}

/* The sender waits until its interrupt is taken, which the mask lets pass: it must be on its way. */
static void must_not_be_stuck(unsigned s)
{
	bool is_raised = atomic_load_acquire(&attend) >> s & 1;

	if (is_raised && atomic_load_acquire(&withheld[s]))
		assert_true(atomic_load(&kicked));
}

/* It is done, or waits for the guest to open. */
static bool rests(unsigned s)
{
	return (listed >> s & 1) || atomic_load_acquire(&done[s]) || atomic_load_acquire(&withheld[s]);
}

static void work_closed(unsigned round)
{
	unsigned before[SENDERS];

	memcpy(before, taken, sizeof(before));
	for (unsigned i = 0; i < round % 64; i++)
		interrupt();
	/* Now and then for so long that each sender has met the flag. */
	while (round % 16 == 0 && mask == SIGNALBOX_CLOSED_ALL && !(rests(0) && rests(1))) {
		interrupt();
		sched_yield();
	}
	for (unsigned s = 0; s < SENDERS; s++)
		assert_true(vgic_closed_may_come(mask, priority[s]) || taken[s] == before[s]);
}

/* Open for so long that a sender sees it. */
static void work_open(void)
{
	unsigned before = taken[0] + taken[1];

	for (unsigned looks = 1; !sent_all() && taken[0] + taken[1] == before; looks++) {
		interrupt();
		must_not_be_stuck(0);
		must_not_be_stuck(1);
		if (looks % 256 == 0)
			sched_yield();
	}
}

static void one_window(unsigned round)
{
	close_to(round % 3 < 2 ? SIGNALBOX_CLOSED_ALL : HALF);
	work_closed(round);
	if (round % 2) {
		open_to(HALF);
		must_not_be_stuck(1);
		work_closed(round / 2);
	}
	open_to(SIGNALBOX_CLOSED_NOTHING);
	work_open();
}

static void test_nothing_is_lost_and_nothing_comes_while_closed(void **state)
{
	pthread_t sender[SENDERS];
	uint64_t avoided;

	(void)state;
	closed.pages = &pages;
	close_to(SIGNALBOX_CLOSED_ALL); /* so that each sender meets the flag in the first window */
	for (size_t s = 0; s < SENDERS; s++)
		assert_int_equal(pthread_create(&sender[s], NULL, send_all, (void *)s), 0);
	for (unsigned round = 0; !sent_all(); round++) {
		one_window(round);
	}
	for (size_t s = 0; s < SENDERS; s++)
		assert_int_equal(pthread_join(sender[s], NULL), 0);
	interrupt();
	avoided = pages.avoided[SIGNALBOX_AVOIDED_KICK];
	assert_int_equal(taken[0], RAISES);
	assert_int_equal(taken[1], RAISES);
	assert_true(avoided > 0);
	assert_true(calls > 0 && calls <= 2 * RAISES);
}

static void test_a_pair_with_nothing_pending_makes_no_call(void **state)
{
	(void)state;
	memset(&pages, 0, sizeof(pages));
	calls = 0;
	for (unsigned i = 0; i < 1000; i++) {
		signalbox_closed_close(&pages, SIGNALBOX_CLOSED_ALL);
		assert_int_equal(pages.closed, 0x100);
		signalbox_closed_open(&pages, SIGNALBOX_CLOSED_NOTHING);
		assert_int_equal(pages.closed, 0);
	}
	assert_int_equal(calls, 0);
}

/* Withheld while half is open: the call comes with the opening that lets it pass, once. */
static void test_one_call_when_what_is_pending_may_come(void **state)
{
	(void)state;
	memset(&pages, 0, sizeof(pages));
	calls = listed = 0;
	signalbox_closed_close(&pages, SIGNALBOX_CLOSED_ALL);
	assert_true(vgic_closed_withholds(&closed, 0xa0, SIGNALBOX_AVOIDED_INJECTION));
	signalbox_closed_open(&pages, HALF);
	assert_int_equal(calls, 0);
	signalbox_closed_open(&pages, SIGNALBOX_CLOSED_NOTHING);
	assert_int_equal(calls, 1);
	signalbox_closed_open(&pages, SIGNALBOX_CLOSED_NOTHING);
	assert_int_equal(calls, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_lost_and_nothing_comes_while_closed),
		cmocka_unit_test(test_a_pair_with_nothing_pending_makes_no_call),
		cmocka_unit_test(test_one_call_when_what_is_pending_may_come),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
