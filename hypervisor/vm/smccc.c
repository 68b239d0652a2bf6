/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/smccc.h"

#include "signalbox/hypercall.h"

#define SMCCC_VERSION_1_1 0x00010001
#define SIGNALBOX_FUNCTION_COUNT 7 /* the answer of SIGNALBOX_CALL_COUNT: the rows of owner 6 below */

/*
 * One row serves the call and SMCCC_ARCH_FEATURES. The firmware mitigations ARCH_WORKAROUND_1, _2 and _3 have
 * no row. NOT_SUPPORTED means: none is offered here, and this call does not tell whether this processor needs
 * one. "Not required" would be a claim that Signalbox cannot prove, and the firmware's own mitigation is not
 * called on a guest's behalf. Guests then use ID_AA64PFR0_EL1.CSV2, CSV3 and SSBS, which they see as the
 * processor has them. ARCH_SOC_ID has no row either: a guest's machine is no SoC.
 */
static const struct smccc_row {
	uint32_t function;
	uint64_t value;
	enum call_action action;
} smccc_rows[] = {
	{.function = SMCCC_VERSION, .action = CALL_RETURN, .value = SMCCC_VERSION_1_1},
	{.function = SIGNALBOX_CALL_COUNT, .action = CALL_RETURN, .value = SIGNALBOX_FUNCTION_COUNT},
	{.function = SIGNALBOX_CALL_UID, .action = CALL_RETURN_WORDS, .value = SMCCC_WORDS_UID},
	{.function = SIGNALBOX_CALL_REVISION, .action = CALL_RETURN_WORDS, .value = SMCCC_WORDS_REVISION},
	{.function = SIGNALBOX_CALL_RING, .action = CALL_RING},
	{.function = SIGNALBOX_CALL_IRQ_MOVE, .action = CALL_MOVE, .value = false},
	{.function = SIGNALBOX_CALL_DEVICE_MOVE, .action = CALL_MOVE, .value = true},
	{.function = SIGNALBOX_CALL_DELIVERY, .action = CALL_DELIVER},
};

static const uint32_t words[SMCCC_WORDS_COUNT][4] = {
	[SMCCC_WORDS_UID] = {SIGNALBOX_UID_0, SIGNALBOX_UID_1, SIGNALBOX_UID_2, SIGNALBOX_UID_3},
	[SMCCC_WORDS_REVISION] = {SIGNALBOX_REVISION_MAJOR, SIGNALBOX_REVISION_MINOR},
};

const uint32_t *smccc_words(uint64_t which)
{
	return words[which];
}

static const struct smccc_row *smccc_find(uint32_t function)
{
	for (unsigned i = 0; i < ARRAY_COUNT(smccc_rows); i++) {
		if (smccc_rows[i].function == function)
			return &smccc_rows[i];
	}
	return NULL;
}

/* Is it a call of the Arm architecture service (owner 0)? SMCCC_ARCH_FEATURES covers only these. */
static bool is_architecture_call(uint32_t function)
{
	return (function & 0xbfff0000) == SMCCC_VERSION;
}

static uint64_t arch_features(uint32_t function)
{
	bool known = function == SMCCC_ARCH_FEATURES || (is_architecture_call(function) && smccc_find(function));

	return known ? 0 : CALL_NOT_SUPPORTED;
}

struct call_answer smccc_decide_other(const uint64_t x[])
{
	const struct smccc_row *row = smccc_find((uint32_t)x[0]);

	if ((uint32_t)x[0] == SMCCC_ARCH_FEATURES)
		return (struct call_answer){.action = CALL_RETURN, .value = arch_features((uint32_t)x[1])};
	if (!row)
		return (struct call_answer){.action = CALL_RETURN, .value = CALL_NOT_SUPPORTED};
	return (struct call_answer){.action = row->action, .value = row->value};
}
