/* SPDX-License-Identifier: Apache-2.0 */
#include "vm/psci.h"

#include "base/atomic.h"
#include "base/bits.h"
#include "vm/layout.h"

#define PSCI_VERSION_1_1 0x00010001
#define MIGRATE_NOT_REQUIRED 2 /* MIGRATE_INFO_TYPE: no Trusted OS, or one that needs no migration */
#define RESET2_WARM 0          /* SYSTEM_WARM_RESET, the only architectural type */

/* power_state in the original format; the rest of the word must be 0, and the only power level is 0. */
#define POWER_STATE_KNOWN (BITS(15, 0) | POWER_STATE_POWERDOWN)
#define POWER_STATE_POWERDOWN BIT(16)

/* What AFFINITY_INFO answers. */
enum psci_power { POWER_ON = 0, POWER_OFF = 1, POWER_ON_PENDING = 2 };

static struct call_answer answer(enum call_action action, uint64_t value)
{
	return (struct call_answer){.action = action, .value = value};
}

static struct call_answer answer_code(enum psci_code code)
{
	return answer(CALL_RETURN, (uint64_t)(int64_t)code);
}

/* Affinity 0.0.0.n is vCPU n; every other bit of the argument must be 0. */
static bool target_exists(const struct psci_view *view, const uint64_t x[])
{
	return psci_argument(x, 1) < view->vcpu_count;
}

static enum psci_power power_of(const struct psci_view *view, uint64_t vcpu)
{
	/* Acquire: pairs with the release in CPU_ON; a reader that sees `on` sees `pending` too. */
	if (!(atomic_load_acquire(&view->on) & BIT(vcpu)))
		return POWER_OFF;
	return atomic_load(&view->pending) & BIT(vcpu) ? POWER_ON_PENDING : POWER_ON;
}

/* A64 instructions of the VM's own memory or firmware. */
static bool entry_is_valid(const struct psci_view *view, uint64_t entry)
{
	return is_aligned(entry, 4) &&
		   (entry - view->ram_ipa < view->ram_size || entry - GUEST_FLASH_BASE < view->firmware_size);
}

static struct call_answer psci_cpu_suspend(const struct psci_view *view, const uint64_t x[])
{
	uint32_t power_state = (uint32_t)x[1];

	if (power_state & ~POWER_STATE_KNOWN)
		return answer_code(PSCI_INVALID_PARAMETERS);
	if (power_state & POWER_STATE_POWERDOWN && !entry_is_valid(view, psci_entry(x)))
		return answer_code(PSCI_INVALID_ADDRESS);
	return answer(CALL_SUSPEND, PSCI_SUCCESS);
}

static struct call_answer psci_cpu_off(const struct psci_view *view UNUSED, const uint64_t x[] UNUSED)
{
	return answer(CALL_CPU_OFF, PSCI_SUCCESS);
}

static struct call_answer psci_cpu_on(const struct psci_view *view, const uint64_t x[])
{
	uint64_t target = psci_argument(x, 1);
	enum psci_power power;

	if (!target_exists(view, x))
		return answer_code(PSCI_INVALID_PARAMETERS);
	if (!entry_is_valid(view, psci_entry(x)))
		return answer_code(PSCI_INVALID_ADDRESS);
	power = power_of(view, target);
	if (power != POWER_OFF)
		return answer_code(power == POWER_ON ? PSCI_ALREADY_ON : PSCI_ON_PENDING);
	return (struct call_answer){.action = CALL_CPU_ON, .value = target};
}

/* Since version 1.0 no lowest affinity level other than 0 need be known. */
static struct call_answer psci_affinity_info(const struct psci_view *view, const uint64_t x[])
{
	if (!target_exists(view, x) || psci_argument(x, 2) != 0)
		return answer_code(PSCI_INVALID_PARAMETERS);
	return answer(CALL_RETURN, power_of(view, psci_argument(x, 1)));
}

static struct call_answer psci_system_off(const struct psci_view *view UNUSED, const uint64_t x[] UNUSED)
{
	return answer(CALL_SYSTEM_OFF, 0);
}

static struct call_answer psci_system_reset(const struct psci_view *view UNUSED, const uint64_t x[] UNUSED)
{
	return answer(CALL_SYSTEM_RESET, 0);
}

/* A warm reset keeps no more than a cold one: memory is made anew. There are no vendor types. */
static struct call_answer psci_system_reset2(const struct psci_view *view UNUSED, const uint64_t x[])
{
	if ((uint32_t)x[1] != RESET2_WARM)
		return answer_code(PSCI_INVALID_PARAMETERS);
	return answer(CALL_SYSTEM_RESET, 0);
}

static struct call_answer psci_features(const struct psci_view *view UNUSED, const uint64_t x[])
{
	uint32_t function = (uint32_t)x[1];
	bool known =
		function == SMCCC_VERSION || (psci_owns(function) && psci_row_of(function)->kind != PSCI_ABSENT);

	return answer_code(known ? PSCI_SUCCESS : PSCI_NOT_SUPPORTED);
}

#define CONSTANT(value) \
	{ \
		.kind = PSCI_CONSTANT, .answer = (value) \
	}
#define DECIDED(call) \
	{ \
		.kind = PSCI_DECIDED, .decide = (call) \
	}

const struct psci_row psci_rows[PSCI_FUNCTION_COUNT][2] = {
	[0x00] = {CONSTANT(PSCI_VERSION_1_1)},
	[0x01] = {DECIDED(psci_cpu_suspend), DECIDED(psci_cpu_suspend)},
	[0x02] = {DECIDED(psci_cpu_off)},
	[0x03] = {DECIDED(psci_cpu_on), DECIDED(psci_cpu_on)},
	[0x04] = {DECIDED(psci_affinity_info), DECIDED(psci_affinity_info)},
	[0x06] = {CONSTANT(MIGRATE_NOT_REQUIRED)},
	[0x08] = {DECIDED(psci_system_off)},
	[0x09] = {DECIDED(psci_system_reset)},
	[0x0a] = {{.kind = PSCI_FEATURES, .decide = psci_features}},
	[0x12] = {DECIDED(psci_system_reset2), DECIDED(psci_system_reset2)},
};

struct call_answer psci_decide(const struct psci_view *view, const uint64_t x[])
{
	const struct psci_row *row = psci_row_of((uint32_t)x[0]);

	if (row->decide)
		return row->decide(view, x);
	return row->kind == PSCI_CONSTANT ? answer(CALL_RETURN, row->answer) : answer_code(PSCI_NOT_SUPPORTED);
}
