/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of a guest by the SMC Calling Convention 1.1 (Arm DEN 0028): HVC #0 and SMC #0 are answered alike,
 * by owner: Arm architecture calls, PSCI, and Signalbox's own (signalbox/hypercall.h). SMCs never reach the
 * firmware. Pure; flow/ performs the answer. Registers that an answer does not name are preserved.
 */
#ifndef VM_SMCCC_H
#define VM_SMCCC_H

#include "vm/psci.h"

/* Arm architecture calls beside SMCCC_VERSION; the numbers are the convention's. */
#define SMCCC_ARCH_FEATURES UINT32_C(0x80000001)
#define SMCCC_ARCH_SOC_ID UINT32_C(0x80000002)
#define SMCCC_ARCH_WORKAROUND_1 UINT32_C(0x80008000)
#define SMCCC_ARCH_WORKAROUND_2 UINT32_C(0x80007fff)
#define SMCCC_ARCH_WORKAROUND_3 UINT32_C(0x80003fff)

/* Stolen time (Arm DEN 0057). */
#define PV_TIME_FEATURES UINT32_C(0xc5000020)
#define PV_TIME_ST UINT32_C(0xc5000021)

/* Of CALL_RETURN_WORDS: which four words. */
enum smccc_words { SMCCC_WORDS_UID, SMCCC_WORDS_REVISION, SMCCC_WORDS_COUNT };
const uint32_t *smccc_words(uint64_t which);

/* Calls that are not PSCI's. */
struct call_answer smccc_decide_other(const struct psci_view *view, const uint64_t x[]);

/*
 * Decides a call: `immediate` of the HVC or SMC instruction, x[0..3] as the guest passed them. Unknown
 * functions are NOT_SUPPORTED, as is every immediate but 0.
 */
static inline struct call_answer smccc_decide(const struct psci_view *view, uint32_t immediate,
											  const uint64_t x[])
{
	if (immediate != 0)
		return (struct call_answer){.action = CALL_RETURN, .value = CALL_NOT_SUPPORTED};
	if (psci_owns((uint32_t)x[0]))
		return psci_decide(view, x);
	return smccc_decide_other(view, x);
}

#endif
