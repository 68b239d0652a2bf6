/* SPDX-License-Identifier: Apache-2.0 */
/* Calls with unknown functions, and those that identify the hypervisor (Arm DEN 0028). */
#include <inttypes.h>

#include "lib/exception.h"
#include "lib/psci.h"
#include "probe/probe.h"
#include "signalbox/hypercall.h"

#define SMCCC_VERSION 0x80000000
#define SMCCC_ARCH_FEATURES 0x80000001
#define SMCCC_VERSION_1_1 0x10001

static const uint32_t unknown[] = {
	0, 0x00000001, 0x80000fff, 0x82000000, 0x8400ffff, 0xc400ffff, 0x86000000, 0xc600ffff, 0xffffffff,
};

static void hvc_unknown(void)
{
	for (unsigned i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		int64_t result = hvc_call(unknown[i], ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0));

		check((int32_t)result == PSCI_NOT_SUPPORTED, "hvc 0x%08" PRIx32 ": %" PRId64, unknown[i], result);
	}
}

/* Without EL3 and without a hypervisor, SMC is undefined. */
static void smc_unknown(void)
{
	for (unsigned i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		struct fault fault;
		int64_t result;

		fault_expect();
		result = smc_call(unknown[i], ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0));
		fault = fault_caught();
		if (fault.taken)
			check(ESR_EC(fault.esr) == EC_UNKNOWN && !probe_is_signalbox(), "smc 0x%08" PRIx32 ": undefined",
				  unknown[i]);
		else
			check((int32_t)result == PSCI_NOT_SUPPORTED, "smc 0x%08" PRIx32 ": %" PRId64, unknown[i], result);
	}
}

static void smccc(void)
{
	bool told = psci_call(PSCI_FEATURES, SMCCC_VERSION, 0, 0) == 0;
	int32_t version = (int32_t)hvc_call(SMCCC_VERSION, 0, 0, 0);

	check(told ? version >= SMCCC_VERSION_1_1 : version == PSCI_NOT_SUPPORTED, "SMCCC version 0x%" PRIx32,
		  (uint32_t)version);
	check((int32_t)hvc_call(SMCCC_ARCH_FEATURES, 0x8000ffff, 0, 0) == PSCI_NOT_SUPPORTED,
		  "an unknown architecture call is not supported");
	if (!probe_is_signalbox()) {
		note("this is not Signalbox");
		return;
	}
	check(hvc_call(SIGNALBOX_CALL_REVISION, 0, 0, 0) == SIGNALBOX_REVISION_MAJOR, "Signalbox, revision %u",
		  SIGNALBOX_REVISION_MAJOR);
	check(hvc_call(SIGNALBOX_CALL_RING, 1000, 0, 0) < 0, "a doorbell that does not exist is refused");
}

/* Ends this guest, and nothing else, under a hypervisor; undefined on a machine without EL3. */
static void smc_off(void)
{
	struct fault fault;

	note("SMC SYSTEM_OFF now");
	fault_expect();
	smc_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	fault = fault_caught();
	check(fault.taken && !probe_is_signalbox(), "smc SYSTEM_OFF returned, ESR 0x%" PRIx64, fault.esr);
}

const struct probe_case call_cases[] = {
	{"hvc", hvc_unknown, false},
	{"smc", smc_unknown, false},
	{"smccc", smccc, false},
	{"smc-off", smc_off, true},
	{0},
};
