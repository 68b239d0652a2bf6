/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls, with any function, arguments and immediate, by HVC or SMC, from any vCPU that is on. This program
 * keeps by Arm DEN 0022 which vCPUs are on, too: PSCI's answers, and the vCPUs that run afterwards, must
 * agree with it. Registers that an answer does not name are preserved, and a doorbell rings only where it
 * should.
 *
 * Input: how many vCPUs; then for each call the vCPU and conduit, the function, and three arguments.
 */
#include <string.h>

#include "base/bits.h"
#include "board.h"
#include "input.h"
#include "signalbox/hypercall.h"
#include "vm/exit.h"
#include "vm/smccc.h"

#define ANYTHING UINT64_C(0x123456789abcdef) /* an answer that only the call itself knows */
#define FUNCTION(x0) ((uint32_t)(x0) & ~PSCI_FUNCTION_64)
#define CPU_OFF (PSCI_FUNCTION_BASE + 2)
#define CPU_ON (PSCI_FUNCTION_BASE + 3)

static uint32_t on; /* vCPUs, a bit each */
static unsigned vcpu_count;

static uint64_t code(enum psci_code answer)
{
	return (uint64_t)(int64_t)answer;
}

static bool is_entry(uint64_t ipa)
{
	return ipa % 4 == 0 && ipa >= BOARD_RAM_IPA && ipa < BOARD_RAM_IPA + BOARD_RAM_SIZE;
}

static uint64_t expect_cpu_on(const uint64_t x[])
{
	uint64_t target = psci_argument(x, 1);

	if (target >= vcpu_count)
		return code(PSCI_INVALID_PARAMETERS);
	if (!is_entry(psci_argument(x, 2)))
		return code(PSCI_INVALID_ADDRESS);
	if (on >> target & 1)
		return code(PSCI_ALREADY_ON);
	on |= 1u << target;
	return code(PSCI_SUCCESS);
}

static uint64_t expect_affinity(const uint64_t x[])
{
	uint64_t target = psci_argument(x, 1);

	if (target >= vcpu_count || psci_argument(x, 2))
		return code(PSCI_INVALID_PARAMETERS);
	return on >> target & 1 ? 0 : 1;
}

/* The expected answer in x0; ANYTHING where it cannot be told. */
static uint64_t expect(uint32_t immediate, const uint64_t x[])
{
	bool wide = x[0] & PSCI_FUNCTION_64;

	if (immediate)
		return CALL_NOT_SUPPORTED;
	switch (FUNCTION(x[0])) {
	case PSCI_FUNCTION_BASE:
		return wide ? CALL_NOT_SUPPORTED : 0x10001;
	case CPU_ON:
		return expect_cpu_on(x);
	case PSCI_FUNCTION_BASE + 4:
		return expect_affinity(x);
	case FUNCTION(SIGNALBOX_CALL_RING):
		if (!wide)
			return CALL_NOT_SUPPORTED;
		return x[1] ? (uint64_t)SIGNALBOX_INVALID : SIGNALBOX_OK;
	default:
		return ANYTHING;
	}
}

static bool neighbour_hears(void)
{
	uint32_t *raised = &box.vm[1].vcpu[0]->vgic.raised[BOARD_NEIGHBOUR_DOORBELL / 32];
	bool hears = *raised;

	if (*raised & ~(1u << (BOARD_NEIGHBOUR_DOORBELL % 32)))
		board_fail("the neighbour is given what is no doorbell");
	*raised = 0;
	return hears;
}

static void check_answer(const struct frame *before, const struct frame *after, uint64_t expected)
{
	uint32_t function = (uint32_t)before->x[0];
	unsigned first = function == SIGNALBOX_CALL_UID || function == SIGNALBOX_CALL_REVISION ? 4 : 1;
	bool rings = function == SIGNALBOX_CALL_RING && after->x[0] == SIGNALBOX_OK;

	if (expected != ANYTHING && after->x[0] != expected)
		board_fail("call 0x%x(0x%llx, 0x%llx) answers 0x%llx; 0x%llx is right", function,
				   (unsigned long long)before->x[1], (unsigned long long)before->x[2],
				   (unsigned long long)after->x[0], (unsigned long long)expected);
	if (memcmp(&before->x[first], &after->x[first], (31 - first) * sizeof(uint64_t)))
		board_fail("call 0x%x does not preserve the registers behind its answer", function);
	if (neighbour_hears() != rings)
		board_fail("call 0x%x: the neighbour %s", function, rings ? "hears nothing" : "hears a doorbell");
}

