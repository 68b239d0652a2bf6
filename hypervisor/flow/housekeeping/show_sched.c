/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/housekeeping/show_sched.h"

#include "base/format.h"
#include "machine/api/cpu.h"

/* What a time was at the last answer. */
struct before {
	uint64_t ticks, at; /* `at` 0: there was none */
};

int show_limit(uint64_t time_us)
{
	return time_us ? (int)time_us : -1;
}

/* Its part of the time since then. */
static uint64_t permille_since(struct before *before, uint64_t ticks, uint64_t now)
{
	uint64_t passed = now - (before->at ? before->at : box.boot_counter);
	uint64_t used = ticks > before->ticks ? ticks - before->ticks : 0;

	*before = (struct before){.ticks = ticks, .at = now};
	if (passed == 0)
		return 0;
	return used < passed ? (used * 1000 + passed / 2) / passed : 1000;
}

static void show_pcpu(struct answer *answer, unsigned pcpu, uint64_t now)
{
	static struct before before[PCPU_MAX];
	const struct queue *queue = &box.pcpu[pcpu].queue;
	uint64_t idle = queue_idle(queue, now);

	answer_row(answer, &(struct monitor_pcpu_row){
						   .pcpu = pcpu,
						   .vcpus = queue->count,
						   .promised_permille = config_promised_permille(&box.config, pcpu),
						   .idle_permille = permille_since(&before[pcpu], idle, now),
						   .idle_us = cpu_ticks_to_us(idle),
						   .switches = queue->switches,
					   });
}

static void show_vcpu(struct answer *answer, unsigned pcpu, unsigned n, uint64_t now)
{
	static struct before before[VCPU_MAX];
	const struct queue *queue = &box.pcpu[pcpu].queue;
	const struct vcpu *vcpu = pcpu_vcpu(&box.pcpu[pcpu], n);
	const struct account *account = &vcpu->turn.account;
	const struct config_turn *turn = &vcpu->vm->config->turn;
	uint64_t ran = queue_ran(queue, n, now);

	answer_row(answer, &(struct monitor_sched_row){
						   .pcpu = pcpu,
						   .vm = vcpu->vm->config->name,
						   .vcpu = vcpu->index,
						   .priority = turn->priority,
						   .budget_us = show_limit(turn->budget_us),
						   .period_us = show_limit(turn->period_us),
						   .budget_hard = turn->budget_hard,
						   .used_permille = permille_since(&before[vcpu->number], ran, now),
						   .ran_us = cpu_ticks_to_us(ran),
						   .stolen_us = cpu_ticks_to_us(queue_stolen(queue, n, now)),
						   .switches = account->switches,
						   .preemptions = account->preemptions,
						   .wait_worst_us = cpu_ticks_to_us(account->wait_worst),
						   .wakes = account->wakes,
					   });
}

static bool is_shown(const struct vcpu *vcpu, int vm)
{
	return vm < 0 || vcpu->vm->number == (unsigned)vm;
}

static bool has_shown(unsigned pcpu, int vm)
{
	for (unsigned n = 0; n < box.pcpu[pcpu].queue.count; n++)
		if (is_shown(pcpu_vcpu(&box.pcpu[pcpu], n), vm))
			return true;
	return false;
}

/* ns, without an overflow where the multiplication comes first. */
static uint64_t ticks_to_ns(uint64_t ticks)
{
	uint64_t frequency = cpu_counter_frequency();

	return ticks / frequency * 1000000000 + ticks % frequency * 1000000000 / frequency;
}

