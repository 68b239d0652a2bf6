/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of a pCPU a vCPU may use: a budget in each period, as a sporadic server. What is used comes back
 * one period after its use began. So in *any* window of one period no more than the budget is used; a budget
 * that is filled up at fixed times can be used twice in such a window.
 *
 * Pure arithmetic on counter values, by the pCPU of the vCPU alone.
 */
#ifndef SCHED_SERVER_H
#define SCHED_SERVER_H

#include "base/types.h"

#define SERVER_PIECES_MAX 8
#define SERVER_LEAST_US 20 /* a shorter piece of a budget is not worth a switch */

/* A part of the budget, and from when on it may be used. */
struct server_piece {
	uint64_t from, ticks;
};

struct server {
	uint64_t budget, period; /* ticks; a budget of 0 is no limit */
	uint64_t least;          /* ticks; a shorter piece waits for the next one, so that it is worth a switch */
	struct server_piece piece[SERVER_PIECES_MAX]; /* ascending; their sum is the budget */
	unsigned count;
	struct server_piece cut; /* of a larger budget before: was used, and would not be back yet */
};

/* The whole budget may be used from `now` on. least <= budget <= period, or a budget of 0. */
void server_start(struct server *server, uint64_t budget, uint64_t period, uint64_t least, uint64_t now);
/* How long it may run from `now` on without a pause: 0 if it must wait, UINT64_MAX without a limit. */
uint64_t server_left(const struct server *server, uint64_t now);
/* Until when it must wait, if server_left() is 0. */
uint64_t server_from(const struct server *server);
/*
 * It ran without a pause for `ticks`, until `now`. More than was left is taken from later pieces, which come
 * back that much later; more than the budget is not charged.
 */
void server_use(struct server *server, uint64_t now, uint64_t ticks);

/*
 * Another budget and period from `now` on; until then all that it ran is charged. What was used comes back
 * one *new* period after its use; of a smaller budget, what was used last stays used. So, with the old budget
 * C and period T, and the new C' and T':
 *
 *   windows of T' that begin at the change or later      at most C'
 *   windows of the shorter period, wherever they begin   at most the larger budget
 *
 * The same holds for many changes: the last period and budget, the shortest period and the largest budget.
 * Where one of the two is no limit, that says nothing, and a new limit begins with its whole budget.
 */
void server_change(struct server *server, uint64_t budget, uint64_t period, uint64_t now);

#endif
