/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/smccc.h"

#include "signalbox/closed.h"

#define SMCCC_VERSION_1_1 0x00010001
#define SIGNALBOX_FUNCTION_COUNT 9 /* the answer of SIGNALBOX_CALL_COUNT: the rows of owner 6 below */

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
	enum { ANY_VM, WITH_CLOSED_FLAG, WITH_STOLEN_TIME } whose; /* for other VMs it does not exist */
} smccc_rows[] = {
	{.function = SMCCC_VERSION, .action = CALL_RETURN, .value = SMCCC_VERSION_1_1},
	{.function = SIGNALBOX_CALL_COUNT, .action = CALL_RETURN, .value = SIGNALBOX_FUNCTION_COUNT},
	{.function = SIGNALBOX_CALL_UID, .action = CALL_RETURN_WORDS, .value = SMCCC_WORDS_UID},
	{.function = SIGNALBOX_CALL_REVISION, .action = CALL_RETURN_WORDS, .value = SMCCC_WORDS_REVISION},
	{.function = SIGNALBOX_CALL_RING, .action = CALL_RING},
	{.function = SIGNALBOX_CALL_IRQ_MOVE, .action = CALL_MOVE, .value = false},
	{.function = SIGNALBOX_CALL_DEVICE_MOVE, .action = CALL_MOVE, .value = true},
	{.function = SIGNALBOX_CALL_DELIVERY, .action = CALL_DELIVER},
	{.function = SIGNALBOX_CALL_CLOSED_PAGES, .action = CALL_PAGES, .whose = WITH_CLOSED_FLAG},
	{.function = SIGNALBOX_CALL_OPENED, .action = CALL_OPENED, .whose = WITH_CLOSED_FLAG},
	{.function = PV_TIME_ST,
	 .action = CALL_PAGES,
	 .value = offsetof(struct signalbox_closed, stolen_revision),
	 .whose = WITH_STOLEN_TIME},
};

static const uint32_t words[SMCCC_WORDS_COUNT][4] = {
	[SMCCC_WORDS_UID] = {SIGNALBOX_UID_0, SIGNALBOX_UID_1, SIGNALBOX_UID_2, SIGNALBOX_UID_3},
	[SMCCC_WORDS_REVISION] = {SIGNALBOX_REVISION_MAJOR, SIGNALBOX_REVISION_MINOR},
};

const uint32_t *smccc_words(uint64_t which)
{
	return words[which];
}

static bool has(const struct psci_view *view, const struct smccc_row *row)
{
	return row->whose == ANY_VM ||
		   (row->whose == WITH_CLOSED_FLAG ? view->has_closed_flag : view->has_stolen_time);
}

static const struct smccc_row *smccc_find(const struct psci_view *view, uint32_t function)
{
	for (unsigned i = 0; i < ARRAY_COUNT(smccc_rows); i++) {
		if (smccc_rows[i].function == function && has(view, &smccc_rows[i]))
			return &smccc_rows[i];
	}
	return NULL;
}

/*
 * What SMCCC_ARCH_FEATURES covers: the Arm architecture service (owner 0), and the call that says more of
 * stolen time (Arm DEN 0057).
 */
static bool has_feature(const struct psci_view *view, uint32_t function)
{
	if (function == PV_TIME_FEATURES)
		return view->has_stolen_time;
	return function == SMCCC_ARCH_FEATURES ||
		   ((function & 0xbfff0000) == SMCCC_VERSION && smccc_find(view, function));
}

static bool has_time_feature(const struct psci_view *view, uint32_t function)
{
	return view->has_stolen_time && (function == PV_TIME_FEATURES || function == PV_TIME_ST);
}

static struct call_answer answer_supported(bool is_supported)
{
	return (struct call_answer){.action = CALL_RETURN, .value = is_supported ? 0 : CALL_NOT_SUPPORTED};
}

struct call_answer smccc_decide_other(const struct psci_view *view, const uint64_t x[])
{
	const struct smccc_row *row;

	if ((uint32_t)x[0] == SMCCC_ARCH_FEATURES)
		return answer_supported(has_feature(view, (uint32_t)x[1]));
	if ((uint32_t)x[0] == PV_TIME_FEATURES)
		return answer_supported(has_time_feature(view, (uint32_t)x[1]));
	row = smccc_find(view, (uint32_t)x[0]);
	return row ? (struct call_answer){.action = row->action, .value = row->value} : answer_supported(false);
}
