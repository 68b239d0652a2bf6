/* SPDX-License-Identifier: Apache-2.0 */
/* System registers that trap. */
#ifndef FLOW_EXITS_REGISTERS_H
#define FLOW_EXITS_REGISTERS_H

#include "flow/exits/handler.h"

/* Has it debug registers from now on, which were withheld until now? It executes its instruction again. */
MUST_USE bool register_gives_debug(struct vcpu *vcpu);

enum exit_next register_access(struct vcpu *vcpu, uint64_t esr);

#endif
