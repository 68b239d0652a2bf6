/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processors named below have a register with the address of their interrupt controller (CBAR_EL1, in
 * their Technical Reference Manuals); each machine puts it elsewhere. The values are QEMU's.
 */
#include "machine/api/known.h"

#include "base/bits.h"
#include "machine/arm64/sysregs.h"

#define CBAR_EL1 S3_1_C15_C3_0
#define MIDR_IMPLEMENTER BITS(31, 24)
#define MIDR_PART BITS(15, 4)
#define IMPLEMENTER_ARM 0x41

static const struct {
	uint64_t cbar;
	struct known_machine machine;
} rows[] = {
	{0x08000000, {"QEMU virt", {.kind = UART_PL011, .base = {0x09000000}, .size = 0x1000}, PSCI_SMC}},
	{0xf9000000,
	 {"Zynq UltraScale+", {.kind = UART_CADENCE, .base = {0xff000000}, .size = 0x1000}, PSCI_SMC}},
	{0xfe000000, {"BCM2711", {.kind = UART_PL011, .base = {0xfe201000}, .size = 0x1000}, PSCI_NONE}},
};

static bool has_cbar(void)
{
	static const uint16_t parts[] = {0xd03, 0xd07, 0xd08}; /* Cortex-A53, A57, A72 */
	uint64_t midr = sysreg_read(MIDR_EL1);

	for (unsigned i = 0; i < ARRAY_COUNT(parts); i++)
		if (FIELD_GET(MIDR_IMPLEMENTER, midr) == IMPLEMENTER_ARM && FIELD_GET(MIDR_PART, midr) == parts[i])
			return true;
	return false;
}

const struct known_machine *machine_recognise(void)
{
	uint64_t cbar = has_cbar() ? sysreg_read(CBAR_EL1) : 0;

	for (unsigned i = 0; i < ARRAY_COUNT(rows); i++)
		if (rows[i].cbar == cbar)
			return &rows[i].machine;
	return NULL;
}
