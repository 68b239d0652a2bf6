/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A vCPU's registers while EL2 runs: plain data whose layout machine/arm64/vectors.S knows.
 *
 * While the guest runs, SP_EL2 points at the frame of its vCPU, which is at the top of that vCPU's EL2 stack:
 * the vectors store into it with no address to compute, and the stack of C continues below it.
 */
#ifndef MACHINE_API_FRAME_H
#define MACHINE_API_FRAME_H

#include "base/types.h"

struct frame {
	/*
	 * An interrupt and HVC #0 save x0..x3, x8, x9, x16, x17 and x30 first, and the rest only on the long way;
	 * other synchronous exits save all. x19..x29 are loaded again only where they may have changed: when
	 * `callee_changed` is set, a short way asks for it, or run_idle() ran. See vectors.S.
	 */
	uint64_t x[31];
	uint64_t callee_changed; /* an exit handler wrote one of x19..x29 */
};

_Static_assert(sizeof(struct frame) == 256, "vectors.S counts on it, and SP must stay 16-byte aligned");
_Static_assert(offsetof(struct frame, x) == 0 && offsetof(struct frame, callee_changed) == 248,
			   "vectors.S stores and loads them there");

#endif
