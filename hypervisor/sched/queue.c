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
	vcpu->number = (uint8_t)queue->count;
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

/*
 * Where what runs has budget left, one of a lower priority has neither its turn nor its budget back before
 * the last choice ends.
 */
static bool is_outranked(const struct queue *queue, const struct queue_vcpu *vcpu)
{
	return queue->runs != QUEUE_NONE && queue->pays && !vcpu->ends &&
		   vcpu->priority < queue->vcpu[queue->runs]->priority;
}

__attribute__((noinline)) bool queue_wake(struct queue *queue, struct queue_vcpu *vcpu, uint64_t now)
{
	queue_ready(queue, vcpu->number);
	if (!(queue->counted >> vcpu->number & 1))
		account_wake(&vcpu->account, now);
	queue->counted |= 1u << vcpu->number;
	return !is_outranked(queue, vcpu);
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

/* `ticks` until now that a vCPU ran. */
static void charge(struct queue *queue, struct queue_vcpu *vcpu, bool pays, uint64_t now, uint64_t ticks)
{
	vcpu->ran += ticks;
	if (pays && vcpu->server.budget)
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
		charge(queue, queue->vcpu[queue->runs], queue->pays, now, now - queue->since);
	else if (queue->since)
		queue->idle += now - queue->since;
	queue->since = now;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* Which of those that are ready runs. */
struct found {
	int best; /* or QUEUE_NONE */
	unsigned most;
};

static struct found most_urgent(const struct queue *queue, uint64_t now)
{
	struct found found = {.best = QUEUE_NONE, .most = SPENT};
	uint64_t turn = UINT64_MAX;

	for (uint32_t left = queue->ready; left; left &= left - 1) {
		unsigned n = bits_lowest(left), urgent = urgency(queue->vcpu[n], now);

		if (urgent < found.most || (urgent == found.most && queue->vcpu[n]->turn > turn))
			continue;
		found = (struct found){.best = (int)n, .most = urgent};
		turn = queue->vcpu[n]->turn;
	}
	return found;
}

/* When another vCPU that is ready may have to run, though nothing comes. */
static uint64_t others_end(const struct queue *queue, struct found found, uint64_t now)
{
	uint64_t until = UINT64_MAX;

	for (uint32_t left = queue->ready; left; left &= left - 1) {
		unsigned n = bits_lowest(left);
		const struct queue_vcpu *vcpu = queue->vcpu[n];
		unsigned urgent = urgency(vcpu, now);

		if ((int)n != found.best && urgent == found.most && found.best != QUEUE_NONE)
			until = earlier(until, now + queue->vcpu[found.best]->slice_left);
		if (urgent < FIRST && FIRST + vcpu->priority >= found.most)
			until = earlier(until, server_from(&vcpu->server)); /* its budget comes back */
	}
	return until;
}

/* The earliest time at which another choice may be right, though nothing comes. */
static uint64_t ends(const struct queue *queue, struct found found, uint64_t now)
{
	bool alone = found.most >= FIRST && !(queue->ready & (queue->ready - 1));
	uint64_t until = alone ? UINT64_MAX : others_end(queue, found, now), left;

	if (found.most < FIRST)
		return until;
	left = server_left(&queue->vcpu[found.best]->server, now);
	return left < UINT64_MAX - now ? earlier(until, now + left) : until;
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

__attribute__((noinline)) struct queue_choice queue_choose(struct queue *queue, uint64_t now)
{
	struct found found;

	settle(queue, now);
	found = most_urgent(queue, now);
	count_choice(queue, found.best, now);
	queue->runs = found.best;
	queue->pays = found.most >= FIRST;
	return (struct queue_choice){.vcpu = found.best, .until = ends(queue, found, now)};
}

__attribute__((noinline)) void queue_nap(struct queue *queue, uint64_t now)
{
	settle(queue, now);
	queue->ready &= ~(1u << queue->runs);
	count_changes(queue, now);
	queue->runs = QUEUE_NONE;
}

__attribute__((noinline)) void queue_nap_ends(struct queue *queue, uint64_t now)
{
	struct queue_vcpu *vcpu = queue->vcpu[queue->last];

	queue->idle += now - queue->since;
	queue->since = now;
	queue->counted = queue->ready |= 1u << queue->last;
	begin_turn(queue, vcpu);
	account_wake(&vcpu->account, now);
	account_run(&vcpu->account, now);
	queue->runs = queue->last;
	queue->pays = urgency(vcpu, now) != SPENT;
}

void queue_switched(struct queue *queue, int left, uint64_t now)
{
	if (left == QUEUE_NONE || queue->runs == QUEUE_NONE ||
		queue->vcpu[left]->priority <= queue->vcpu[queue->runs]->priority)
		return;
	charge(queue, queue->vcpu[left], true, now, now - queue->since);
	queue->since = now;
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
