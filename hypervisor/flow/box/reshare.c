/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/box/reshare.h"

#include "machine/api/cpu.h"

/* The word: vcpu.reshared. The description has no budget or period of 2^24 us. */
#define RESHARE_ASKED BIT(63)
#define RESHARE_HARD BIT(62)
#define RESHARE_PRIORITY BITS(56, 52)
#define RESHARE_BUDGET_US BITS(51, 26)
#define RESHARE_PERIOD_US BITS(25, 0)

static unsigned place_in_queue(const struct vcpu *vcpu)
{
	unsigned n = 0;

	while (pcpu_vcpu(&box.pcpu[vcpu->pcpu], n) != vcpu)
		n++;
	return n;
}

void reshare_ask(struct vcpu *vcpu)
{
	const struct config_turn *turn = &vcpu->vm->config->turn;

	atomic_store(&vcpu->reshared, RESHARE_ASKED | (turn->budget_hard ? RESHARE_HARD : 0) |
									  FIELD_PUT(RESHARE_PRIORITY, turn->priority) |
									  FIELD_PUT(RESHARE_BUDGET_US, turn->budget_us) |
									  FIELD_PUT(RESHARE_PERIOD_US, turn->period_us));
	atomic_or(&box.pcpu[vcpu->pcpu].reshared, 1u << place_in_queue(vcpu)); /* pairs with reshare_take() */
	gic_kick(vcpu->pcpu);
}

/* A word that is newer than its bit is taken now, and its bit finds none. */
void reshare_take(struct pcpu *pcpu)
{
	uint64_t now = cpu_counter();

	for (uint32_t left = atomic_swap(&pcpu->reshared, 0); left; left &= left - 1) {
		unsigned n = bits_lowest(left);
		uint64_t word = atomic_swap(&pcpu_vcpu(pcpu, n)->reshared, 0);

		if (word)
			queue_change(&pcpu->queue, n,
						 &(struct queue_change){
							 .priority = (uint8_t)FIELD_GET(RESHARE_PRIORITY, word),
							 .hard = word & RESHARE_HARD,
							 .budget = cpu_us_to_ticks(FIELD_GET(RESHARE_BUDGET_US, word)),
							 .period = cpu_us_to_ticks(FIELD_GET(RESHARE_PERIOD_US, word)),
						 },
						 now);
	}
}