/* After a call that was accepted: what runs, and where it began. */
static void check_power(const struct frame *before, uint64_t answer)
{
	uint64_t target = psci_argument(before->x, 1);

	board_settle();
	for (unsigned v = 0; v < vcpu_count; v++)
		if (board_runs(v) != (on >> v & 1))
			board_fail("vCPU %u %s", v, board_runs(v) ? "runs, and is off" : "does not run, and is on");
	if (FUNCTION(before->x[0]) != CPU_ON || answer)
		return;
	fake_cpu_select((unsigned)target);
	if (guest_pc() != psci_argument(before->x, 2) ||
		board_guest()->vcpu[target]->frame.x[0] != psci_argument(before->x, 3))
		board_fail("vCPU %llu does not begin where CPU_ON said", (unsigned long long)target);
}

static uint64_t choose_function(struct input *input)
{
	static const uint32_t others[] = {
		SMCCC_VERSION,      SMCCC_ARCH_FEATURES,     SMCCC_ARCH_WORKAROUND_1, SIGNALBOX_CALL_COUNT,
		SIGNALBOX_CALL_UID, SIGNALBOX_CALL_REVISION, SIGNALBOX_CALL_RING,
	};
	uint8_t which = input_byte(input);

	if (which >= 0xc0)
		return input_number(input, 4);
	if (which >= 0x80)
		return others[which % ARRAY_COUNT(others)];
	return PSCI_FUNCTION_BASE | (which & 0x40 ? PSCI_FUNCTION_64 : 0) | (which % PSCI_FUNCTION_COUNT);
}

/* An entry point or a vCPU, as often as anything else. */
static uint64_t choose_argument(struct input *input)
{
	uint64_t value = input_value(input);

	return value % 8 == 7 ? BOARD_RAM_IPA + (value >> 3) % (2 * BOARD_RAM_SIZE) : value;
}

static void make_call(struct input *input, unsigned v, bool smc)
{
	struct vcpu *vcpu = board_guest()->vcpu[v];
	uint32_t immediate = 0;
	struct frame before;
	uint64_t expected;

	board_pass_time(FAKE_COUNTER_FREQUENCY); /* so that each ring is told at once (flow/deliver/ring.h) */
	vcpu->frame.x[0] = choose_function(input);
	for (unsigned n = 1; n < 4; n++)
		vcpu->frame.x[n] = choose_argument(input);
	if (vcpu->frame.x[3] == 0)
		immediate = input_byte(input);
	before = vcpu->frame;
	expected = expect(immediate, before.x);
	board_exit(
		v, (struct guest_syndrome){.esr = FIELD_PUT(ESR_EC, smc ? EC_SMC64 : EC_HVC64) | ESR_IL | immediate});
	if (!board_runs(v) && board_guest()->state == VM_RUNNING && (uint32_t)before.x[0] != CPU_OFF)
		board_fail("call 0x%x turns its vCPU off", (uint32_t)before.x[0]);
	if (!board_runs(v))
		on &= ~(1u << v);
	else
		check_answer(&before, &vcpu->frame, expected);
	if (board_guest()->state == VM_RUNNING)
		check_power(&before, vcpu->frame.x[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = {data, size};

	vcpu_count = 1 + input_byte(&input) % BOARD_VCPUS;
	board_begin(&(struct board_setup){.vcpu_count = vcpu_count, .lr_count = 4, .intid_count = 64});
	on = 1;
	while (input.left && board_guest()->state == VM_RUNNING) {
		uint8_t who = input_byte(&input);
		unsigned v = (who & 0x7f) % vcpu_count;

		if (board_runs(v))
			make_call(&input, v, who & 0x80);
	}
	board_check_at_end();
	return 0;
}
