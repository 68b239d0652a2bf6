/* SPDX-License-Identifier: Apache-2.0 */
#include "channel/doorbell.h"

static bool sees(const struct doorbell *doorbell, unsigned vm)
{
	for (unsigned i = 0; i < doorbell->peer_count; i++)
		if (doorbell->peer[i].vm == vm)
			return true;
	return false;
}

enum err doorbell_add(struct doorbell *doorbell, unsigned vm, uint32_t vintid)
{
	if (sees(doorbell, vm))
		return ERR_CONFLICT;
	if (doorbell->peer_count == VM_MAX)
		return ERR_RANGE;
	doorbell->peer[doorbell->peer_count++] = (struct doorbell_peer){.vm = vm, .vintid = vintid};
	return OK;
}

enum err doorbell_listeners(const struct doorbell *doorbell, unsigned vm, struct doorbell_peer *out,
							unsigned *count)
{
	unsigned found = 0;

	if (!sees(doorbell, vm))
		return ERR_DENIED;
	for (unsigned i = 0; i < doorbell->peer_count; i++)
		if (doorbell->peer[i].vm != vm && doorbell->peer[i].vintid)
			out[found++] = doorbell->peer[i];
	*count = found;
	return OK;
}
