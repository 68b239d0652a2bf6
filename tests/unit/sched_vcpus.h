/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of three vCPUs, with priorities and budgets as a test wants them. */
#ifndef UNIT_SCHED_VCPUS_H
#define UNIT_SCHED_VCPUS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sched/queue.h"

#define VCPUS 3
#define START 1000

struct setting {
	uint8_t priority;
	bool hard;
	uint64_t budget, period, slice;
};

static struct queue queue;
static struct queue_vcpu vcpus[VCPUS];

/* None is ready. The first choice, at START. */
static inline struct queue_choice add_vcpus(const struct setting *settings)
{
	queue_init(&queue);
	for (unsigned v = 0; v < VCPUS; v++) {
		vcpus[v] = (struct queue_vcpu){.priority = settings[v].priority};
		queue_add(&queue, &vcpus[v]);
		vcpus[v].hard = settings[v].hard;
		vcpus[v].slice = settings[v].slice;
		server_start(&vcpus[v].server, settings[v].budget, settings[v].period, 1, START);
	}
	return queue_choose(&queue, START);
}

#endif
