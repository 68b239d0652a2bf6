/* SPDX-License-Identifier: Apache-2.0 */
/* Processors that several vCPUs share: how much of them is promised, and how long a vCPU waits at most. */
#include <stdio.h>

#include "sbx.h"

/* After a piece of its work the console waits for eleven times as long (CAVEATS.md). */
static const struct analyse_vcpu housekeeping = {.priority = QUEUE_PRIORITIES,
												 .budget = SBX_SECTION_US,
												 .period = UINT64_C(12) * SBX_SECTION_US,
												 .slice = 1};

void sbx_find_sharing(const struct system_config *system, unsigned pcpu, struct sbx_sharing *out)
{
	*out = (struct sbx_sharing){.pcpu = pcpu};
	for (unsigned v = 0; v < system->vm_count; v++) {
		const struct config_vm *vm = &system->vm[v];

		for (unsigned i = 0; i < vm->vcpu_count && vm->valid && out->count < QUEUE_MAX; i++) {
			if (vm->pcpu[i] != pcpu)
				continue;
			out->seat[out->count] = (struct sbx_seat){.vm = vm, .vcpu = i};
			out->turn[out->count++] = (struct analyse_vcpu){.priority = vm->turn.priority,
															.budget = vm->turn.budget_us,
															.period = vm->turn.period_us,
															.slice = vm->turn.slice_us};
			if (vm->permissions & CONFIG_MAY_SHARE_DIRECTLY)
				out->handler_us = CONFIG_HANDLER_US;
			if (vm->turn.budget_us == 0)
				out->unlimited++;
			else
				out->promised_percent += 100.0 * (double)vm->turn.budget_us / (double)vm->turn.period_us;
		}
	}
	out->turn_count = out->count;
	if (pcpu == system->housekeeping)
		out->turn[out->turn_count++] = housekeeping;
}

struct analyse_bound sbx_find_bound(const struct sbx_sharing *sharing, unsigned seat)
{
	const struct analyse_costs costs = {
		.section = SBX_SECTION_US + sharing->handler_us, .change = SBX_SWITCH_US, .lost = SERVER_LEAST_US};

	return analyse_response(sharing->turn, sharing->turn_count, seat, &costs);
}

const char *sbx_no_bound_words(const struct sbx_sharing *sharing, const struct analyse_bound *bound,
							   struct sbx_words *words)
{
	const struct sbx_seat *by = &sharing->seat[bound->by];

	if (bound->answer == ANALYSE_STARVED)
		snprintf(words->text, sizeof(words->text), "vCPU %u of %s is more urgent and has no budget", by->vcpu,
				 by->vm->name);
	else if (bound->answer == ANALYSE_TOO_LONG)
		snprintf(words->text, sizeof(words->text), "those that are as urgent or more leave it no time");
	else
		snprintf(words->text, sizeof(words->text), "it has no budget");
	return words->text;
}
