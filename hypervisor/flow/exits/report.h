/* SPDX-License-Identifier: Apache-2.0 */
/* What people read when a guest does what it must not. */
#ifndef FLOW_EXITS_REPORT_H
#define FLOW_EXITS_REPORT_H

#include "flow/box/system.h"

/*
 * A headline that says which VM did what and what to do about it, then where: PC, address, syndrome,
 * registers, the node of the system description. All x0..x30 must be in the frame.
 */
void report_guest(const struct vcpu *vcpu, const struct guest_syndrome *syndrome, const char *what);

/*
 * Mistakes that a guest survives are said so many times for each VM since its start, within what the log
 * admits of a VM (base/log.h); the rest is counted.
 */
#define REPORT_MISTAKES_SAID 8

/*
 * The same for what the guest survives (it gets an exception of its own): said the first times since the
 * VM's start, counted always.
 */
void report_guest_mistake(struct vcpu *vcpu, const struct guest_syndrome *syndrome, const char *what);

/* Of a guest that cannot take the exception that it is given: which one it is, and that it hangs. */
void report_no_vectors(struct vcpu *vcpu, const struct guest_exception *exception);

/* Sends report lines (base/report.h) to the log; `level` is an enum log_level by address. */
void report_to_log(void *level, const char *text);

#endif
