/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/server.h"

#include <string.h>

static void drop(struct server *server, unsigned index)
{
	server->count--;
	memmove(&server->piece[index], &server->piece[index + 1],
			(server->count - index) * sizeof(server->piece[0]));
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
		struct server_piece *first = &server->piece[0];
		struct server_piece used = {
			.from = (first->from > since ? first->from : since) + server->period,
			.ticks = first->ticks < rest ? first->ticks : rest,
		};

		first->ticks -= used.ticks;
		if (first->ticks == 0)
			drop(server, 0);
		append(server, now, used);
		since += used.ticks;
		rest -= used.ticks;
	}
	while (server->count > 1 && server->piece[0].ticks < server->least)
		join_with_next(server, 0);
}
