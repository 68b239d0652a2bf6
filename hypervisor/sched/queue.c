/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/queue.h"

#include "base/bits.h"

/* How urgent a vCPU is now. */
#define WAITS 0  /* its hard budget is spent */
#define SPENT 1  /* below all that have budget left */
#define FIRST 2u /* priority 0 */

void queue_init(struct queue *queue)
{
	*queue = (struct queue){.runs = QUEUE_NONE, .last = QUEUE_NONE};
}

unsigned queue_add(struct queue *queue, struct queue_vcpu *vcpu)
{
	queue->vcpu[queue->count] = vcpu;
	return queue->count++;
}

static void begin_turn(struct queue *queue, struct queue_vcpu *vcpu)
{
	vcpu->slice_left = vcpu->slice;
	vcpu->turn = ++queue->turns;
}

void queue_ready(struct queue *queue, unsigned vcpu)
{
	if (queue->ready >> vcpu & 1)
		return;
	queue->ready |= 1u << vcpu;
	begin_turn(queue, queue->vcpu[vcpu]);
}

void queue_wait(struct queue *queue, unsigned vcpu)
{
	queue->ready &= ~(1u << vcpu);
}

static unsigned urgency(const struct queue_vcpu *vcpu, uint64_t now)
{
	if (vcpu->ends)
		return FIRST + QUEUE_PRIORITIES;
	if (server_left(&vcpu->server, now) > 0)
		return FIRST + vcpu->priority;
	return vcpu->hard ? WAITS : SPENT;
}

static void charge(struct queue *queue, uint64_t now)
{
	struct queue_vcpu *vcpu = queue->vcpu[queue->runs];
	uint64_t ticks = now - queue->since;

	vcpu->ran += ticks;
	if (queue->pays)
		server_use(&vcpu->server, now, ticks);
	if (vcpu->slice_left > ticks)
		vcpu->slice_left -= ticks;
	else
		begin_turn(queue, vcpu);
}

/* The time since the last choice is over. */
static void settle(struct queue *queue, uint64_t now)
{
	if (queue->runs != QUEUE_NONE)
		charge(queue, now);
	else if (queue->since)
		queue->idle += now - queue->since;
	queue->since = now;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static int most_urgent(const struct queue *queue, uint64_t now, unsigned *most)
{
	int best = QUEUE_NONE;

	*most = SPENT;
	for (uint32_t left = queue->ready; left; left &= left - 1) {
		unsigned n = bits_lowest(left), urgent = urgency(queue->vcpu[n], now);

		if (urgent < *most ||
			(urgent == *most && best != QUEUE_NONE && queue->vcpu[n]->turn > queue->vcpu[best]->turn))
			continue;
		*most = urgent;
		best = (int)n;
	}
	return best;
}

/* The earliest time at which another choice may be right, though nothing comes. */
static uint64_t ends(const struct queue *queue, int best, unsigned most, uint64_t now)
{
	uint64_t until = UINT64_MAX;

	for (uint32_t left = queue->ready; left; left &= left - 1) {
		unsigned n = bits_lowest(left);
		const struct queue_vcpu *vcpu = queue->vcpu[n];
		unsigned urgent = urgency(vcpu, now);

		if ((int)n != best && urgent == most && best != QUEUE_NONE)
			until = earlier(until, now + queue->vcpu[best]->slice_left);
		if (urgent < FIRST && FIRST + vcpu->priority >= most)
			until = earlier(until, server_from(&vcpu->server)); /* its budget comes back */
	}
	if (most >= FIRST && server_left(&queue->vcpu[best]->server, now) < UINT64_MAX - now)
		until = earlier(until, now + server_left(&queue->vcpu[best]->server, now));
	return until;
}

/* Which vCPUs have become ready since the last choice, and which wait? */
static void count_changes(struct queue *queue, uint64_t now)
{
	for (uint32_t left = queue->ready ^ queue->counted; left; left &= left - 1) {
		unsigned n = bits_lowest(left);

		if (queue->ready >> n & 1)
			account_wake(&queue->vcpu[n]->account, now);
		else
			account_sleep(&queue->vcpu[n]->account, now);
	}
	queue->counted = queue->ready;
}

static void count_choice(struct queue *queue, int best, uint64_t now)
{
	count_changes(queue, now);
	if (best != queue->runs && queue->runs != QUEUE_NONE && queue->ready >> queue->runs & 1)
		queue->vcpu[queue->runs]->account.preemptions++;
	if (best == QUEUE_NONE)
		return;
	account_run(&queue->vcpu[best]->account, now);
	if (best == queue->last)
		return;
	queue->last = best;
	queue->switches++;
	queue->vcpu[best]->account.switches++;
}

struct queue_choice queue_choose(struct queue *queue, uint64_t now)
{
	unsigned most;
	int best;

	settle(queue, now);
	best = most_urgent(queue, now, &most);
	count_choice(queue, best, now);
	queue->runs = best;
	queue->pays = most >= FIRST;
	return (struct queue_choice){.vcpu = best, .until = ends(queue, best, most, now)};
}

void queue_switched(struct queue *queue, int left, uint64_t now)
{
	int runs = queue->runs;
	bool pays = queue->pays;

	if (left == QUEUE_NONE || runs == QUEUE_NONE ||
		queue->vcpu[left]->priority <= queue->vcpu[runs]->priority)
		return;
	queue->runs = left;
	queue->pays = true;
	settle(queue, now);
	queue->runs = runs;
	queue->pays = pays;
}

void queue_change(struct queue *queue, unsigned vcpu, const struct queue_change *change, uint64_t now)
{
	struct queue_vcpu *changed = queue->vcpu[vcpu];
	struct server *server = &changed->server;

	settle(queue, now); /* what ran until now used the old budget */
	changed->priority = change->priority;
	changed->hard = change->hard;
	if (change->budget != server->budget || change->period != server->period)
		server_change(server, change->budget, change->period, now);
}

void queue_stay(struct queue *queue, const struct queue_vcpu *vcpu)
{
	for (unsigned n = 0; n < queue->count; n++)
		if (queue->vcpu[n] == vcpu)
			queue->runs = (int)n;
	queue->pays = true;
}

bool queue_preempts(const struct queue *queue, unsigned vcpu, uint64_t now)
{
	unsigned running = WAITS;

	if (queue->runs != QUEUE_NONE)
		running = queue->pays ? FIRST + queue->vcpu[queue->runs]->priority : SPENT;
	return urgency(queue->vcpu[vcpu], now) > running;
}

/* How long has what runs now, or nothing, run? */
static uint64_t running(const struct queue *queue, int vcpu, uint64_t now)
{
	return queue->runs == vcpu && queue->since && now > queue->since ? now - queue->since : 0;
}

uint64_t queue_ran(const struct queue *queue, unsigned vcpu, uint64_t now)
{
	return queue->vcpu[vcpu]->ran + running(queue, (int)vcpu, now);
}

uint64_t queue_stolen(const struct queue *queue, unsigned vcpu, uint64_t now)
{
	uint64_t ran = queue_ran(queue, vcpu, now);
	uint64_t ready = account_ready(&queue->vcpu[vcpu]->account, queue->counted >> vcpu & 1, now);

	return ready > ran ? ready - ran : 0;
}

uint64_t queue_idle(const struct queue *queue, uint64_t now)
{
	return queue->idle + running(queue, QUEUE_NONE, now);
}
