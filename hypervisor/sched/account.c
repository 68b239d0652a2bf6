/* SPDX-License-Identifier: Apache-2.0 */
#include "sched/account.h"

/* One that was held before it ran has not woken twice. */
void account_wake(struct account *account, uint64_t now)
{
	uint64_t since = account->due && !account->waits ? account->due : now;

	account->due = 0;
	account->ready -= since;
	if (account->waits)
		return;
	account->wakes++;
	account->woken_at = since;
	account->waits = true;
}

void account_sleep(struct account *account, uint64_t now)
{
	account->ready += now;
}

unsigned account_bucket(uint64_t ticks)
{
	unsigned bits = ticks ? 64 - (unsigned)__builtin_clzll(ticks) : 0;

	return bits < ACCOUNT_WAITS ? bits : ACCOUNT_WAITS - 1;
}

void account_run(struct account *account, uint64_t now)
{
	uint64_t wait = now - account->woken_at;

	if (!account->waits)
		return;
	account->waits = false;
	account->wait[account_bucket(wait)]++;
	if (account->wait_worst < wait)
		account->wait_worst = wait;
}

uint64_t account_ready(const struct account *account, bool is_ready, uint64_t now)
{
	return account->ready + (is_ready ? now : 0);
}
