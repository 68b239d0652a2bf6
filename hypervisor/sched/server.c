/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/server.h"

#include <string.h>

static void drop(struct server *server, unsigned index)
{
	server->count--;
	memmove(&server->piece[index], &server->piece[index + 1],
			(server->count - index) * sizeof(server->piece[0]));
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * The first ticks of the first piece. The others were used later, and server_change() must know when; but
 * none comes after `latest` for that.
 */
static void take(struct server *server, uint64_t ticks, uint64_t latest)
{
	struct server_piece *first = &server->piece[0];

	first->ticks -= ticks;
	if (first->from < latest)
		first->from = earlier(first->from + ticks, latest);
	if (server->count > 1)
		first->from = earlier(first->from, first[1].from);
	if (first->ticks == 0)
		drop(server, 0);
}

/* The later time holds for both: so others lose nothing of what they were promised. */
static void join_with_next(struct server *server, unsigned index)
{
	server->piece[index + 1].ticks += server->piece[index].ticks;
	drop(server, index);
}

/* So that it loses nothing either, two that may be used already are joined, if there are two. */
static void make_room(struct server *server, uint64_t now)
{
	join_with_next(server, server->piece[1].from <= now ? 0 : SERVER_PIECES_MAX - 2);
}

/* A piece that is not worth a switch waits for the next one. */
static void join_short(struct server *server)
{
	while (server->count > 1 && server->piece[0].ticks < server->least)
		join_with_next(server, 0);
}

static void append(struct server *server, uint64_t now, struct server_piece piece)
{
	struct server_piece *last = server->count > 0 ? &server->piece[server->count - 1] : NULL;

	if (last && last->from + last->ticks == piece.from) { /* was used without a pause */
		last->ticks += piece.ticks;
		return;
	}
	if (server->count == SERVER_PIECES_MAX)
		make_room(server, now);
	server->piece[server->count++] = piece;
}

void server_start(struct server *server, uint64_t budget, uint64_t period, uint64_t least, uint64_t now)
{
	*server = (struct server){.budget = budget, .period = period, .least = least, .count = 1};
	server->piece[0] = (struct server_piece){.from = now, .ticks = budget};
}

uint64_t server_left(const struct server *server, uint64_t now)
{
	uint64_t left = 0;

	if (server->budget == 0)
		return UINT64_MAX;
	for (unsigned i = 0; i < server->count && server->piece[i].from <= now + left; i++)
		left += server->piece[i].ticks;
	return left;
}

uint64_t server_from(const struct server *server)
{
	return server->piece[0].from;
}

void server_use(struct server *server, uint64_t now, uint64_t ticks)
{
	uint64_t since = now - ticks;
	uint64_t rest = ticks < server->budget ? ticks : server->budget;

	while (rest > 0) {
		const struct server_piece *first = &server->piece[0];
		struct server_piece used = {
			.from = (first->from > since ? first->from : since) + server->period,
			.ticks = first->ticks < rest ? first->ticks : rest,
		};

		take(server, used.ticks, now);
		append(server, now, used);
		since += used.ticks;
		rest -= used.ticks;
	}
	join_short(server);
}

/* What was used comes back when it would, had it been used with the new period. */
static void shift(struct server_piece *piece, uint64_t old, uint64_t new)
{
	uint64_t from = piece->from + new;

	piece->from = from > old ? from - old : 0;
}

/* What was used the longest time ago, or not at all. Nothing comes later than if it were used now. */
static void take_away(struct server *server, uint64_t ticks, uint64_t now)
{
	while (ticks > 0) {
		struct server_piece first = server->piece[0];
		uint64_t part = earlier(first.ticks, ticks);

		if (first.from > now)
			server->cut = (struct server_piece){.from = first.from, .ticks = server->cut.ticks + part};
		take(server, part, now + server->period);
		ticks -= part;
	}
}

/* In front of the others, which come later; or with the first, if that is at hand. */
static void insert(struct server *server, struct server_piece piece, uint64_t now)
{
	if (server->piece[0].from <= now) {
		server->piece[0].ticks += piece.ticks;
		return;
	}
	if (server->count == SERVER_PIECES_MAX)
		join_with_next(server, SERVER_PIECES_MAX - 2);
	memmove(&server->piece[1], &server->piece[0], server->count * sizeof(server->piece[0]));
	server->piece[0] = piece;
	server->count++;
}

/* What has not been used is at hand. While something is cut, nothing else is. */
static void give(struct server *server, uint64_t ticks, uint64_t now)
{
	uint64_t back = earlier(ticks, server->cut.ticks);

	server->cut.ticks -= back;
	if (back > 0)
		insert(server, (struct server_piece){.from = server->cut.from, .ticks = back}, now);
	if (ticks > back)
		insert(server, (struct server_piece){.from = now, .ticks = ticks - back}, now);
}

void server_change(struct server *server, uint64_t budget, uint64_t period, uint64_t now)
{
	if (budget == 0 || server->budget == 0) {
		server_start(server, budget, period, server->least, now);
		return;
	}
	for (unsigned i = 0; i < server->count; i++)
		shift(&server->piece[i], server->period, period);
	shift(&server->cut, server->period, period);
	if (server->cut.from <= now)
		server->cut.ticks = 0;
	server->period = period;
	if (budget < server->budget)
		take_away(server, server->budget - budget, now);
	else if (budget > server->budget)
		give(server, budget - server->budget, now);
	server->budget = budget;
	join_short(server);
}
