/* SPDX-License-Identifier: Apache-2.0 */
#include "dump.h"

#include <string.h>

static struct dump {
	struct hardware hardware;
	struct vm vm[WORLD_CPUS];
	struct vcpu vcpu[WORLD_CPUS];
	struct irq_slot shared[HARDWARE_SHARED_MAX];
	struct irq_history history[HARDWARE_SHARED_MAX];
} before, held, after;

static void save(struct dump *dump)
{
	dump->hardware = hardware;
	memcpy(dump->shared, box.irqs.shared, sizeof(dump->shared));
	memcpy(dump->history, box.irqs.history, sizeof(dump->history));
	for (unsigned v = 0; v < WORLD_CPUS; v++) {
		dump->vm[v] = box.vm[v];
		if (v < world.plan->vcpu_count)
			dump->vcpu[v] = *box.vcpu[v];
	}
}

static void load(const struct dump *dump)
{
	hardware = dump->hardware;
	memcpy(box.irqs.shared, dump->shared, sizeof(dump->shared));
	for (unsigned v = 0; v < WORLD_CPUS; v++) {
		box.vm[v] = dump->vm[v];
		if (v < world.plan->vcpu_count)
			*box.vcpu[v] = dump->vcpu[v];
	}
}

/* How often a lock was taken does not matter; nor do lines of the log, which report the refusal. */
static void forget_bystanders(struct dump *dump)
{
	for (unsigned v = 0; v < WORLD_CPUS; v++) {
		dump->vm[v].lock = (struct lock){0};
		dump->vm[v].vgic.lock = (struct lock){0};
		dump->vm[v].log = (struct log_source){0};
	}
}

void dump_begin(void)
{
	save(&before);
}

void dump_allowed(void)
{
	save(&held);
	load(&before);
}

void dump_compare(void)
{
	save(&after);
	forget_bystanders(&held);
	forget_bystanders(&after);
	if (memcmp(after.vcpu, held.vcpu, sizeof(held.vcpu)) != 0)
		fault("what is refused changes a vCPU");
	else if (memcmp(after.vm, held.vm, sizeof(held.vm)) != 0)
		fault("what is refused changes a VM");
	else if (memcmp(&after, &held, sizeof(held)) != 0)
		fault("what is refused changes the distributor, an owner or the history");
}
