/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"
#include "machine/arm64/arm64.h"

/* Arm DEN 0022. */
#define PSCI_CPU_ON_64 0xc4000003
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009
_Static_assert(PSCI_SYSTEM_OFF == 0x84000008, "head.S calls it before there is C");

#define PSCI_NOT_SUPPORTED (-1)

#define PSCI_CALL(instruction) \
	__asm__ volatile(instruction " #0" \
					 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3) \
					 : \
					 : "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", \
					   "x17", "memory")

/*
 * Only an SMC leads from EL2 to the firmware: an HVC would come back to EL2. At EL1 either may be right.
 * False: the firmware cannot be called, and the log says why.
 */
static bool check_conduit(void)
{
	enum psci_conduit conduit = cpu_place()->conduit;

	if (cpu_entry_level() == 3) {
		log_error(
			"Signalbox was entered at EL3, so there is no firmware: the machine cannot be switched off");
		return false;
	}
	if (conduit == PSCI_SMC || (conduit == PSCI_HVC && cpu_entry_level() == 1))
		return true;
	log_error("/psci: method is %s; at EL2 it must be \"smc\": no CPU can be started, nor the machine "
			  "switched off",
			  conduit == PSCI_HVC ? "\"hvc\"" : "missing");
	return false;
}

static int32_t psci_call(uint32_t function, uint64_t a1, uint64_t a2, uint64_t a3)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a1;
	register uint64_t x2 __asm__("x2") = a2;
	register uint64_t x3 __asm__("x3") = a3;

	if (!check_conduit())
		return PSCI_NOT_SUPPORTED;
	if (cpu_place()->conduit == PSCI_HVC)
		PSCI_CALL("hvc");
	else
		PSCI_CALL("smc");
	return (int32_t)x0;
}

enum err psci_cpu_on(uint64_t mpidr, uint64_t entry, uint64_t context)
{
	static const uint8_t meaning[] = {
		[0] = OK,
		[1] = ERR_UNSUPPORTED, /* NOT_SUPPORTED */
		[2] = ERR_INVALID,     /* INVALID_PARAMETERS */
		[3] = ERR_DENIED,      /* DENIED */
		[4] = ERR_CONFLICT,    /* ALREADY_ON */
		[5] = ERR_CONFLICT,    /* ON_PENDING */
		[6] = ERR_INVALID,     /* INTERNAL_FAILURE */
		[7] = ERR_NOT_FOUND,   /* NOT_PRESENT */
		[8] = ERR_DENIED,      /* DISABLED */
		[9] = ERR_INVALID,     /* INVALID_ADDRESS */
	};
	int32_t code = psci_call(PSCI_CPU_ON_64, mpidr, entry, context);

	if (code > 0 || code <= -(int32_t)ARRAY_COUNT(meaning))
		return ERR_INVALID;
	return (enum err)meaning[-code];
}

void psci_system(bool reset)
{
	(void)psci_call(reset ? PSCI_SYSTEM_RESET : PSCI_SYSTEM_OFF, 0, 0, 0);
}
