/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines about a guest that does what it must not. */
#ifndef FLOW_EXITS_REPORT_H
#define FLOW_EXITS_REPORT_H

#include "flow/box/system.h"

/*
 * A headline that says which VM did what and what to do about it, then details: PC, address, syndrome,
 * registers, the node of the system description. All x0..x30 must be in the frame.
 */
void report_guest(const struct vcpu *vcpu, const struct guest_syndrome *syndrome, const char *what);

/*
 * How many of a VM's mistakes that it survives are logged since its start, within the log's limits for a VM
 * (base/log.h); the rest is counted.
 */
#define REPORT_MISTAKES_SAID 8

/*
 * The same for a mistake that the guest survives (it gets an exception): logged the first times since the
 * VM's start, counted always.
 */
void report_guest_mistake(struct vcpu *vcpu, const struct guest_syndrome *syndrome, const char *what);

/*
 * For a guest that cannot take the exception that it is given: says which exception it is, and that the guest
 * hangs.
 */
void report_no_vectors(struct vcpu *vcpu, const struct guest_exception *exception);

/* Sends report lines (base/report.h) to the log; `level` is an enum log_level by address. */
void report_to_log(void *level, const char *text);

#endif
