/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to firmware or hypervisor (Arm DEN 0028 SMCCC, Arm DEN 0022 PSCI), by the tree's conduit. */
#ifndef LIB_PSCI_H
#define LIB_PSCI_H

#include <stdint.h>

#define PSCI_VERSION 0x84000000
#define PSCI_CPU_SUSPEND 0xc4000001
#define PSCI_CPU_OFF 0x84000002
#define PSCI_CPU_ON 0xc4000003
#define PSCI_AFFINITY_INFO 0xc4000004
#define PSCI_MIGRATE_INFO_TYPE 0x84000006
#define PSCI_SYSTEM_OFF 0x84000008
#define PSCI_SYSTEM_RESET 0x84000009
#define PSCI_FEATURES 0x8400000a
#define PSCI_SYSTEM_RESET2 0xc4000012

#define PSCI_NOT_SUPPORTED -1
#define PSCI_INVALID_PARAMETERS -2
#define PSCI_ALREADY_ON -4
#define PSCI_INVALID_ADDRESS -9

/* x0 after the call; arguments in x0..x3. */
int64_t hvc_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c);
int64_t smc_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c);
/* By the conduit of the tree's psci node; HVC without one. Result as the 32-bit number PSCI defines. */
int32_t psci_call(uint64_t function, uint64_t a, uint64_t b, uint64_t c);
_Noreturn void psci_system_off(void);

#endif
