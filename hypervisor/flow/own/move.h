/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shared interrupts, and devices with theirs, go from one VM to another while both run: which VM may have
 * what. One move at a time (LOCK_MOVE), bounded: the VMs pause (flow/own/pause.h), and the distributor has a
 * deadline. The move itself: flow/own/carry.h. A move that is refused has changed nothing.
 */
#ifndef FLOW_OWN_MOVE_H
#define FLOW_OWN_MOVE_H

#include "flow/own/move_request.h"

/* Called at EL2 on any pCPU, without locks. */
enum move_result move_interrupt(const struct move_request *request);

/* The monitor's answer, without a '%'. */
const char *move_words(enum move_result result);

#endif
