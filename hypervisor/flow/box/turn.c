/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/box/turn.h"

#include "flow/box/timer.h"
#include "machine/api/cpu.h"

/*
 * The rest between pieces of work on a pCPU where a guest runs: the work then takes less than a tenth of the
 * time, with the way there and back. The rest has an upper limit, since a piece may only look long: an
 * emulator's host may have done something else.
 */
#define REST_FACTOR 11
#define REST_MAX_US 20000
#define PUT_OFF_US 200
#define PUT_OFF_MAX_US 20000

static struct {
	bool open;             /* set once by the boot CPU, before guests run */
	uint32_t due;          /* any pCPU sets it, the housekeeping pCPU takes it */
	uint64_t began, until; /* counter values: when the turn began, and when the rest after it ends */
	uint64_t put_off;      /* since then; 0: the work was not put off */
} turn;

void turn_open(void)
{
	atomic_store_release(&turn.open, true); /* pairs with turn_is_open() */
}

bool turn_is_open(void)
{
	return atomic_load_acquire(&turn.open);
}

static bool is_here(void)
{
	return turn.open && pcpu_this() == box.config.housekeeping;
}

void turn_want(void)
{
	if (!atomic_swap(&turn.due, 1))
		gic_kick(box.config.housekeeping);
}

void turn_want_at_once(void)
{
	if (is_here())
		turn.until = 0;
	turn_want();
}

bool turn_is_wanted(void)
{
	return atomic_load(&turn.due) && is_here();
}

bool turn_take(void)
{
	if (!is_here() || !atomic_swap(&turn.due, 0))
		return false;
	turn.put_off = 0;
	return true;
}

void turn_put_off(void)
{
	uint64_t now = cpu_counter(), until = now + cpu_us_to_ticks(PUT_OFF_US);

	if (turn.put_off == 0)
		turn.put_off = now;
	if (now - turn.put_off < cpu_us_to_ticks(PUT_OFF_MAX_US) && turn.until < until)
		turn.until = until;
}

bool turn_begin(void)
{
	turn.began = cpu_counter();
	if (turn.began >= turn.until)
		return true;
	timer_set(TIMER_TURN, turn.until);
	return false;
}

void turn_end(void)
{
	uint64_t now = cpu_counter(), rest = REST_FACTOR * (now - turn.began),
			 most = cpu_us_to_ticks(REST_MAX_US);

	turn.until = now + (rest < most ? rest : most);
}
