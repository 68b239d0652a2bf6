/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doorbells of shared memories: which VMs get an interrupt when a VM rings. The lists are made at boot and do
 * not change, so any pCPU reads them without a lock.
 */
#ifndef CHANNEL_DOORBELL_H
#define CHANNEL_DOORBELL_H

#include "base/error.h"
#include "base/types.h"

/* One VM that sees a shared memory; `vintid` 0: it has no doorbell for this memory. */
struct doorbell_peer {
	unsigned vm;
	uint32_t vintid;
};

struct doorbell {
	struct doorbell_peer peer[VM_MAX];
	unsigned peer_count;
};

/* ERR_RANGE when VM_MAX see it already; ERR_CONFLICT when this VM does. */
MUST_USE enum err doorbell_add(struct doorbell *doorbell, unsigned vm, uint32_t vintid);

/*
 * The VMs that get an interrupt when `vm` rings: fills `out` (room for VM_MAX) and gives their count.
 * ERR_DENIED when `vm` does not see this memory itself.
 */
MUST_USE enum err doorbell_listeners(const struct doorbell *doorbell, unsigned vm, struct doorbell_peer *out,
									 unsigned *count);

#endif
