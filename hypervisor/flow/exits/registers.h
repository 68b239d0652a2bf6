/* SPDX-License-Identifier: Apache-2.0 */
/* System registers that trap. */
#ifndef FLOW_EXITS_REGISTERS_H
#define FLOW_EXITS_REGISTERS_H

#include "flow/exits/handler.h"

enum exit_next register_access(struct vcpu *vcpu, uint64_t esr);

#endif