/* Waits of one length, of the vCPUs of the VM. */
static void show_wait(struct answer *answer, const struct vm *vm, unsigned bucket)
{
	uint64_t vcpus[VCPU_PER_VM_MAX], below_ns = ticks_to_ns(BIT(bucket));
	char text[40] = "longer";
	struct monitor_wait_row row = {.wait = text, .vcpus = vcpus};

	if (bucket < ACCOUNT_WAITS - 1) {
		row.below_ns = below_ns;
		format_text(text, sizeof(text), "below %llu.%03llu us", (unsigned long long)(below_ns / 1000),
					(unsigned long long)(below_ns % 1000));
	}
	for (unsigned v = 0; v < vm->vcpu_count; v++) {
		vcpus[v] = vm->vcpu[v]->turn.account.wait[bucket];
		row.total += vcpus[v];
	}
	answer_row(answer, &row);
}

/* The lengths from the shortest to the longest that there was. */
static void find_waits(const struct vm *vm, unsigned *first, unsigned *end)
{
	*first = ACCOUNT_WAITS;
	*end = 0;
	for (unsigned v = 0; v < vm->vcpu_count; v++)
		for (unsigned bucket = 0; bucket < ACCOUNT_WAITS; bucket++) {
			if (!vm->vcpu[v]->turn.account.wait[bucket])
				continue;
			*first = bucket < *first ? bucket : *first;
			*end = bucket >= *end ? bucket + 1 : *end;
		}
}

static void show_waits(struct answer *answer, const struct vm *vm)
{
	struct tables_answer *table = &answer->table;
	unsigned abreast = table->json ? vm->vcpu_count : ANSWER_VCPUS_ABREAST, begin, end;

	answer_next(answer, TABLES_WAITS, false);
	find_waits(vm, &begin, &end);
	for (unsigned first = 0; first < vm->vcpu_count; first += abreast) {
		table->vcpu_first = first;
		table->vcpu_count = vm->vcpu_count - first < abreast ? vm->vcpu_count - first : abreast;
		answer_begin(answer);
		for (unsigned bucket = begin; bucket < end; bucket++)
			show_wait(answer, vm, bucket);
		answer_end(answer);
	}
}

void show_sched(struct answer *answer, int vm)
{
	uint64_t now = cpu_counter();

	answer_begin(answer);
	for (unsigned pcpu = 0; pcpu < box.host.cpus.pcpu_count; pcpu++)
		if (has_shown(pcpu, vm))
			show_pcpu(answer, pcpu, now);
	answer_end(answer);
	answer_next(answer, TABLES_SCHED, vm >= 0);
	answer_begin(answer);
	for (unsigned pcpu = 0; pcpu < box.host.cpus.pcpu_count; pcpu++)
		for (unsigned n = 0; n < box.pcpu[pcpu].queue.count; n++)
			if (is_shown(pcpu_vcpu(&box.pcpu[pcpu], n), vm))
				show_vcpu(answer, pcpu, n, now);
	answer_end(answer);
	if (vm >= 0)
		show_waits(answer, &box.vm[vm]);
}

/* "priority 20, budget 200 us in 1000 us, hard" */
static void describe_turn(const struct config_turn *turn, char *out, size_t size)
{
	if (turn->budget_us)
		format_text(out, size, "priority %u, budget %llu us in %llu us%s", turn->priority,
					(unsigned long long)turn->budget_us, (unsigned long long)turn->period_us,
					turn->budget_hard ? ", hard" : "");
	else
		format_text(out, size, "priority %u", turn->priority);
}

void show_turn(struct answer *answer, const struct vm *vm)
{
	char turn[80];

	if (!vm->config->shares)
		return;
	describe_turn(&vm->config->turn, turn, sizeof(turn));
	answer_line(answer, "%s shares processors: %s", vm->config->name, turn);
}

void show_sharers(struct answer *answer, unsigned pcpu)
{
	const struct vcpu *vcpu;
	char turn[80];

	for (unsigned n = 0; n < box.pcpu[pcpu].queue.count; n++) {
		vcpu = pcpu_vcpu(&box.pcpu[pcpu], n);
		describe_turn(&vcpu->vm->config->turn, turn, sizeof(turn));
		answer_line(answer, "pcpu %u is shared by %s.%u: %s", pcpu, vcpu->vm->config->name, vcpu->index,
					turn);
	}
}
